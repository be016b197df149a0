/** Sources put together to one, whose bytes are read where they lie. */
import type { ByteSource } from '../byte-source.ts';

/** Sources one after another. */
export function oneAfterAnother(name: string, parts: readonly ByteSource[]): ByteSource {
  return {
    name,
    size: parts.reduce((sum, { size }) => sum + size, 0),
    async read(begin, end) {
      const bytes = new Uint8Array(end - begin);
      let first = 0;
      for (const part of parts) {
        const [from, to] = [Math.max(begin, first), Math.min(end, first + part.size)];
        if (from < to) bytes.set(await part.read(from - first, to - first), from - begin);
        first += part.size;
      }
      return bytes;
    },
  };
}

/** Bytes that are put together at a time. */
const PIECE = 8 * 2 ** 20;

/** Matrices side by side: row by row, a row of each. @param rows of every one of them */
export function sideBySide(name: string, parts: readonly ByteSource[], rows: number): ByteSource {
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  const width = rows === 0 ? 0 : size / rows;
  return {
    name,
    size,
    async read(begin, end) {
      const into = new Uint8Array(end - begin);
      if (width === 0) return into;
      const step = Math.max(1, Math.floor(PIECE / width));
      const stop = Math.ceil(end / width);
      for (let row = Math.floor(begin / width); row < stop; row += step) {
        const until = Math.min(row + step, stop);
        const whole = new Uint8Array((until - row) * width);
        let column = 0;
        for (const part of parts) {
          const bytes = part.size / rows;
          const piece = await part.read(row * bytes, until * bytes);
          for (let r = 0; r < until - row; r++)
            whole.set(piece.subarray(r * bytes, (r + 1) * bytes), r * width + column);
          column += bytes;
        }
        const [from, to] = [Math.max(begin, row * width), Math.min(end, until * width)];
        into.set(whole.subarray(from - row * width, to - row * width), from - begin);
      }
      return into;
    },
  };
}
