import { Reader, textOf, type Hdf5Bytes } from './bytes.ts';
import { MESSAGE, type Message } from './object-header.ts';
import { readDataspace, readDatatype } from './types.ts';

/** A text, or a list of texts; null: a value of another kind, which nothing here needs. */
export type Attribute = string | readonly string[] | null;

/** Bytes of all texts of a file that lie in its heap. */
const MAX_TEXT = 16 * 2 ** 20;
/** Texts of all attributes. */
const MOST_TEXTS = 200_000;
const NONE: ReadonlyMap<string, Attribute> = new Map();

type Collection = ReadonlyMap<number, { readonly at: number; readonly size: number }>;

/** The texts of a file: collections that were read, by their places, and what may still come. */
export class Heaps {
  readonly collections = new Map<number, Collection>();
  /** Bytes of text. */
  left = MAX_TEXT;
  /** How many texts may still come. */
  texts = MOST_TEXTS;

  constructor(readonly bytes: Hdf5Bytes) {}
}

/** The texts among an object's attributes. @throws HeadgateError `hdf5-…` */
export async function readAttributes(
  heaps: Heaps,
  messages: readonly Message[],
  what: string,
): Promise<ReadonlyMap<string, Attribute>> {
  const held = messages.filter(({ type }) => type === MESSAGE.attribute);
  if (held.length === 0) return NONE;
  const attributes = new Map<string, Attribute>();
  for (const { body } of held) {
    const [name, value] = await readAttribute(heaps, body, what);
    attributes.set(name, value);
  }
  return attributes;
}

async function readAttribute(heaps: Heaps, body: Reader, owner: string): Promise<[string, Attribute]> {
  const version = body.uint(1);
  if (version < 1 || version > 3)
    throw body.fail(
      'attribute-version',
      `${owner} has an attribute of version ${version}; 1 to 3 can be read`,
    );
  const flags = body.uint(1);
  const [nameSize, typeSize, spaceSize] = [body.uint(2), body.uint(2), body.uint(2)];
  if (version === 3) body.skip(1);
  const part = (length: number) => {
    const taken = body.take(length);
    if (version === 1) body.align();
    return taken;
  };
  const name = textOf(part(nameSize));
  const what = `the attribute “${name.slice(0, 80)}” of ${owner}`;
  const typeBytes = part(typeSize);
  const spaceBytes = part(spaceSize);
  if (version > 1 && (flags & 3) !== 0) return [name, null];
  const type = readDatatype(new Reader(typeBytes, what, body.fail));
  const shape = readDataspace(new Reader(spaceBytes, what, body.fail));
  if (shape === null || (type.kind !== 'text' && type.kind !== 'texts')) return [name, null];
  const count = shape.reduce((product, size) => product * size, 1);
  if (count > MOST_TEXTS || count * type.size > body.left)
    throw body.fail(
      'attribute-size',
      `${what} has ${count} values, for which its ${body.left} bytes are too few`,
    );
  heaps.texts -= count;
  if (heaps.texts < 0)
    throw body.fail('attribute-size', `${what} and others have more than ${MOST_TEXTS} texts`);
  const texts: string[] = [];
  for (let i = 0; i < count; i++) {
    const text = type.kind === 'text' ? body.text(type.size) : await heapText(heaps, body, what);
    texts.push(text);
  }
  return [name, shape.length === 0 ? (texts[0] ?? '') : texts];
}

/** A text of the global heap: its length, its collection and its number in it. */
async function heapText(heaps: Heaps, body: Reader, what: string): Promise<string> {
  const length = body.uint(4);
  const collection = body.address();
  const index = body.uint(4);
  if (length === 0) return '';
  heaps.left -= length;
  if (heaps.left < 0)
    throw body.fail('attribute-size', `${what} and others have more than ${MAX_TEXT} bytes of text`);
  const held = heaps.collections.get(collection) ?? (await readCollection(heaps.bytes, collection, what));
  heaps.collections.set(collection, held);
  const entry = held.get(index);
  if (entry === undefined)
    throw body.fail('heap', `${what} is number ${index} of a heap that does not hold it`);
  if (length > entry.size)
    throw body.fail('heap', `${what} is ${length} bytes long, but the heap holds ${entry.size}`);
  return textOf((await heaps.bytes.take(entry.at, length, `the heap of ${what}`)).bytes);
}

/** Where the entries of a collection lie, by their numbers. */
async function readCollection(bytes: Hdf5Bytes, collection: number, what: string): Promise<Collection> {
  const name = `the heap of ${what}`;
  const head = await bytes.take(collection, 16, name);
  head.expect('GCOL');
  head.skip(4);
  const size = head.uint(8);
  const entries = new Map<number, { readonly at: number; readonly size: number }>();
  for (let at = 16; at + 16 <= size;) {
    const entry = await bytes.take(collection + at, 16, name);
    const index = entry.uint(2);
    entry.skip(6);
    const length = entry.uint(8);
    // Number 0 is the room that is left.
    if (index === 0) break;
    entries.set(index, { at: collection + at + 16, size: length });
    at += 16 + Math.ceil(length / 8) * 8;
  }
  return entries;
}
