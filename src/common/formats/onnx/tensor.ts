import type { ByteSource } from '../../byte-source.ts';
import { bytesOf, type ElementType } from '../../dtype.ts';
import { quote } from '../../error.ts';
import { isMemberName } from '../member-name.ts';
import type { ModelFolder, StoredTensor } from '../format.ts';
import { INCOMPLETE, type WireField, type WireFile } from './wire.ts';

/** TensorProto.DataType; what is not here is left out. */
const TYPES: Readonly<Record<number, ElementType>> = {
  1: 'F32',
  2: 'U8',
  3: 'I8',
  4: 'U16',
  5: 'I16',
  6: 'I32',
  7: 'I64',
  9: 'BOOL',
  10: 'F16',
  11: 'F64',
  12: 'U32',
  13: 'U64',
  16: 'BF16',
  17: 'F8_E4M3',
  19: 'F8_E5M2',
};
const OTHER: Readonly<Record<number, string>> = { 8: 'texts', 14: 'complex numbers', 15: 'complex numbers' };
/** Fields of TensorProto whose numbers lie one after another, with the types that they may hold. */
const PLAIN: Readonly<Record<number, ElementType>> = { 4: 'F32', 10: 'F64' };
/** Fields of varints: int32_data, int64_data, uint64_data. */
const VARINTS = new Set([5, 7, 11]);
const MOST_DIMENSIONS = 32;
/** Bytes of the largest field of varints: it is decoded in one piece. */
const MAX_VARINTS = 64 * 2 ** 20;

export interface OnnxTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** Null: of a type that is left out. */
  readonly stored: StoredTensor | null;
  /** Why it is left out. */
  readonly words: string;
}

interface Fields {
  name: string;
  shape: number[];
  type: number;
  data: { readonly number: number; readonly field: WireField }[];
  external: Map<string, string>;
  isExternal: boolean;
}

/** Adds a source to the model's files. */
export type Keep = (source: ByteSource) => void;

/**
 * A TensorProto: its name, type, shape and where its bytes lie; they are not read.
 * @throws HeadgateError `onnx-…` naming the tensor and the rule
 */
export async function readTensor(
  file: WireFile,
  { begin, end }: Pick<WireField, 'begin' | 'end'>,
  folder: ModelFolder,
  keep: Keep,
): Promise<OnnxTensor> {
  const found: Fields = { name: '', shape: [], type: 0, data: [], external: new Map(), isExternal: false };
  for await (const field of file.fields(begin, end, 'a tensor')) {
    if (field.number === 1)
      found.shape.push(...(await file.numbers(field, 'the shape of a tensor', MOST_DIMENSIONS)));
    else if (field.number === 2) found.type = field.value;
    else if (field.number === 8) found.name = await file.text(field, 'the name of a tensor');
    else if (field.number === 13) await readEntry(file, field, found.external);
    else if (field.number === 14) found.isExternal = field.value === 1;
    else if ([4, 5, 7, 9, 10, 11].includes(field.number)) found.data.push({ number: field.number, field });
  }
  return place(file, found, folder, keep);
}

async function readEntry(
  file: WireFile,
  { begin, end }: WireField,
  into: Map<string, string>,
): Promise<void> {
  let [key, value] = ['', ''];
  for await (const field of file.fields(begin, end, 'an entry of external data'))
    if (field.number === 1) key = await file.text(field, 'an entry of external data');
    else if (field.number === 2) value = await file.text(field, 'an entry of external data');
  into.set(key, value);
}

async function place(file: WireFile, found: Fields, folder: ModelFolder, keep: Keep): Promise<OnnxTensor> {
  const { name, shape, type } = found;
  const what = `the tensor ${quote(name)}`;
  if (shape.length > MOST_DIMENSIONS)
    throw file.fail('shape', `${what} has ${shape.length} dimensions; the limit is ${MOST_DIMENSIONS}`);
  const bad = shape.find((size) => !(size >= 0));
  if (bad !== undefined) throw file.fail('shape', `${what} has the size ${bad} in its shape`);
  const dtype = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  if (dtype === undefined)
    return { name, shape, stored: null, words: OTHER[type] ?? `elements of the type ${type}` };
  const count = shape.reduce((product, size) => product * size, 1);
  const bytes = count * bytesOf(dtype);
  if (!Number.isSafeInteger(bytes)) throw file.fail('shape', `${what} has more than 2^53 − 1 bytes`);
  const own = { name, dtype, shape };
  const stored = found.isExternal
    ? await externalTensor(file, found, { ...own, bytes }, { folder, keep })
    : inside(file, found, { ...own, bytes, count }, keep);
  return { name, shape, stored, words: '' };
}

type Own = Pick<StoredTensor, 'name' | 'dtype' | 'shape'> & { readonly bytes: number };

