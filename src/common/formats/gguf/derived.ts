/**
 * Tensors whose bytes do not lie in the file as models want them: packed in blocks, rows in another order, turned, or one
 * too large. Each gets a source of its own that makes its bytes when they are read, in pieces.
 */
import { decodeBlocks } from '../../blocks/block-type.ts';
import { BLOCK_TYPES } from '../../blocks/block-types.ts';
import type { ByteSource } from '../../byte-source.ts';
import type { Packed } from '../../contract.ts';
import { bytesOf, type ElementType } from '../../dtype.ts';
import { HeadgateError, quote } from '../../error.ts';
import { DAMAGED } from './cursor.ts';
import type { GgufTensor } from './file.ts';

/** What is done to a tensor on the way from the file to the model. */
export interface Change {
  /** Row of the file for each row of the model; left out: the same. */
  readonly rowOf?: (row: number) => number;
  /** Rows of the file that are taken: [from, to); left out: all. */
  readonly rows?: readonly [from: number, to: number];
  /** The matrix is turned: [outputs, inputs] becomes [inputs, outputs]. */
  readonly turned?: boolean;
  /** Added to every value, which becomes f32. */
  readonly plus?: number;
  /** Whether so many rows can be so changed. */
  readonly fits?: (rows: number) => boolean;
}

export interface DerivedTensor {
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  /** Null: the bytes of the file itself. */
  readonly source: ByteSource | null;
  /** Of a matrix in blocks: where these are, in the tensor's own order of rows; null: its values can only be unpacked. */
  readonly packed: DerivedBlocks | null;
}

interface DerivedBlocks {
  readonly place: Omit<Packed, 'file'>;
  /** Null: the file itself. */
  readonly source: ByteSource | null;
}

/** Bytes of the file that are held at once. */
const PIECE = 4 * 1024 * 1024;

/** The rows of a tensor. */
interface Rows {
  readonly count: number;
  /** Bytes of a row in the file. */
  readonly stored: number;
  /** Bytes of a row as it is read: unpacked, or the same. */
  readonly bytes: number;
  /** Rows [from, to), one after another. */
  read(from: number, to: number): Promise<Uint8Array>;
}

/**
 * @param name of the source that is made, where one is needed
 * @throws HeadgateError `unsupported-dtype` or `bad-shape` naming the tensor.
 */
export function derive(tensor: GgufTensor, change: Change, name: string): DerivedTensor {
  const { type, shape } = tensor;
  checkChange(tensor, change);
  const { rows: all, dtype } = unpackedRows(tensor, change.plus ?? 0);
  const [from, to] = change.rows ?? [0, all.count];
  const shapes = change.rows === undefined ? shape : [to - from, ...shape.slice(1)];
  const packed = packedOf(tensor, change, name);
  const isAsStored = type.element !== null && change.plus === undefined;
  if (isAsStored && change.rowOf === undefined && change.rows === undefined && change.turned !== true)
    return { dtype, shape, source: null, packed };
  if (change.turned === true)
    return { dtype, shape: shapes.toReversed(), source: turnedSource(all, bytesOf(dtype), name), packed };
  const { rowOf } = change;
  const source = rowSource(all, to - from, name, rowOf ?? ((row) => from + row));
  return { dtype, shape: shapes, source, packed };
}

/** The blocks of a matrix whose values are taken as they are. */
function packedOf(
  tensor: GgufTensor,
  { plus, rows, rowOf, turned = false }: Change,
  name: string,
): DerivedBlocks | null {
  const { type, shape, begin } = tensor;
  if (type.blocks === null || shape.length !== 2 || plus !== undefined) return null;
  const all = storedRows(tensor);
  const [from, to] = rows ?? [0, all.count];
  const size = (to - from) * all.stored;
  if (rowOf !== undefined) {
    const source = rowSource(all, to - from, `${name}/packed`, rowOf);
    return { place: { dtype: type.blocks, begin: 0, end: size, turned }, source };
  }
  const first = begin + from * all.stored;
  return { place: { dtype: type.blocks, begin: first, end: first + size, turned }, source: null };
}

function checkChange({ name, type, shape, source }: GgufTensor, change: Change): void {
  const where = `${source.name}: tensor ${quote(name)}`;
  if (type.element === null && type.blocks === null)
    throw new HeadgateError(
      'unsupported-dtype',
      `${where} is stored as ${type.name}, which Headgate can't unpack.`,
      'Download the model as Q8_0, Q6_K, Q5_K_M or Q4_K_M, or make such a file with llama-quantize.',
    );
  const isMoved = change.rowOf !== undefined || change.rows !== undefined;
  const isBad =
    change.fits?.(shape[0] ?? 0) === false ||
    (change.turned === true && shape.length !== 2) ||
    (isMoved && shape.length < 2 && type.values > 1) ||
    (change.plus !== undefined && type.element !== null && type.element !== 'F32');
  if (isBad)
    throw new HeadgateError(
      'bad-shape',
      `${where} is ${type.name} of shape [${shape.join(', ')}], which does not go with the heads that the metadata tells.`,
      DAMAGED,
    );
}

