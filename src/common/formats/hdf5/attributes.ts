import { Reader, textOf, type Hdf5Bytes } from './bytes.ts';
import { MESSAGE, type Message } from './object-header.ts';
import { readDataspace, readDatatype } from './types.ts';

/** A text, or a list of texts; null: a value of another kind, which nothing here needs. */
export type Attribute = string | readonly string[] | null;

/** Bytes of all texts of one attribute. */
const MAX_TEXT = 32 * 2 ** 20;
const MOST_TEXTS = 1_000_000;

/** The texts among an object's attributes. @throws HeadgateError `hdf5-…` */
export async function readAttributes(
  bytes: Hdf5Bytes,
  messages: readonly Message[],
  what: string,
): Promise<Map<string, Attribute>> {
  const attributes = new Map<string, Attribute>();
  for (const { type, body } of messages)
    if (type === MESSAGE.attribute) {
      const [name, value] = await readAttribute(bytes, body, what);
      attributes.set(name, value);
    }
  return attributes;
}

async function readAttribute(bytes: Hdf5Bytes, body: Reader, owner: string): Promise<[string, Attribute]> {
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
  const type = readDatatype(new Reader(typeBytes, what, bytes.fail));
  const shape = readDataspace(new Reader(spaceBytes, what, bytes.fail));
  if (shape === null || (type.kind !== 'text' && type.kind !== 'texts')) return [name, null];
  const count = shape.reduce((product, size) => product * size, 1);
  if (count > MOST_TEXTS || count * type.size > body.left)
    throw body.fail(
      'attribute-size',
      `${what} has ${count} values, for which its ${body.left} bytes are too few`,
    );
  const texts: string[] = [];
  let total = 0;
  for (let i = 0; i < count; i++) {
    const text =
      type.kind === 'text' ? body.text(type.size) : await heapText(bytes, body, what, MAX_TEXT - total);
    total += text.length;
    texts.push(text);
  }
  return [name, shape.length === 0 ? (texts[0] ?? '') : texts];
}

/** A text of the global heap: its length, its collection and its number in it. */
async function heapText(bytes: Hdf5Bytes, body: Reader, what: string, most: number): Promise<string> {
  const length = body.uint(4);
  const collection = body.address();
  const index = body.uint(4);
  if (length === 0) return '';
  if (length > most) throw bytes.fail('attribute-size', `${what} has more than ${MAX_TEXT} bytes of text`);
  const head = await bytes.take(collection, 16, `the heap of ${what}`);
  head.expect('GCOL');
  head.skip(4);
  const size = head.uint(8);
  for (let at = 16; at + 16 <= size;) {
    const entry = await bytes.take(collection + at, 16, `the heap of ${what}`);
    const found = entry.uint(2);
    entry.skip(6);
    const bytesOf = entry.uint(8);
    if (found === index) {
      if (length > bytesOf)
        throw bytes.fail('heap', `${what} is ${length} bytes long, but the heap holds ${bytesOf}`);
      return textOf((await bytes.take(collection + at + 16, length, `the heap of ${what}`)).bytes);
    }
    // Number 0 is the room that is left.
    if (found === 0) break;
    at += 16 + Math.ceil(bytesOf / 8) * 8;
  }
  throw bytes.fail('heap', `${what} is number ${index} of a heap that does not hold it`);
}
