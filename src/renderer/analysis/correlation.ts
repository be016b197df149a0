/** Values in one turn, between which the window draws. */
const TURN = 1 << 20;

/**
 * Pearson's correlation of every unit with every feature over a text, [F, H]; 0 where either stands still. Sums are of
 * f64, about the means.
 * @param values [T, H]
 * @param features F of [T] each
 * @param breath called between parts of the work; @throws what it throws
 */
export async function correlations(
  values: Float32Array,
  units: number,
  features: readonly Float32Array[],
  breath: () => Promise<void> = () => Promise.resolve(),
): Promise<Float32Array<ArrayBuffer>> {
  const T = values.length / units;
  const rows = Math.max(Math.floor(TURN / units), 1);
  const means = new Float64Array(units);
  for (let from = 0; from < T; from += rows) {
    const to = Math.min(from + rows, T);
    for (let i = from * units, unit = 0; i < to * units; i++) {
      means[unit] = (means[unit] as number) + (values[i] as number);
      if (++unit === units) unit = 0;
    }
    await breath();
  }
  for (let unit = 0; unit < units; unit++) means[unit] = (means[unit] as number) / T;
  const centred = features.map(centre);
  const squares = new Float64Array(units);
  const products = centred.map(() => new Float64Array(units));
  const row = new Float64Array(units);
  for (let from = 0; from < T; from += rows) {
    const to = Math.min(from + rows, T);
    for (let t = from; t < to; t++) {
      centreRow(values, t * units, means, row);
      addRow(row, t, squares, centred, products);
    }
    await breath();
  }
  const result = new Float32Array(features.length * units);
  for (const [f, feature] of centred.entries()) {
    const size = Math.sqrt(feature.reduce((sum, value) => sum + value ** 2, 0));
    for (let unit = 0; unit < units; unit++) {
      const scale = size * Math.sqrt(squares[unit] ?? 0);
      result[f * units + unit] = scale > 1e-12 ? (products[f]?.[unit] ?? 0) / scale : 0;
    }
  }
  return result;
}

/** A row without the means. */
function centreRow(values: Float32Array, at: number, means: Float64Array, row: Float64Array): void {
  for (let unit = 0; unit < row.length; unit++)
    row[unit] = (values[at + unit] as number) - (means[unit] as number);
}

function addRow(
  row: Float64Array,
  t: number,
  squares: Float64Array,
  features: readonly Float64Array[],
  products: readonly Float64Array[],
): void {
  for (let unit = 0; unit < row.length; unit++)
    squares[unit] = (squares[unit] as number) + (row[unit] as number) ** 2;
  for (const [f, feature] of features.entries()) {
    const value = feature[t] as number;
    const sums = products[f] as Float64Array;
    for (let unit = 0; unit < row.length; unit++)
      sums[unit] = (sums[unit] as number) + (row[unit] as number) * value;
  }
}

function centre(feature: Float32Array): Float64Array {
  const mean = feature.reduce((sum, value) => sum + value, 0) / Math.max(feature.length, 1);
  return Float64Array.from(feature, (value) => value - mean);
}