/** Values of a row: the rows of a vector are its values, or its blocks. */
function widthOf({ type, shape }: GgufTensor): number {
  return shape.length < 2 ? type.values : (shape.at(-1) ?? 1);
}

/** The rows as they are in the file. */
function storedRows(tensor: GgufTensor): Rows {
  const { type, shape, source, begin } = tensor;
  const width = widthOf(tensor);
  const values = shape.reduce((product, size) => product * size, 1);
  const stored = (width / type.values) * type.bytes;
  return {
    ...{ count: width === 0 ? 0 : values / width, stored, bytes: stored },
    read: (from, to) => source.read(begin + from * stored, begin + to * stored),
  };
}

/** The rows as models read them, in whole values. */
function unpackedRows(
  tensor: GgufTensor,
  plus: number,
): { readonly rows: Rows; readonly dtype: ElementType } {
  const { type } = tensor;
  const all = storedRows(tensor);
  if (type.element !== null && plus === 0) return { rows: all, dtype: type.element };
  const width = widthOf(tensor);
  const rows: Rows = {
    ...{ ...all, bytes: 4 * width },
    async read(from, to) {
      const out = new Float32Array((to - from) * width);
      const bytes = await all.read(from, to);
      if (type.blocks !== null) decodeBlocks(BLOCK_TYPES[type.blocks], bytes, out);
      else out.set(new Float32Array(Uint8Array.from(bytes).buffer));
      if (plus !== 0) for (let i = 0; i < out.length; i++) out[i] = (out[i] ?? 0) + plus;
      return new Uint8Array(out.buffer);
    },
  };
  return { rows, dtype: 'F32' };
}

/** `count` rows, each from where `rowOf` says. */
function rowSource(rows: Rows, count: number, name: string, rowOf: (row: number) => number): ByteSource {
  const rowBytes = rows.bytes;
  return {
    name,
    size: count * rowBytes,
    async read(begin, end) {
      const out = new Uint8Array(end - begin);
      const last = Math.ceil(end / rowBytes);
      for (let row = Math.floor(begin / rowBytes); row < last;) {
        const group = nextGroup(rows, rowOf, row, last);
        const bytes = await rows.read(group.from, group.to);
        for (; row < group.end; row++) {
          const at = (rowOf(row) - group.from) * rowBytes;
          const place = row * rowBytes - begin;
          const skipped = Math.max(0, -place);
          const kept = Math.min(rowBytes, end - row * rowBytes);
          out.set(bytes.subarray(at + skipped, at + kept), place + skipped);
        }
      }
      return out;
    },
  };
}

/** The rows from `row` on whose places in the file lie close together: those are read at once. */
function nextGroup({ stored, bytes }: Rows, rowOf: (row: number) => number, row: number, last: number) {
  let [from, to, end] = [rowOf(row), rowOf(row) + 1, row + 1];
  for (; end < last; end++) {
    const next = rowOf(end);
    const [low, high] = [Math.min(from, next), Math.max(to, next + 1)];
    const isClose = high - low <= 2 * (end + 1 - row) + 1;
    if (!isClose || (high - low) * Math.max(stored, bytes) > PIECE) break;
    [from, to] = [low, high];
  }
  return { from, to, end };
}

/** The matrix [count, width] as [width, count]. @param element bytes of a value */
function turnedSource(rows: Rows, element: number, name: string): ByteSource {
  const width = rows.bytes / element;
  const rowBytes = rows.count * element;
  return {
    name,
    size: width * rowBytes,
    async read(begin, end) {
      const first = Math.floor(begin / rowBytes);
      const last = Math.ceil(end / rowBytes);
      const out = new Uint8Array((last - first) * rowBytes);
      const step = Math.max(1, Math.floor(PIECE / Math.max(rows.stored, rows.bytes)));
      for (let from = 0; from < rows.count; from += step) {
        const to = Math.min(rows.count, from + step);
        const band = { from, to, first, last, width, count: rows.count };
        turn(await rows.read(from, to), band, element, out);
      }
      return out.subarray(begin - first * rowBytes, end - first * rowBytes);
    },
  };
}

/** Rows [from, to) of the file become columns of the rows [first, last) of the turned matrix. */
interface Band {
  readonly from: number;
  readonly to: number;
  readonly first: number;
  readonly last: number;
  readonly width: number;
  readonly count: number;
}

function turn(
  bytes: Uint8Array,
  { from, to, first, last, width, count }: Band,
  element: number,
  out: Uint8Array,
) {
  for (let row = from; row < to; row++)
    for (let column = first; column < last; column++) {
      const at = ((row - from) * width + column) * element;
      const place = ((column - first) * count + row) * element;
      for (let i = 0; i < element; i++) out[place + i] = bytes[at + i] ?? 0;
    }
}
