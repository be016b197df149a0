import { Reader, type Hdf5Bytes } from './bytes.ts';

/** Kinds of messages that are read. */
export const MESSAGE = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  link: 0x06,
  externalFiles: 0x07,
  layout: 0x08,
  filters: 0x0b,
  attribute: 0x0c,
  continuation: 0x10,
  symbolTable: 0x11,
  attributeInfo: 0x15,
} as const;

export interface Message {
  readonly type: number;
  readonly isShared: boolean;
  readonly body: Reader;
}

interface Block {
  readonly at: number;
  readonly length: number;
}

/** Pieces that one object's header may lie in. */
const MOST_BLOCKS = 4096;
const MOST_MESSAGES = 65_536;

/**
 * The messages of an object's header, of version 1 or 2.
 * @param what names the object in errors
 * @throws HeadgateError `hdf5-…`
 */
export async function readHeader(bytes: Hdf5Bytes, at: number, what: string): Promise<Message[]> {
  const start = await bytes.take(at, 16, what);
  const isNewer = String.fromCharCode(...start.bytes.subarray(0, 4)) === 'OHDR';
  return isNewer ? readNewer(bytes, at, what) : readOlder(bytes, at, start, what);
}

async function readOlder(bytes: Hdf5Bytes, at: number, start: Reader, what: string): Promise<Message[]> {
  const version = start.uint(1);
  if (version !== 1) throw bytes.fail('header-version', `${what} does not begin with a header`);
  start.skip(1);
  const count = start.uint(2);
  start.skip(4);
  const messages: Message[] = [];
  const blocks: Block[] = [{ at: at + 16, length: start.uint(4) }];
  for (let b = 0; b < blocks.length; b++) {
    const block = blocks[b];
    if (block === undefined || b > MOST_BLOCKS) throw tooMany(bytes, what);
    const reader = await bytes.take(block.at, block.length, what);
    while (reader.left >= 8 && messages.length < count) {
      const type = reader.uint(2);
      const length = reader.uint(2);
      const flags = reader.uint(1);
      reader.skip(3);
      add(messages, blocks, { type, flags, body: new Reader(reader.take(length), what, bytes.fail) });
    }
  }
  return messages;
}

async function readNewer(bytes: Hdf5Bytes, at: number, what: string): Promise<Message[]> {
  const start = await bytes.take(at, Math.min(34, bytes.size - at), what);
  start.skip(4);
  const version = start.uint(1);
  if (version !== 2)
    throw bytes.fail('header-version', `${what} has a header of version ${version}; 1 and 2 can be read`);
  const flags = start.uint(1);
  start.skip((flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0));
  const length = start.uint(([1, 2, 4, 8] as const)[flags & 3] ?? 1);
  const messages: Message[] = [];
  const blocks: Block[] = [{ at: at + start.at, length }];
  for (let b = 0; b < blocks.length; b++) {
    const block = blocks[b];
    if (block === undefined || b > MOST_BLOCKS) throw tooMany(bytes, what);
    const reader = await bytes.take(block.at, block.length, what);
    if (b > 0) reader.expect('OCHK');
    // A checksum stands at the end of every further block.
    const end = b > 0 ? 4 : 0;
    const head = 4 + (flags & 0x04 ? 2 : 0);
    while (reader.left - end >= head && messages.length < MOST_MESSAGES) {
      const type = reader.uint(1);
      const size = reader.uint(2);
      const own = reader.uint(1);
      reader.skip(head - 4);
      add(messages, blocks, { type, flags: own, body: new Reader(reader.take(size), what, bytes.fail) });
    }
  }
  return messages;
}

function add(
  messages: Message[],
  blocks: Block[],
  { type, flags, body }: { readonly type: number; readonly flags: number; readonly body: Reader },
): void {
  messages.push({ type, isShared: (flags & 0x02) !== 0, body });
  if (type === MESSAGE.continuation) blocks.push({ at: body.address(), length: body.uint(8) });
}

function tooMany(bytes: Hdf5Bytes, what: string) {
  return bytes.fail('header-blocks', `${what} has a header in more than ${MOST_BLOCKS} pieces`);
}
