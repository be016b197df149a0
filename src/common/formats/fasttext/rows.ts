import { assertWithin, type ByteSource } from '../../byte-source.ts';
import { bucketsOf } from '../../text/subwords.ts';
import type { FastTextFile } from './file.ts';

const PIECE = 8 * 2 ** 20;
/** fastText's mark for the end of a line has no parts. */
const END = '</s>';

/**
 * The vectors of the words, float32 [words, width]: each the mean of its own row and of the buckets of its parts. They are
 * made in one pass over the file when they are first read, and held.
 */
export function averagedRows(source: ByteSource, file: FastTextFile): ByteSource {
  const { words, width, rules } = file;
  const name = `${source.name}/embedding.weight`;
  const size = words.length * width * 4;
  let made: Promise<Uint8Array> | null = null;
  return {
    name,
    size,
    async read(begin, end) {
      assertWithin({ name, size }, begin, end);
      if (rules.buckets === 0) return source.read(file.matrix + begin, file.matrix + end);
      made ??= average(source, file);
      return (await made).slice(begin, end);
    },
  };
}

async function average(
  source: ByteSource,
  { words, width, rules, matrix, wordRows }: FastTextFile,
): Promise<Uint8Array> {
  const sums = new Float32Array(words.length * width);
  const parts = Array.from(words.texts(), (word) => (word === END ? [] : bucketsOf(word, rules)));
  const readers = wordsByBucket(parts, rules.buckets);
  const bytes = await source.read(matrix, matrix + sums.byteLength);
  sums.set(new Float32Array(bytes.slice().buffer));
  const rows = Math.max(1, Math.floor(PIECE / (width * 4)));
  for (let first = 0; first < rules.buckets; first += rows) {
    const last = Math.min(first + rows, rules.buckets);
    const begin = matrix + (wordRows + first) * width * 4;
    const piece = await source.read(begin, begin + (last - first) * width * 4);
    const values = new Float32Array(piece.slice().buffer);
    for (let bucket = first; bucket < last; bucket++)
      for (let r = readers.starts[bucket] ?? 0; r < (readers.starts[bucket + 1] ?? 0); r++) {
        const word = readers.words[r] ?? 0;
        for (let d = 0; d < width; d++)
          sums[word * width + d] =
            (sums[word * width + d] ?? 0) + (values[(bucket - first) * width + d] ?? 0);
      }
  }
  for (const [word, list] of parts.entries())
    for (let d = 0; d < width; d++)
      sums[word * width + d] = (sums[word * width + d] ?? 0) / (list.length + 1);
  return new Uint8Array(sums.buffer);
}

/** For each bucket the words that read it: those from `starts[bucket]` on. */
function wordsByBucket(parts: readonly (readonly number[])[], buckets: number) {
  const starts = new Uint32Array(buckets + 1);
  for (const list of parts) for (const bucket of list) starts[bucket + 1] = (starts[bucket + 1] ?? 0) + 1;
  for (let bucket = 0; bucket < buckets; bucket++)
    starts[bucket + 1] = (starts[bucket + 1] ?? 0) + (starts[bucket] ?? 0);
  const words = new Uint32Array(starts[buckets] ?? 0);
  const next = starts.slice();
  for (const [word, list] of parts.entries())
    for (const bucket of list) {
      words[next[bucket] ?? 0] = word;
      next[bucket] = (next[bucket] ?? 0) + 1;
    }
  return { starts, words };
}
