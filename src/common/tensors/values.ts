/** The values of stored tensors as f32, piece by piece, whatever they are stored as. */
import type { Dtype, TensorInfo } from '../contract.ts';
import { HeadgateError, quote } from '../error.ts';
import { decodeFloats, DECODED_BYTES } from '../stored-floats.ts';

/** Gives bytes [begin, end) of a file. */
export type ReadBytes = (
  file: string,
  begin: number,
  end: number,
  signal: AbortSignal,
) => Promise<Uint8Array>;

/** Values of one piece: 4 MB of f32. */
const PIECE = 2 ** 20;

const INTEGERS: Readonly<Partial<Record<Dtype, (bytes: ArrayBuffer) => Iterable<number | bigint>>>> = {
  I64: (bytes) => new BigInt64Array(bytes),
  U64: (bytes) => new BigUint64Array(bytes),
  I32: (bytes) => new Int32Array(bytes),
  U32: (bytes) => new Uint32Array(bytes),
  I16: (bytes) => new Int16Array(bytes),
  U16: (bytes) => new Uint16Array(bytes),
  I8: (bytes) => new Int8Array(bytes),
  U8: (bytes) => new Uint8Array(bytes),
  BOOL: (bytes) => new Uint8Array(bytes),
};
const WIDTHS: Readonly<Partial<Record<Dtype, number>>> = {
  ...DECODED_BYTES,
  ...{ I64: 8, U64: 8, I32: 4, U32: 4, I16: 2, U16: 2, I8: 1, U8: 1, BOOL: 1 },
};

/** Values of a tensor. */
export function countOf({ shape }: Pick<TensorInfo, 'shape'>): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** True for a type whose values can be looked at. */
export function canRead({ dtype }: Pick<TensorInfo, 'dtype'>): boolean {
  return WIDTHS[dtype] !== undefined;
}

/** Values [from, to), row-major. Whole numbers above 2^24 are rounded. @throws HeadgateError `tensor-dtype`; the signal's reason */
export async function readValues(
  read: ReadBytes,
  tensor: TensorInfo,
  [from, to]: readonly [number, number],
  signal: AbortSignal,
): Promise<Float32Array<ArrayBuffer>> {
  const width = WIDTHS[tensor.dtype];
  if (width === undefined)
    throw new HeadgateError(
      'tensor-dtype',
      `${quote(tensor.name)} is stored as ${tensor.dtype}, whose values Headgate does not unpack.`,
      'Its name, its shape and its size are right; save it in another type to look at its values.',
    );
  signal.throwIfAborted();
  const bytes = await read(tensor.file, tensor.begin + from * width, tensor.begin + to * width, signal);
  const integers = INTEGERS[tensor.dtype];
  if (integers === undefined) return decodeFloats(tensor.dtype, bytes);
  return Float32Array.from(integers(bytes.slice().buffer) as Iterable<number | bigint>, Number);
}

/** All values in order. @throws as `readValues` */
export async function* valuesOf(
  read: ReadBytes,
  tensor: TensorInfo,
  signal: AbortSignal,
): AsyncGenerator<Float32Array<ArrayBuffer>, void> {
  const count = countOf(tensor);
  for (let from = 0; from < count; from += PIECE)
    yield await readValues(read, tensor, [from, Math.min(from + PIECE, count)], signal);
}
