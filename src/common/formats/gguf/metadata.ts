/** The metadata of a GGUF file: keys with typed values, lists included. */
import { HeadgateError, quote } from '../../error.ts';
import { PieceList } from '../../text/piece-list.ts';
import { DAMAGED, INCOMPLETE, type Cursor, type What } from './cursor.ts';

type Numbers =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array
  | BigUint64Array
  | BigInt64Array;
/** Whole numbers above 2^53 are bigint. */
export type Value = number | bigint | boolean | string | PieceList | Numbers;
export type Metadata = ReadonlyMap<string, Value>;

/** ggml allows keys of 2^16 − 1 bytes. */
const LONGEST_KEY = 65_535;
/** Texts are templates, licences and tokens. */
const LONGEST_TEXT = 16 * 2 ** 20;
/** Bytes of a list of numbers, and texts of one list: vocabularies have up to 262,144 pieces and 515,000 merges. */
const LONGEST_NUMBERS = 16 * 2 ** 20;
const MOST_TEXTS = 600_000;

const [BOOL, TEXT, LIST] = [7, 8, 9];

/** Lists of numbers by the number of their type; those of bool hold bytes. */
const LISTS: Readonly<
  Record<number, { readonly bytes: number; readonly make: (bytes: ArrayBuffer) => Numbers }>
> = {
  0: { bytes: 1, make: (bytes) => new Uint8Array(bytes) },
  1: { bytes: 1, make: (bytes) => new Int8Array(bytes) },
  2: { bytes: 2, make: (bytes) => new Uint16Array(bytes) },
  3: { bytes: 2, make: (bytes) => new Int16Array(bytes) },
  4: { bytes: 4, make: (bytes) => new Uint32Array(bytes) },
  5: { bytes: 4, make: (bytes) => new Int32Array(bytes) },
  6: { bytes: 4, make: (bytes) => new Float32Array(bytes) },
  [BOOL]: { bytes: 1, make: (bytes) => new Uint8Array(bytes) },
  10: { bytes: 8, make: (bytes) => new BigUint64Array(bytes) },
  11: { bytes: 8, make: (bytes) => new BigInt64Array(bytes) },
  12: { bytes: 8, make: (bytes) => new Float64Array(bytes) },
};

/** @throws HeadgateError naming the key and the rule. */
export async function readMetadata(cursor: Cursor, count: number): Promise<Metadata> {
  const file = cursor.source.name;
  const metadata = new Map<string, Value>();
  for (let i = 0; i < count; i++) {
    const key = await readText(cursor, () => `the key of its metadata entry ${i}`, LONGEST_KEY);
    if (key === '')
      throw new HeadgateError('bad-metadata', `${file}: metadata entry ${i} has no key.`, DAMAGED);
    if (metadata.has(key))
      throw new HeadgateError('duplicate-key', `${file} has the metadata ${quote(key)} twice.`, DAMAGED);
    metadata.set(key, await readValue(cursor, key));
  }
  return metadata;
}

async function readValue(cursor: Cursor, key: string): Promise<Value> {
  const what = () => `the metadata ${quote(key)}`;
  const type = await cursor.u32(what);
  if (type === TEXT) return readText(cursor, what, LONGEST_TEXT);
  if (type === LIST) return readList(cursor, key, what);
  const kind = LISTS[type];
  if (kind === undefined) throw unknownType(cursor, key, type);
  const [value] = kind.make((await cursor.bytes(kind.bytes, what)).buffer);
  if (type === BOOL) return isTrue(cursor, key, Number(value));
  return typeof value === 'bigint' ? smaller(value) : (value ?? 0);
}

function isTrue(cursor: Cursor, key: string, value: number): boolean {
  if (value > 1)
    throw new HeadgateError(
      'bad-metadata',
      `${cursor.source.name}: the metadata ${quote(key)} is true or false, but its byte is ${value}.`,
      DAMAGED,
    );
  return value === 1;
}

const smaller = (value: bigint) => (Number.isSafeInteger(Number(value)) ? Number(value) : value);

async function readList(cursor: Cursor, key: string, what: What): Promise<Value> {
  const type = await cursor.u32(what);
  if (type === LIST)
    throw new HeadgateError(
      'bad-metadata',
      `${cursor.source.name}: the metadata ${quote(key)} is a list of lists, which ggml does not allow.`,
      DAMAGED,
    );
  const kind = LISTS[type];
  if (kind === undefined && type !== TEXT) throw unknownType(cursor, key, type);
  const count = await cursor.u64(what);
  // A text has 8 bytes of length at least.
  const smallest = kind?.bytes ?? 8;
  if (count > BigInt(Math.floor(cursor.left / smallest)))
    throw new HeadgateError(
      'count-past-end',
      `${cursor.source.name}: the metadata ${quote(key)} announces ${count} values, more than the rest of the file holds.`,
      INCOMPLETE,
    );
  const most = kind === undefined ? MOST_TEXTS : LONGEST_NUMBERS / kind.bytes;
  if (count > BigInt(most))
    throw new HeadgateError(
      'list-too-long',
      `${cursor.source.name}: the metadata ${quote(key)} has ${count} values; the limit is ${most}.`,
      DAMAGED,
    );
  if (kind !== undefined) return kind.make((await cursor.bytes(Number(count) * kind.bytes, what)).buffer);
  const texts = new PieceList();
  // A vocabulary has hundreds of thousands: only those at the end of a piece are waited for.
  for (let i = 0; i < Number(count); i++)
    texts.add(
      cursor.heldText() ??
        (await readBytes(cursor, () => `text ${i} of the metadata ${quote(key)}`, LONGEST_TEXT)),
    );
  return texts;
}

function unknownType(cursor: Cursor, key: string, type: number): HeadgateError {
  return new HeadgateError(
    'unknown-type',
    `${cursor.source.name}: the metadata ${quote(key)} has the unknown type ${type}.`,
    DAMAGED,
  );
}

/** A text with its length in front. Bytes that are no UTF-8 (old vocabularies have such pieces) become U+FFFD. */
export async function readText(cursor: Cursor, what: What, longest: number): Promise<string> {
  return DECODER.decode(await readBytes(cursor, what, longest));
}

async function readBytes(cursor: Cursor, what: What, longest: number): Promise<Uint8Array> {
  const length = await cursor.u64(what);
  if (length > BigInt(longest) || length > BigInt(cursor.left))
    throw new HeadgateError(
      length > BigInt(cursor.left) ? 'truncated' : 'text-too-long',
      length > BigInt(cursor.left)
        ? `${cursor.source.name}: ${what()} announces ${length} bytes, more than the rest of the file holds.`
        : `${cursor.source.name}: ${what()} has ${length} bytes; the limit is ${longest}.`,
      length > BigInt(cursor.left) ? INCOMPLETE : DAMAGED,
    );
  return cursor.bytes(Number(length), what);
}

const DECODER = new TextDecoder('utf-8', { ignoreBOM: true });

/** Metadata as texts, for the load report; of lists only how long they are. */
export function metadataTexts(metadata: Metadata): Map<string, string> {
  return new Map(
    [...metadata].map(([key, value]) => [
      key,
      typeof value === 'object' ? `${value.length} values` : String(value),
    ]),
  );
}
