/** Matrices that are put in another order, or filled up, while they are read. */
import { assertWithin, type ByteSource } from '../byte-source.ts';

/** Bytes that are held at a time. */
const PIECE = 8 * 2 ** 20;

/** A matrix [rows, columns] of elements of `width` bytes, from byte `begin` of a file on. */
export interface StoredMatrix {
  readonly source: ByteSource;
  readonly begin: number;
  readonly width: number;
  readonly rows: number;
  readonly columns: number;
}

/** The bytes of a stored matrix [rows, columns] as [columns, rows]. */
export function transposedSource(stored: StoredMatrix, name: string): ByteSource {
  const { source, begin: start, width, rows, columns } = stored;
  const size = rows * columns * width;
  const band = Math.max(1, Math.floor(PIECE / (columns * width)));
  return {
    name,
    size,
    async read(begin, end) {
      assertWithin({ name, size }, begin, end);
      // Elements [first, last) of the turned matrix: element i is row i % rows of column ⌊i / rows⌋.
      const [first, last] = [Math.floor(begin / width), Math.ceil(end / width)];
      const bytes = new Uint8Array((last - first) * width);
      for (let top = 0; top < rows; top += band) {
        const bottom = Math.min(top + band, rows);
        const piece = await source.read(start + top * columns * width, start + bottom * columns * width);
        for (let column = Math.floor(first / rows); column * rows < last; column++)
          for (let row = top; row < bottom; row++) {
            const at = column * rows + row;
            if (at < first || at >= last) continue;
            const from = ((row - top) * columns + column) * width;
            for (let byte = 0; byte < width; byte++)
              bytes[(at - first) * width + byte] = piece[from + byte] ?? 0;
          }
      }
      return bytes.subarray(begin - first * width, end - first * width);
    },
  };
}

/**
 * A stored matrix with rows and columns of zeros put into it.
 * @param places by row and by column of the result: the stored one; −1: zeros
 */
export function paddedSource(
  stored: StoredMatrix,
  places: { readonly rows: readonly number[]; readonly columns: readonly number[] },
  name: string,
): ByteSource {
  const { source, begin: start, width, columns } = stored;
  const rowBytes = places.columns.length * width;
  const size = places.rows.length * rowBytes;
  return {
    name,
    size,
    async read(begin, end) {
      assertWithin({ name, size }, begin, end);
      const [top, bottom] = [Math.floor(begin / rowBytes), Math.ceil(end / rowBytes)];
      const bytes = new Uint8Array((bottom - top) * rowBytes);
      for (let row = top; row < bottom; row++) {
        const from = places.rows[row] ?? -1;
        if (from < 0) continue;
        const line = await source.read(start + from * columns * width, start + (from + 1) * columns * width);
        for (const [column, place] of places.columns.entries())
          if (place >= 0)
            bytes.set(
              line.subarray(place * width, (place + 1) * width),
              (row - top) * rowBytes + column * width,
            );
      }
      return bytes.subarray(begin - top * rowBytes, end - top * rowBytes);
    },
  };
}
