/** Rows of numbers that are written as text, read when they are asked for. */
import { assertWithin, type ByteSource } from '../../byte-source.ts';
import { HeadgateError, quote } from '../../error.ts';
import { readNumbers } from './scan.ts';

/** Rows that are read at a time. */
const ROWS = 256;

interface TextTable {
  /** Where each row's line begins, and where the last one ends. */
  readonly starts: Float64Array;
  /** Numbers of a row. */
  readonly width: number;
  /** Whether a word stands before the numbers. */
  readonly hasWords: boolean;
}

/**
 * The numbers of a table, float32 [rows, width].
 * @param wordOf the word of a row, for messages
 */
export function textRows(
  source: ByteSource,
  { starts, width, hasWords }: TextTable,
  wordOf: (row: number) => string,
): ByteSource {
  const name = `${source.name}/embedding.weight`;
  const size = (starts.length - 1) * width * 4;
  return {
    name,
    size,
    async read(begin, end) {
      assertWithin({ name, size }, begin, end);
      const [first, last] = [Math.floor(begin / (4 * width)), Math.ceil(end / (4 * width))];
      const numbers = new Float32Array((last - first) * width);
      for (let row = first; row < last; row += ROWS) {
        const stop = Math.min(row + ROWS, last);
        const bytes = await source.read(starts[row] ?? 0, starts[stop] ?? 0);
        const lines = new TextDecoder()
          .decode(bytes)
          .split('\n')
          .filter((line) => line.trim() !== '');
        for (const [i, line] of lines.entries())
          if (!readNumbers(hasWords ? line : bare(line), width, numbers, (row - first + i) * width))
            throw new HeadgateError(
              'table-row',
              `${quote(source.name)}: the row of ${quote(wordOf(row + i))} is not a word and ${width} numbers.`,
              'The file is damaged or was written wrongly: copy or download it again.',
            );
      }
      const from = begin - first * width * 4;
      return new Uint8Array(numbers.buffer, from, end - begin);
    },
  };
}

/** A row without a word as one that has it, and blanks only between its numbers. */
const bare = (line: string) => `-\t${line.replace(/[^\S\t]/g, '')}`;
