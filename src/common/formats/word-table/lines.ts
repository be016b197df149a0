import type { ByteSource } from '../../byte-source.ts';
import { HeadgateError, quote } from '../../error.ts';

/** Bytes of the longest line. */
export const MOST_LINE = 2 ** 20;
/** Bytes that are read at a time. */
const PIECE = 4 * 2 ** 20;
const MARK = [0xef, 0xbb, 0xbf];

interface Line {
  /** Without its end, a view of the piece. */
  readonly bytes: Uint8Array;
  readonly begin: number;
  /** Where the next line begins. */
  readonly next: number;
}

/**
 * The lines of a text file, read in pieces: those of each piece together, since a step for each line would take longer than
 * the line. A byte order mark at the beginning is passed over.
 * @throws HeadgateError `table-line`
 */
export async function* linePieces(source: ByteSource): AsyncGenerator<Iterable<Line>, void> {
  const head = await source.read(0, Math.min(MARK.length, source.size));
  let from = head.length === MARK.length && head.every((byte, i) => byte === MARK[i]) ? MARK.length : 0;
  while (from < source.size) {
    const bytes = await source.read(from, Math.min(from + PIECE, source.size));
    const isLast = from + bytes.length === source.size;
    const whole = isLast ? bytes.length : bytes.lastIndexOf(10) + 1;
    if (bytes.length - whole > MOST_LINE || whole === 0)
      throw new HeadgateError(
        'table-line',
        `${quote(source.name)} has a line of more than ${MOST_LINE} bytes (at byte ${from + whole}).`,
        'The file is no table of words, or it is damaged.',
      );
    yield linesIn(bytes.subarray(0, whole), from);
    from += whole;
  }
}

function* linesIn(bytes: Uint8Array, offset: number): Generator<Line> {
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(10, at);
    const stop = end === -1 ? bytes.length : end;
    const next = end === -1 ? bytes.length : end + 1;
    yield { bytes: bytes.subarray(at, stop), begin: offset + at, next: offset + next };
    at = next;
  }
}
