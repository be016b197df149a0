import type { ByteSource } from '../../byte-source.ts';
import { bytesOf, type ElementType } from '../../dtype.ts';
import type { StoredTensor } from '../format.ts';
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
}

export const zeros = (...shape: number[]): Arranged => ({ from: null, shape, blocks: [] });

/** All of a tensor as it is, perhaps under another shape. */
export function whole(from: StoredTensor, shape: readonly number[] = from.shape): Arranged {
  const stride = shape.map((_, axis) => elementsOf(shape.slice(axis + 1)));
  return { from, shape, blocks: [{ offset: 0, shape, stride }] };
}

/** [I, O] → [O, I]. @param repeats the columns are repeated so often: states that are summed before */
export function turned(from: StoredTensor, repeats = 1): Arranged {
  const [inputs = 0, outputs = 0] = from.shape;
  const block = { offset: 0, shape: [outputs, repeats, inputs], stride: [1, 0, outputs] };
  return { from, shape: [outputs, repeats * inputs], blocks: [block] };
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
    if (from !== null && only !== undefined && blocks.length === 1 && isContiguous(only)) {
      const begin = from.begin + only.offset * width;
      return { ...from, name, shape: [...shape], begin, end: begin + elementsOf(shape) * width };
    }
    const label = `${below}/${name}`;
    const source =
      from === null
        ? zeroSource(label, elementsOf(shape) * width)
        : joinedSource(
            label,
            blocks.map((block) => stridedSource(storageOf(files, from), { width, ...block }, label)),
          );
    files.set(label, source);
    return { name, dtype: type, shape: [...shape], file: label, begin: 0, end: source.size };
  });
}

function storageOf(files: ReadonlyMap<string, ByteSource>, { file, begin, end }: StoredTensor): ByteSource {
  const source = files.get(file);
  if (source === undefined) throw new Error(`The tensor's file ${file} is not among those that were read.`);
  return { name: file, size: end - begin, read: (from, to) => source.read(begin + from, begin + to) };
}

function zeroSource(name: string, size: number): ByteSource {
  return { name, size, read: (begin, end) => Promise.resolve(new Uint8Array(end - begin)) };
}

/** Sources one after another. */
function joinedSource(name: string, parts: readonly ByteSource[]): ByteSource {
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
