/** Puts tensors into files: bytes that lie in order where they are, all others by a source that orders them. */
import type { ByteSource } from '../../byte-source.ts';
import { bytesOf } from '../../dtype.ts';
import { HeadgateError, quote } from '../../error.ts';
import type { StoredTensor } from '../format.ts';
import { elementsOf, isContiguous, reach, stridedSource } from './strided.ts';
import type { Tensor } from './values.ts';

/** The bytes of a storage: a part of a file, or a source of its own that begins at 0. */
export interface StoredBytes {
  readonly source: ByteSource;
  readonly begin: number;
  readonly end: number;
}

export interface Placed {
  readonly tensors: readonly StoredTensor[];
  /** Sources that hold tensors beside the file itself. */
  readonly sources: ReadonlyMap<string, ByteSource>;
  readonly notes: readonly string[];
}

/** Elements of a tensor that repeats its storage (`expand`); more is no weight but a bomb. */
const MOST_REPEATED = 2 ** 20;

/**
 * @param find the bytes of a storage by its key; null when the file has none
 * @throws HeadgateError `tensor-…` naming the file, the tensor and the rule
 */
export function placeTensors(
  file: string,
  tensors: ReadonlyMap<string, Tensor>,
  find: (key: string) => StoredBytes | null,
): Placed {
  const placed: StoredTensor[] = [];
  const sources = new Map<string, ByteSource>();
  const unknown = new Map<string, string[]>();
  for (const [name, tensor] of tensors) {
    const { dtype, shape } = tensor;
    if (dtype === null) {
      unknown.set(tensor.typeName, [...(unknown.get(tensor.typeName) ?? []), name]);
      continue;
    }
    const width = bytesOf(dtype);
    const stored = checked(file, name, tensor, width, find(tensor.storage.key));
    const offset = tensor.offset + tensor.storage.offset;
    const size = elementsOf(shape) * width;
    const begin = stored.begin + offset * width;
    if (isContiguous(tensor)) {
      sources.set(stored.source.name, stored.source);
      placed.push({ name, dtype, shape: [...shape], file: stored.source.name, begin, end: begin + size });
      continue;
    }
    const ordered = stridedSource(
      partOf(stored),
      { width, offset, shape, stride: tensor.stride },
      `${file}/${name}`,
    );
    sources.set(ordered.name, ordered);
    placed.push({ name, dtype, shape: [...shape], file: ordered.name, begin: 0, end: size });
  }
  const notes = [...unknown].map(
    ([type, names]) =>
      `Left out, for their type ${quote(type)} is not read: ${names.slice(0, 8).map(quote).join(', ')}${names.length > 8 ? ` and ${names.length - 8} more` : ''}.`,
  );
  return { tensors: placed, sources, notes };
}

function checked(
  file: string,
  name: string,
  tensor: Tensor,
  width: number,
  stored: StoredBytes | null,
): StoredBytes {
  const { storage, shape, stride, offset } = tensor;
  const bad = (
    rule: string,
    what: string,
    hint = 'The file is damaged or was written wrongly: save or download it again.',
  ) => new HeadgateError(`tensor-${rule}`, `${quote(file)}: tensor ${quote(name)} ${what}.`, hint);
  if (stored === null)
    throw bad(
      'storage',
      `lies in the storage ${quote(storage.key)}, which the file does not have`,
      'The file is not complete: copy or download it again.',
    );
  const elements = elementsOf(shape);
  const end = reach({ offset: offset + storage.offset, shape, stride });
  if (!Number.isSafeInteger(elements * width) || !Number.isSafeInteger(end * width))
    throw bad('overflow', `has a shape of more than 2^53 − 1 bytes`);
  const available = stored.end - stored.begin;
  if (end * width > available)
    throw bad(
      'bounds',
      `reaches to byte ${end * width} of its storage ${quote(storage.key)}, which has ${available}`,
    );
  if (elements * width > available && elements > MOST_REPEATED)
    throw bad(
      'repeated',
      `repeats ${available} bytes to ${elements * width}`,
      'Save it after tensor.contiguous().',
    );
  return stored;
}

function partOf({ source, begin, end }: StoredBytes): ByteSource {
  return {
    name: source.name,
    size: end - begin,
    read: (from, to) => source.read(begin + from, begin + to),
  };
}
