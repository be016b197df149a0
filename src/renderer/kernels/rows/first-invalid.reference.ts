/** The row that the kernel finds; null: every value is a number. @param x [rows, width] row-major */
export function firstInvalid(x: ArrayLike<number>, width: number): number | null {
  for (let i = 0; i < x.length; i++) if (!Number.isFinite(x[i])) return Math.floor(i / width);
  return null;
}
