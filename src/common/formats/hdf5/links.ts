import { NOWHERE, REWRITE, textOf, type Hdf5Bytes, type Reader } from './bytes.ts';
import { MESSAGE, type Message } from './object-header.ts';

/** Nodes of the index of one group. */
const MOST_NODES = 20_000;
const MOST_LINKS = 20_000;
/** What the leaves of one index point at, and those of all. */
export const MOST_LEAVES = 50_000;
const MOST_ALL = 100_000;

/** What a group holds, by name. */
export interface Links {
  /** Addresses of objects. */
  readonly objects: Map<string, number>;
  /** Paths of soft links within the file, from the root or from the group. */
  readonly soft: Map<string, string>;
}

/** What a group holds; null for an object that is no group. @throws HeadgateError `hdf5-…` */
export async function readLinks(
  bytes: Hdf5Bytes,
  messages: readonly Message[],
  what: string,
): Promise<Links | null> {
  const links: Links = { objects: new Map(), soft: new Map() };
  let isGroup = false;
  for (const { type, body } of messages) {
    if (type === MESSAGE.symbolTable) await readTable(bytes, body, what, links);
    else if (type === MESSAGE.link) readLink(body, what, links);
    else if (type === MESSAGE.linkInfo) refuseDense(body, what);
    else continue;
    isGroup = true;
  }
  return isGroup ? links : null;
}

/** @param target the address of an object, or the path of a soft link */
function add(links: Links, name: string, target: number | string, body: Reader, what: string): void {
  const { objects, soft } = links;
  if (objects.has(name) || soft.has(name))
    throw body.fail('name-twice', `${what} holds “${name.slice(0, 80)}” twice`);
  if (objects.size + soft.size >= MOST_LINKS)
    throw body.fail('links', `${what} holds more than ${MOST_LINKS} objects`);
  if (typeof target === 'string') soft.set(name, target);
  else objects.set(name, target);
}

function readLink(body: Reader, what: string, links: Links): void {
  const version = body.uint(1);
  if (version !== 1)
    throw body.fail('link-version', `${what} has a link of version ${version}; only 1 can be read`);
  const flags = body.uint(1);
  const kind = flags & 0x08 ? body.uint(1) : 0;
  body.skip((flags & 0x04 ? 8 : 0) + (flags & 0x10 ? 1 : 0));
  const length = body.uint(([1, 2, 4, 8] as const)[flags & 3] ?? 1);
  const name = textOf(body.take(length));
  if (kind === 0) return add(links, name, body.address(), body, what);
  if (kind === 1) return add(links, name, textOf(body.take(body.uint(2))), body, what);
  if (kind === 64)
    throw body.fail(
      'external-link',
      `“${name.slice(0, 80)}” of ${what} is a link to another file, which is never followed`,
      'Copy what it points to into the file itself (h5py: file.copy with expand_external=True).',
    );
  throw body.fail('link', `“${name.slice(0, 80)}” of ${what} is a link of the unknown kind ${kind}`);
}

function refuseDense(body: Reader, what: string): void {
  body.skip(1);
  const flags = body.uint(1);
  body.skip(flags & 1 ? 8 : 0);
  if (body.address() !== NOWHERE)
    throw body.fail(
      'dense',
      `${what} keeps its names in a fractal heap, the layout of libver="latest"`,
      REWRITE,
    );
}

/** The older kind of group: a B-tree of tables of symbols, whose names lie in a heap. */
async function readTable(bytes: Hdf5Bytes, body: Reader, what: string, links: Links): Promise<void> {
  const [tree, heap] = [body.address(), body.address()];
  const head = await bytes.take(heap, 32, `the list of names of ${what}`);
  head.expect('HEAP');
  head.skip(4);
  const size = head.uint(8);
  head.skip(8);
  const names = (await bytes.take(head.address(), size, `the list of names of ${what}`)).bytes;
  const nameAt = (at: number) => {
    if (at >= names.length || names.indexOf(0, at) < 0)
      throw bytes.fail('name', `${what} has a name at byte ${at} of ${names.length}`);
    return textOf(names.subarray(at));
  };
  for (const table of await leavesOf(bytes, tree, { type: 0, key: 8 }, `the index of ${what}`)) {
    const start = await bytes.take(table.child, 8, `the index of ${what}`);
    start.expect('SNOD');
    start.skip(2);
    const count = start.uint(2);
    const reader = await bytes.take(table.child + 8, count * 40, `the index of ${what}`);
    for (let i = 0; i < count; i++) {
      const name = nameAt(reader.uint(8));
      const address = reader.address();
      const cache = reader.uint(4);
      reader.skip(4);
      // In the place of a soft link's address is where its path lies among the names.
      const value = reader.uint(4);
      reader.skip(12);
      add(links, name, cache === 2 ? nameAt(value) : address, body, what);
    }
  }
}

export interface Leaf {
  /** The bytes of the key before the child. */
  readonly key: Uint8Array;
  readonly child: number;
}

/**
 * What the leaves of a B-tree of version 1 point at, in order.
 * @param kind its type (0: groups, 1: chunks) and the bytes of its keys
 * @throws HeadgateError `hdf5-tree`
 */
export async function leavesOf(
  bytes: Hdf5Bytes,
  root: number,
  kind: { readonly type: 0 | 1; readonly key: number },
  what: string,
): Promise<Leaf[]> {
  const leaves: Leaf[] = [];
  let nodes = 0;
  const visit = async (at: number, expected: number | null): Promise<void> => {
    if (++nodes > MOST_NODES) throw bytes.fail('tree', `${what} has more than ${MOST_NODES} nodes`);
    const head = await bytes.take(at, 24, what);
    head.expect('TREE');
    const [type, level, count] = [head.uint(1), head.uint(1), head.uint(2)];
    if (type !== kind.type)
      throw bytes.fail('tree', `${what} is a tree of the type ${type}, not ${kind.type}`);
    if (expected !== null && level !== expected)
      throw bytes.fail('tree', `${what} has a node of level ${level} where ${expected} is due`);
    const reader = await bytes.take(at + 24, count * (kind.key + 8), what);
    for (let i = 0; i < count; i++) {
      const key = reader.take(kind.key);
      const child = reader.address();
      if (leaves.length === MOST_LEAVES)
        throw bytes.fail('tree', `${what} has more than ${MOST_LEAVES} leaves`);
      if (++bytes.leaves > MOST_ALL)
        throw bytes.fail('tree', `its indexes have more than ${MOST_ALL} leaves together`);
      if (level === 0) leaves.push({ key, child });
      else await visit(child, level - 1);
    }
  };
  await visit(root, null);
  return leaves;
}
