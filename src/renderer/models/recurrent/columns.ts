/** A matrix cut along its columns into parts of the given widths. */
export function splitColumns(values: Float32Array, widths: readonly number[]): Float32Array<ArrayBuffer>[] {
  const width = widths.reduce((sum, part) => sum + part, 0);
  const rows = values.length / width;
  let first = 0;
  return widths.map((part) => {
    const result = new Float32Array(rows * part);
    for (let row = 0; row < rows; row++)
      result.set(values.subarray(row * width + first, row * width + first + part), row * part);
    first += part;
    return result;
  });
}
