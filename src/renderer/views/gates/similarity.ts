/** Steps of a text that units are compared over, at most: evenly spread. */
const MOST_STEPS = 512;
const ROUNDS = 60;

/**
 * The angle of each unit in the plane of the first two principal components of the units' standardized curves, 0 … 2π,
 * beginning at the widest gap (Friendly 2002, "Corrgrams"): units that move alike are near each other.
 * @param values [T, units]
 */
export function similarityAngles(values: ArrayLike<number>, units: number): Float32Array {
  const curves = standardized(values, units);
  const first = component(curves, units, null);
  const second = component(curves, units, first);
  const angles = Float32Array.from({ length: units }, (_, unit) => {
    const angle = Math.atan2(second[unit] ?? 0, first[unit] ?? 0);
    return angle < 0 ? angle + 2 * Math.PI : angle;
  });
  const begin = afterWidestGap(angles);
  return angles.map((angle) =>
    angle < begin - 1e-7 ? angle - begin + 2 * Math.PI : Math.max(angle - begin, 0),
  );
}

/** Each unit's curve with mean 0 and length 1, [t, units]; units that stand still are 0. */
function standardized(values: ArrayLike<number>, units: number): Float64Array {
  const T = values.length / units;
  const steps = Math.min(T, MOST_STEPS);
  const curves = new Float64Array(steps * units);
  for (let unit = 0; unit < units; unit++) {
    let [sum, squares] = [0, 0];
    for (let i = 0; i < steps; i++) sum += values[Math.floor((i * T) / steps) * units + unit] ?? 0;
    for (let i = 0; i < steps; i++) {
      const value = (values[Math.floor((i * T) / steps) * units + unit] ?? 0) - sum / steps;
      curves[i * units + unit] = value;
      squares += value ** 2;
    }
    const scale = squares > 1e-12 ? 1 / Math.sqrt(squares) : 0;
    for (let i = 0; i < steps; i++) curves[i * units + unit] = (curves[i * units + unit] ?? 0) * scale;
  }
  return curves;
}

/** The leading eigenvector of curvesᵀ·curves by power iteration, orthogonal to another one, [units]. */
function component(curves: Float64Array, units: number, other: Float64Array | null): Float64Array {
  const steps = curves.length / units;
  let vector = Float64Array.from({ length: units }, (_, unit) => 1 + ((unit * 7919) % 13) / 13);
  for (let round = 0; round < ROUNDS; round++) {
    const next = new Float64Array(units);
    for (let i = 0; i < steps; i++) {
      let dot = 0;
      for (let unit = 0; unit < units; unit++) dot += (curves[i * units + unit] ?? 0) * (vector[unit] ?? 0);
      for (let unit = 0; unit < units; unit++)
        next[unit] = (next[unit] ?? 0) + dot * (curves[i * units + unit] ?? 0);
    }
    if (other !== null) {
      const along = next.reduce((sum, value, unit) => sum + value * (other[unit] ?? 0), 0);
      for (let unit = 0; unit < units; unit++) next[unit] = (next[unit] ?? 0) - along * (other[unit] ?? 0);
    }
    const size = Math.hypot(...next);
    if (size < 1e-12) return next;
    vector = next.map((value) => value / size);
  }
  return vector;
}

/** The angle at which the widest empty part of the circle ends. */
function afterWidestGap(angles: Float32Array): number {
  const sorted = [...angles].sort((a, b) => a - b);
  let [widest, begin] = [(sorted[0] ?? 0) + 2 * Math.PI - (sorted.at(-1) ?? 0), sorted[0] ?? 0];
  for (let i = 1; i < sorted.length; i++) {
    const gap = (sorted[i] ?? 0) - (sorted[i - 1] ?? 0);
    if (gap > widest) [widest, begin] = [gap, sorted[i] ?? 0];
  }
  return begin;
}
