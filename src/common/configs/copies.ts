import type { Copy } from './spec.ts';

/** Bytes that are compared at once. */
const PIECE = 4 * 2 ** 20;

/** Bytes [begin, end) of a file. */
export type ReadBytes = (file: string, begin: number, end: number) => Promise<Uint8Array>;

/** Those of the copies that do not hold the same values; reading ends at the first difference. */
export async function differingCopies(copies: readonly Copy[], read: ReadBytes): Promise<readonly Copy[]> {
  const differing: Copy[] = [];
  for (const copy of copies) if (!(await isSame(copy, read))) differing.push(copy);
  return differing;
}

async function isSame({ first, second }: Copy, read: ReadBytes): Promise<boolean> {
  const size = first.end - first.begin;
  if (first.dtype !== second.dtype || size !== second.end - second.begin) return false;
  if (first.file === second.file && first.begin === second.begin) return true;
  for (let at = 0; at < size; at += PIECE) {
    const end = Math.min(at + PIECE, size);
    const [a, b] = await Promise.all([
      read(first.file, first.begin + at, first.begin + end),
      read(second.file, second.begin + at, second.begin + end),
    ]);
    if (a.length !== b.length || a.some((byte, i) => byte !== b[i])) return false;
  }
  return true;
}
