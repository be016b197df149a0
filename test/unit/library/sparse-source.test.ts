import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NeedBytes, SparseSource } from '../../../src/main/library/sparse-source.ts';

const content = Uint8Array.from({ length: 150_000 }, (_, index) => (index * 7) % 251);

/** Reads after bringing what is asked for, in pieces. */
async function readFully(
  source: SparseSource,
  begin: number,
  end: number,
  piece: number,
): Promise<Uint8Array> {
  for (let round = 0; round < 3; round++) {
    try {
      return await source.read(begin, end);
    } catch (error) {
      expect(error).toBeInstanceOf(NeedBytes);
      for (let [next] = source.needed; next !== undefined; [next] = source.needed) {
        const stop = Math.min(next.end, next.begin + piece);
        expect(source.fill(next.begin, content.slice(next.begin, stop))).toBe(true);
      }
    }
  }
  throw new Error('the source asks on and on');
}

test('reads what the file holds, asks for no byte twice, and reads ahead', async () => {
  const place = fc.nat({ max: content.length });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(place, place), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1000, max: 50_000 }),
      async (reads, piece) => {
        const source = new SparseSource('file', content.length);
        const asked = new Uint8Array(content.length);
        const fill = source.fill.bind(source);
        source.fill = (begin, bytes) => {
          for (let index = begin; index < begin + bytes.length; index++)
            asked[index] = (asked[index] ?? 0) + 1;
          return fill(begin, bytes);
        };
        for (const [a, b] of reads) {
          const [begin, end] = [Math.min(a, b), Math.max(a, b)];
          expect(
            Buffer.compare(await readFully(source, begin, end, piece), content.subarray(begin, end)),
          ).toBe(0);
        }
        expect(asked.every((count) => count <= 1)).toBe(true);
      },
    ),
    { numRuns: 60 },
  );
});

test('a first small read asks for 64 KiB, a small file for all of it', async () => {
  const source = new SparseSource('file', content.length);
  await expect(source.read(0, 8)).rejects.toThrow(NeedBytes);
  expect(source.needed).toEqual([{ begin: 0, end: 65536 }]);
  const small = new SparseSource('file', 100);
  await expect(small.read(0, 8)).rejects.toThrow(NeedBytes);
  expect(small.needed).toEqual([{ begin: 0, end: 100 }]);
});

test('takes nothing that it does not wait for', async () => {
  const source = new SparseSource('file', 100);
  expect(source.fill(0, new Uint8Array(10))).toBe(false);
  await expect(source.read(0, 8)).rejects.toThrow(NeedBytes);
  expect(source.fill(0, new Uint8Array(0))).toBe(false);
  expect(source.fill(50, new Uint8Array(51))).toBe(false);
  expect(source.fill(40, new Uint8Array(20))).toBe(true);
  expect(source.needed).toEqual([
    { begin: 0, end: 40 },
    { begin: 60, end: 100 },
  ]);
});

test('is not read beyond its end', async () => {
  await expect(new SparseSource('file', 10).read(5, 11)).rejects.toThrow(RangeError);
});
