import type { ByteSource } from '../../byte-source.ts';
import { bytesOf } from '../../dtype.ts';
import { HeadgateError, quote } from '../../error.ts';
import { fileIn, onlyOne } from '../folder-files.ts';
import type { Format, StoredModel, StoredTensor } from '../format.ts';
import { PagedSource } from '../paged.ts';
import { stridedSource } from '../pytorch/strided.ts';
import { readZip } from '../zip/archive.ts';
import { memberSource } from '../zip/member.ts';
import { readNpy, whyLeftOut } from './array.ts';

const ARRAYS = /\.npz$/i;
const ARRAY = /\.npy$/i;

/** Named arrays, as `numpy.savez` and `numpy.save` write them. */
export const format: Format = {
  id: 'numpy',
  rank: 40,

  claims(folder, wanted) {
    if (wanted !== null) return Promise.resolve(ARRAYS.test(wanted) || ARRAY.test(wanted) ? wanted : null);
    const files = folder.names.filter((name) => ARRAYS.test(name));
    return Promise.resolve(onlyOne(folder, files));
  },

  async read(folder, entry) {
    const source = await fileIn(folder, entry);
    if (ARRAY.test(entry))
      return storedOf(source, [{ name: entry.replace(ARRAY, ''), bytes: source, head: source }]);
    const near = new PagedSource(source);
    const arrays = [...(await readZip(source)).values()]
      .filter(({ name }) => ARRAY.test(name))
      .map((member) => {
        const of = (from: ByteSource) => memberSource(from, member, `${entry}/${member.name}`);
        return { name: member.name.replace(ARRAY, ''), bytes: of(source), head: of(near) };
      });
    return storedOf(source, arrays);
  },
};

interface NamedArray {
  readonly name: string;
  readonly bytes: ByteSource;
  /** The same bytes, for reading the header: what unpacks them is let go afterwards. */
  readonly head: ByteSource;
}

/** @throws HeadgateError `npy-…`; `no-tensors` when no array is of a type that is read */
async function storedOf(source: ByteSource, arrays: readonly NamedArray[]): Promise<StoredModel> {
  const files = new Map<string, ByteSource>([[source.name, source]]);
  const tensors: StoredTensor[] = [];
  const leftOut: string[] = [];
  for (const { name, bytes, head } of arrays) {
    const { descr, dtype, shape, isFortran, begin } = await readNpy(head);
    if (dtype === null) {
      leftOut.push(`The array ${quote(name)} was left out: ${whyLeftOut(descr)}.`);
      continue;
    }
    const width = bytesOf(dtype);
    const elements = { name: bytes.name, size: bytes.size - begin, read: shifted(bytes, begin) };
    const turned = isFortran && shape.length > 1;
    const held = turned
      ? stridedSource(
          elements,
          { width, offset: 0, shape, stride: fortranStride(shape) },
          `${bytes.name} by rows`,
        )
      : bytes;
    files.set(held.name, held);
    const at = turned ? 0 : begin;
    tensors.push({ name, dtype, shape: [...shape], file: held.name, begin: at, end: at + elements.size });
  }
  if (tensors.length > 0) return { files, tensors, notes: leftOut };
  throw new HeadgateError(
    'no-tensors',
    `${quote(source.name)} holds no arrays of numbers. ${leftOut[0] ?? ''}`,
    'Save the weights as plain arrays: numpy.savez("model.npz", **{name: array.astype("<f4")}).',
  );
}

function shifted(source: ByteSource, by: number): ByteSource['read'] {
  return (begin, end) => source.read(begin + by, end + by);
}

/** Columns one after another: the first axis goes by single elements. */
function fortranStride(shape: readonly number[]): number[] {
  let step = 1;
  return shape.map((size) => {
    const stride = step;
    step *= size;
    return stride;
  });
}
