import type { ByteSource } from '../../byte-source.ts';
import { INCOMPLETE, NOWHERE, REWRITE, type Hdf5Bytes, type Reader } from './bytes.ts';
import { chunkedSource, readFilters, type Chunked } from './chunks.ts';
import { MESSAGE, type Message } from './object-header.ts';
import { readDataspace, readDatatype, type Datatype } from './types.ts';

export interface Dataset {
  readonly type: Datatype;
  readonly shape: readonly number[];
  /** Where its elements lie in the file, row by row; null: `source` makes them. */
  readonly begin: number | null;
  /** Its elements row by row; null where they lie so in the file. */
  readonly source: ByteSource | null;
}

/**
 * What an object's messages say of its elements.
 * @param name of its own source, where it needs one
 * @throws HeadgateError `hdf5-…` naming the dataset and the rule
 */
export async function readDataset(
  bytes: Hdf5Bytes,
  messages: readonly Message[],
  what: string,
  name: string,
): Promise<Dataset> {
  const one = (type: number, words: string): Message => {
    const found = messages.find((message) => message.type === type);
    if (found === undefined) throw bytes.fail('dataset', `${what} has no ${words}`);
    if (found.isShared)
      throw bytes.fail(
        'shared',
        `${what} shares its ${words} with another object, which is not read`,
        REWRITE,
      );
    return found;
  };
  if (messages.some(({ type }) => type === MESSAGE.externalFiles))
    throw bytes.fail(
      'external-data',
      `${what} keeps its data in another file, which is never opened`,
      'Save the model again, with its weights in the file itself.',
    );
  const type = readDatatype(one(MESSAGE.datatype, 'datatype').body);
  const shape = readDataspace(one(MESSAGE.dataspace, 'dataspace').body) ?? [0];
  const count = shape.reduce((product, size) => product * size, 1);
  const size = count * type.size;
  if (!Number.isSafeInteger(size)) throw bytes.fail('dataspace', `${what} has more than 2^53 − 1 bytes`);
  const filters = messages.find((message) => message.type === MESSAGE.filters);
  const layout = one(MESSAGE.layout, 'layout').body;
  const place = { bytes, what, name, size };
  const version = layout.uint(1);
  if (version !== 3 && version !== 4)
    throw bytes.fail('layout-version', `${what} has a layout of version ${version}; 3 and 4 can be read`);
  const kind = layout.uint(1);
  if (kind === 0) return { type, shape, begin: null, source: compact(place, layout) };
  if (kind === 1) return { type, shape, begin: contiguous(place, layout), source: null };
  if (kind === 2) {
    const chunked: Chunked = {
      ...place,
      shape,
      width: type.size,
      filters: readFilters(filters?.body ?? null, what),
    };
    return { type, shape, begin: null, source: await chunkedSource(chunked, layout, version) };
  }
  if (kind === 3)
    throw bytes.fail(
      'virtual',
      `${what} is a virtual dataset, made of other files, which are never opened`,
      REWRITE,
    );
  throw bytes.fail('layout', `${what} has a layout of the unknown class ${kind}`);
}

interface Place {
  readonly bytes: Hdf5Bytes;
  readonly what: string;
  readonly name: string;
  readonly size: number;
}

/** A few elements inside of the header. */
function compact({ bytes, what, name, size }: Place, layout: Reader): ByteSource {
  const length = layout.uint(2);
  if (length < size)
    throw bytes.fail('data-size', `${what} takes ${size} bytes, but its header holds ${length}`);
  const data = layout.take(length).slice(0, size);
  return { name, size, read: (begin, end) => Promise.resolve(data.slice(begin, end)) };
}

function contiguous({ bytes, what, size }: Place, layout: Reader): number {
  const begin = layout.address();
  const length = layout.uint(8);
  if (size === 0) return 0;
  if (begin === NOWHERE) throw bytes.fail('no-data', `${what} was made but never written`, INCOMPLETE);
  if (length < size)
    throw bytes.fail('data-size', `${what} takes ${size} bytes, but only ${length} are set aside for it`);
  if (begin + size > bytes.size)
    throw bytes.fail(
      'truncated',
      `${what} ends ${begin + size - bytes.size} bytes behind the end of the file`,
      INCOMPLETE,
    );
  return begin;
}
