/** Random vectors in a row that must find nothing more, before a basis counts as whole. */
export const WITNESSES = 8;
/** Share of ‖Jω‖² that is nothing but rounding of single precision. */
const ROUNDING = 1e-13;

/**
 * Orthonormal vectors that span nearly all of what the columns of a matrix J [rows, ·] span, found from products of J
 * with random vectors (Halko, Martinsson and Tropp 2011, algorithm 4.2). What a random vector has outside of the vectors
 * found so far tells how much of ‖J‖² they leave out, so their number follows from the tolerance.
 * @param sketch [count, rows]: row i is J·ωᵢ; the ωᵢ are independent, of mean 0 and variance 1
 * @param tolerance share of ‖J‖² that may be left out
 * @returns [rows] each, filled up with zero vectors to a multiple of four; null: that many random vectors do not reach the
 *   tolerance
 */
export function rangeBasis(
  sketch: Float32Array,
  rows: number,
  tolerance: number,
): readonly Float64Array[] | null {
  const count = Math.floor(sketch.length / rows);
  const row = (i: number) => Float64Array.from(sketch.subarray(i * rows, (i + 1) * rows));
  let total = 0;
  for (let i = 0; i < count; i++) total += square(row(i)) / count;
  const basis: Float64Array[] = [];
  /** What each random vector has outside of the basis as it was then, and how large that was. */
  const outside: { readonly square: number; readonly size: number }[] = [];
  for (let i = 0; i < count; i++) {
    const vector = row(i);
    const whole = square(vector);
    takeOut(basis, vector);
    const left = square(vector);
    outside.push({ square: left, size: basis.length });
    const witnesses = outside.slice(-WITNESSES);
    const sum = witnesses.reduce((all, witness) => all + witness.square, 0);
    if (witnesses.length === WITNESSES && sum <= WITNESSES * tolerance * total) {
      // Those that the first witness met.
      return filledUp(basis.slice(0, witnesses[0]?.size ?? 0), rows);
    }
    // What is left of a vector by rounding has no direction of its own.
    if (left <= ROUNDING * whole) continue;
    const scale = 1 / Math.sqrt(left);
    basis.push(vector.map((value) => value * scale));
  }
  return null;
}

/** Zero vectors make it a multiple of four, which products read faster. */
function filledUp(basis: readonly Float64Array[], rows: number): readonly Float64Array[] {
  const missing = -basis.length & 3;
  return [...basis, ...Array.from({ length: missing }, () => new Float64Array(rows))];
}

/** Takes what a vector has of orthonormal ones out of it. Four at a time read and write it once, which takes half as long. */
export function takeOut(basis: readonly Float64Array[], vector: Float64Array): void {
  const fours = basis.length - (basis.length % 4);
  for (let i = 0; i < fours; i += 4)
    takeOutFour(
      basis[i] as Float64Array,
      basis[i + 1] as Float64Array,
      basis[i + 2] as Float64Array,
      basis[i + 3] as Float64Array,
      vector,
    );
  for (const unit of basis.slice(fours)) {
    const along = dot(unit, vector);
    for (let r = 0; r < vector.length; r++) vector[r] = (vector[r] as number) - along * (unit[r] as number);
  }
}

function takeOutFour(
  a: Float64Array,
  b: Float64Array,
  c: Float64Array,
  d: Float64Array,
  vector: Float64Array,
): void {
  let [alongA, alongB, alongC, alongD] = [0, 0, 0, 0];
  for (let r = 0; r < vector.length; r++) {
    const value = vector[r] as number;
    alongA += value * (a[r] as number);
    alongB += value * (b[r] as number);
    alongC += value * (c[r] as number);
    alongD += value * (d[r] as number);
  }
  for (let r = 0; r < vector.length; r++) {
    const inside =
      alongA * (a[r] as number) +
      alongB * (b[r] as number) +
      alongC * (c[r] as number) +
      alongD * (d[r] as number);
    vector[r] = (vector[r] as number) - inside;
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function square(vector: Float64Array): number {
  return dot(vector, vector);
}
