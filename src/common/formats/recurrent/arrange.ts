import type { ByteSource } from '../../byte-source.ts';
import { bytesOf, type ElementType } from '../../dtype.ts';
import type { Dtype } from '../../contract.ts';
import { DECODED_BYTES, decodeFloats } from '../../stored-floats.ts';
import type { StoredTensor } from '../format.ts';
import { oneAfterAnother } from '../joined.ts';
import { elementsOf, isContiguous, stridedSource } from '../pytorch/strided.ts';

/** A rectangle of a stored tensor: where it begins, its sizes and the steps between its elements, in elements. */
export interface Block {
  readonly offset: number;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
}

/** A tensor under another name and in another order: blocks of a stored one, one after another. */
export interface Arranged {
  /** Null: zeros, for a bias that the layer does not have. */
  readonly from: StoredTensor | null;
  readonly shape: readonly number[];
  readonly blocks: readonly Block[];
  /** What its values are multiplied by; left out: 1. */
  readonly scale?: number;
}

/** How the states that a matrix reads were made of two directions: each of its columns stands for both. */
export interface Joined {
  /** Times that its columns are repeated: 2 where states are summed or averaged. */
  readonly repeats: 1 | 2;
  /** What the columns are multiplied by: ½ where states are averaged. */
  readonly scale: number;
}

export const APART: Joined = { repeats: 1, scale: 1 };

export const zeros = (...shape: number[]): Arranged => ({ from: null, shape, blocks: [] });

/** All of a tensor as it is, perhaps under another shape. */
export function whole(from: StoredTensor, shape: readonly number[] = from.shape): Arranged {
  const stride = shape.map((_, axis) => elementsOf(shape.slice(axis + 1)));
  return { from, shape, blocks: [{ offset: 0, shape, stride }] };
}

/** [I, O] → [O, repeats·I] */
export function turned(from: StoredTensor, { repeats, scale }: Joined = APART): Arranged {
  const [inputs = 0, outputs = 0] = from.shape;
  const block = { offset: 0, shape: [outputs, repeats, inputs], stride: [1, 0, outputs] };
  return { from, shape: [outputs, repeats * inputs], blocks: [block], scale };
}

/**
 * The tensors of a model in new names and orders.
 * @param files of the stored tensors; sources are added for those whose bytes are put in order when they are read
 * @param below what the names of those sources begin with
 */
export function arrange(
  files: Map<string, ByteSource>,
  below: string,
  tensors: ReadonlyMap<string, Arranged>,
): StoredTensor[] {
  const dtype = [...tensors.values()].find(({ from }) => from !== null)?.from?.dtype ?? 'F32';
  return [...tensors].map(([name, arranged]) => {
    const { from, shape, blocks } = arranged;
    const [only] = blocks;
    const type = from?.dtype ?? dtype;
    const width = bytesOf(type as ElementType);
    // One block that lies in order: where it lies in the file.
    if (
      from !== null &&
      only !== undefined &&
      blocks.length === 1 &&
      isContiguous(only) &&
      (arranged.scale ?? 1) === 1
    ) {
      const begin = from.begin + only.offset * width;
      return { ...from, name, shape: [...shape], begin, end: begin + elementsOf(shape) * width };
    }
    const label = `${below}/${name}`;
    const source =
      from === null
        ? zeroSource(label, elementsOf(shape) * width)
        : oneAfterAnother(
            label,
            blocks.map((block) => stridedSource(storageOf(files, from), { width, ...block }, label)),
          );
    const { scale = 1 } = arranged;
    if (scale !== 1) {
      const scaled = scaledSource(source, type, elementsOf(shape), scale);
      files.set(label, scaled);
      return { name, dtype: 'F32', shape: [...shape], file: label, begin: 0, end: scaled.size };
    }
    files.set(label, source);
    return { name, dtype: type, shape: [...shape], file: label, begin: 0, end: source.size };
  });
}

function storageOf(files: ReadonlyMap<string, ByteSource>, { file, begin, end }: StoredTensor): ByteSource {
  const source = files.get(file);
  if (source === undefined) throw new Error(`The tensor's file ${file} is not among those that were read.`);
  return { name: file, size: end - begin, read: (from, to) => source.read(begin + from, begin + to) };
}

/** `count` floats of any type, multiplied, as f32. */
function scaledSource(from: ByteSource, dtype: Dtype, count: number, scale: number): ByteSource {
  const width = DECODED_BYTES[dtype] ?? 4;
  return {
    name: from.name,
    size: 4 * count,
    async read(begin, end) {
      const [first, last] = [Math.floor(begin / 4), Math.ceil(end / 4)];
      const values = decodeFloats(dtype, await from.read(first * width, last * width));
      const bytes = new Uint8Array(values.map((value) => value * scale).buffer);
      return bytes.subarray(begin - 4 * first, end - 4 * first);
    },
  };
}

function zeroSource(name: string, size: number): ByteSource {
  return { name, size, read: (begin, end) => Promise.resolve(new Uint8Array(end - begin)) };
}
