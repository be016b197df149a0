/** Where weights lie in their files, and in which order they are read. */
import type { BlockDtype } from '../../common/blocks/block-types.ts';
import type { Dtype, TensorInfo } from '../../common/contract.ts';

/** Tensors whose bytes lie this close together in a file are read in one go. */
const GAP_BYTES = 64 * 1024;

/** The bytes that a tensor is loaded from: its values, or its blocks. */
export interface StoredRange extends Omit<TensorInfo, 'dtype' | 'packed'> {
  readonly dtype: Dtype | BlockDtype;
}

/** Rows [from, to) of a tensor as a tensor of its own. */
export function rowsOfFile<Info extends Pick<TensorInfo, 'shape' | 'begin' | 'end'>>(
  info: Info,
  from: number,
  to: number,
): Info {
  const [rows = 1, ...rest] = info.shape;
  if (from === 0 && to >= rows) return info;
  const stride = (info.end - info.begin) / rows;
  return {
    ...info,
    shape: [to - from, ...rest],
    begin: info.begin + from * stride,
    end: info.begin + to * stride,
  };
}

/**
 * Rows of each piece of a matrix that is cut into as few equal pieces of at most `largest` bytes as can be. Whole rows,
 * and pieces that begin at a multiple of 4 bytes; the last may be a few rows shorter.
 * @returns all rows where it fits, or where four rows are too large for a piece
 */
export function pieceRows(rows: number, rowBytes: number, largest: number): number {
  const most = Math.floor(largest / rowBytes / 4) * 4;
  if (rows <= most || most === 0) return rows;
  return Math.ceil(rows / Math.ceil(rows / most) / 4) * 4;
}

export interface FileRange<Planned> {
  readonly file: string;
  readonly begin: number;
  end: number;
  readonly planned: Planned[];
}

/** Contiguous stretches of the files that hold all tensors, in order. */
export function toRanges<Planned extends { readonly info: StoredRange }>(
  planned: readonly Planned[],
): FileRange<Planned>[] {
  const sorted = [...planned].sort(
    (a, b) => compare(a.info.file, b.info.file) || a.info.begin - b.info.begin || a.info.end - b.info.end,
  );
  const ranges: FileRange<Planned>[] = [];
  for (const entry of sorted) {
    const { file, begin, end } = entry.info;
    const last = ranges.at(-1);
    if (last !== undefined && last.file === file && begin - last.end <= GAP_BYTES) {
      last.end = Math.max(last.end, end);
      last.planned.push(entry);
    } else ranges.push({ file, begin, end, planned: [entry] });
  }
  return ranges;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
