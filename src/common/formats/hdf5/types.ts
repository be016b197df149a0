/** Datatypes and dataspaces: what an element is, and how many there are. */
import type { ElementType } from '../../dtype.ts';
import type { Reader } from './bytes.ts';

export interface Datatype {
  /** Bytes of an element. */
  readonly size: number;
  readonly kind: 'number' | 'text' | 'texts' | 'other';
  /** Of numbers that weights can be; null: of none. */
  readonly dtype: ElementType | null;
  /** In words, for notes. */
  readonly words: string;
}

const CLASSES: Readonly<Record<number, string>> = {
  2: 'times',
  4: 'bit fields',
  5: 'opaque bytes',
  6: 'compound values',
  7: 'references',
  8: 'enumerated values',
  9: 'lists of different lengths',
  10: 'arrays',
};
const FLOATS: Readonly<Record<number, readonly [ElementType, exponentBits: number]>> = {
  2: ['F16', 5],
  4: ['F32', 8],
  8: ['F64', 11],
};
const INTEGERS: Readonly<Record<number, readonly [unsigned: ElementType, signed: ElementType]>> = {
  1: ['U8', 'I8'],
  2: ['U16', 'I16'],
  4: ['U32', 'I32'],
  8: ['U64', 'I64'],
};
const MOST_DIMENSIONS = 32;

/** @throws HeadgateError `hdf5-datatype` */
export function readDatatype(reader: Reader): Datatype {
  const head = reader.uint(1);
  const [kind, version] = [head & 15, head >> 4];
  if (version < 1 || version > 4)
    throw reader.fail('datatype', `${reader.what} has a datatype of version ${version}; 1 to 4 can be read`);
  const bits = reader.take(3);
  const size = reader.uint(4);
  if (size === 0) throw reader.fail('datatype', `${reader.what} has elements of 0 bytes`);
  const first = bits[0] ?? 0;
  const other = (words: string): Datatype => ({ size, kind: 'other', dtype: null, words });
  if (kind === 0) {
    const [unsigned, signed] = INTEGERS[size] ?? [];
    const dtype = (first & 8 ? signed : unsigned) ?? null;
    if (first & 1) return other('big-endian numbers');
    return dtype === null
      ? other(`whole numbers of ${size} bytes`)
      : { size, kind: 'number', dtype, words: dtype };
  }
  if (kind === 1) return readFloat(reader, size, first, other);
  if (kind === 3) return { size, kind: 'text', dtype: null, words: 'text' };
  if (kind === 9 && (first & 15) === 1) return { size, kind: 'texts', dtype: null, words: 'text' };
  // h5py's booleans: an enumeration over one byte.
  if (kind === 8 && size === 1) return { size, kind: 'number', dtype: 'BOOL', words: 'BOOL' };
  const words = CLASSES[kind];
  if (words === undefined)
    throw reader.fail('datatype', `${reader.what} has elements of the unknown class ${kind}`);
  return other(words);
}

function readFloat(
  reader: Reader,
  size: number,
  first: number,
  other: (words: string) => Datatype,
): Datatype {
  reader.skip(5);
  const exponentBits = reader.uint(1);
  const [dtype, usual] = FLOATS[size] ?? [];
  if (first & 1) return other('big-endian numbers');
  if (size === 2 && exponentBits === 8) return { size, kind: 'number', dtype: 'BF16', words: 'BF16' };
  if (dtype === undefined || exponentBits !== usual) return other(`floating-point numbers of ${size} bytes`);
  return { size, kind: 'number', dtype, words: dtype };
}

/** Sizes; [] of a single value, null of a dataspace without elements. @throws HeadgateError `hdf5-dataspace` */
export function readDataspace(reader: Reader): readonly number[] | null {
  const version = reader.uint(1);
  const rank = reader.uint(1);
  reader.skip(1);
  if (version !== 1 && version !== 2)
    throw reader.fail(
      'dataspace',
      `${reader.what} has a dataspace of version ${version}; 1 and 2 can be read`,
    );
  if (rank > MOST_DIMENSIONS)
    throw reader.fail('dataspace', `${reader.what} has ${rank} dimensions; the limit is ${MOST_DIMENSIONS}`);
  const kind = reader.uint(1);
  if (version === 1) reader.skip(4);
  else if (kind === 2) return null;
  const shape = Array.from({ length: rank }, () => reader.uint(8));
  const count = shape.reduce((product, size) => product * size, 1);
  if (!Number.isSafeInteger(count))
    throw reader.fail('dataspace', `${reader.what} has more than 2^53 − 1 elements`);
  return shape;
}