/** Bytes in the file itself: raw_data, or a field of the tensor's type. */
function inside(
  file: WireFile,
  { data, type }: Fields,
  { name, dtype, shape, bytes, count }: Own & { readonly count: number },
  keep: Keep,
): StoredTensor {
  const what = `the tensor ${quote(name)}`;
  const own = { name, dtype, shape, file: file.source.name };
  const [first, ...others] = data;
  if (first === undefined) {
    if (bytes > 0) throw file.fail('no-data', `${what} of the shape [${shape.join(', ')}] has no data`);
    return { ...own, begin: 0, end: 0 };
  }
  if (others.length > 0) {
    const isSplit = others.every(({ number }) => number === first.number);
    throw file.fail(
      'data',
      isSplit ? `${what} has its data in ${data.length} pieces` : `${what} has its data in several fields`,
    );
  }
  const { number, field } = first;
  const size = field.end - field.begin;
  if (number === 9 || PLAIN[number] === dtype) {
    if (size !== bytes)
      throw file.fail(
        'data-size',
        `${what} of the shape [${shape.join(', ')}] takes ${bytes} bytes, but has ${size}`,
      );
    return { ...own, begin: field.begin, end: field.end };
  }
  if (!VARINTS.has(number)) throw file.fail('data', `${what} has its data in a field of another type`);
  if (size > MAX_VARINTS)
    throw file.fail('data-size', `${what} has ${size} bytes of written numbers; the limit is ${MAX_VARINTS}`);
  if (count > size)
    throw file.fail(
      'data-size',
      `${what} of the shape [${shape.join(', ')}] has ${count} elements, but ${size} bytes of numbers`,
    );
  const isHalf = type === 10 || type === 16;
  const source = varintSource(file, field, {
    what,
    name: `${file.source.name}/${name}`,
    dtype,
    count,
    isHalf,
  });
  keep(source);
  return { ...own, file: source.name, begin: 0, end: bytes };
}

/** Numbers that are written as varints, as bytes of the tensor's type. */
function varintSource(
  file: WireFile,
  field: WireField,
  {
    what,
    name,
    dtype,
    count,
    isHalf,
  }: { what: string; name: string; dtype: StoredTensor['dtype']; count: number; isHalf: boolean },
): ByteSource {
  const width = bytesOf(dtype as ElementType);
  let made: Promise<Uint8Array> | null = null;
  const make = async () => {
    const values = await file.numbers(field, what, count);
    if (values.length !== count)
      throw file.fail('data-size', `${what} has ${values.length} numbers; its shape takes ${count}`);
    const bytes = new Uint8Array(count * width);
    const view = new DataView(bytes.buffer);
    for (const [i, value] of values.entries()) {
      if (width === 1) view.setUint8(i, value);
      else if (width === 2 || isHalf) view.setUint16(2 * i, value, true);
      else if (width === 4) view.setUint32(4 * i, value, true);
      else view.setBigInt64(8 * i, BigInt(value), true);
    }
    return bytes;
  };
  return {
    name,
    size: count * width,
    async read(begin, end) {
      made ??= make();
      return (await made).slice(begin, end);
    },
  };
}

/** Bytes in another file of the same folder. */
async function externalTensor(
  file: WireFile,
  { external }: Fields,
  { name, dtype, shape, bytes }: Own,
  { folder, keep }: { readonly folder: ModelFolder; readonly keep: Keep },
): Promise<StoredTensor> {
  const what = `the tensor ${quote(name)}`;
  const location = external.get('location');
  if (location === undefined) throw file.fail('external', `${what} lies in another file, which is not named`);
  if (!isMemberName(location))
    throw file.fail(
      'external-outside',
      `${what} lies in ${quote(location)}, which leads outside of the folder`,
      'Do not trust this file: its data must lie beside it.',
    );
  const number = (key: string, usual: number) => {
    const text = external.get(key);
    const value = text === undefined ? usual : Number(text);
    if (!Number.isSafeInteger(value) || value < 0)
      throw file.fail('external', `${what} has the ${key} ${quote(text ?? '')} of its data`);
    return value;
  };
  const begin = number('offset', 0);
  const length = number('length', bytes);
  const source = await folder.file(location);
  if (source === null)
    throw file.fail(
      'external-missing',
      `${what} lies in ${quote(location)}, which is not there`,
      'Copy or download that file too, into the same folder.',
    );
  if (length !== bytes)
    throw file.fail(
      'data-size',
      `${what} of the shape [${shape.join(', ')}] takes ${bytes} bytes, but has ${length}`,
    );
  if (begin + length > source.size)
    throw file.fail(
      'external-size',
      `${what} ends ${begin + length - source.size} bytes behind ${quote(location)}`,
      INCOMPLETE,
    );
  keep(source);
  return { name, dtype, shape, file: source.name, begin, end: begin + length };
}
