import type { ByteSource } from '../../byte-source.ts';
import { Heaps, readAttributes } from './attributes.ts';
import { Hdf5Bytes, INCOMPLETE } from './bytes.ts';
import { readDataset } from './dataset.ts';
import { readLinks } from './links.ts';
import type { Hdf5Object } from './object.ts';
import { follow, MOST_CHARACTERS, MOST_OBJECTS, targetOf, type SoftLink } from './soft-links.ts';
import { readHeader } from './object-header.ts';

export const SIGNATURE = '\x89HDF\r\n\x1a\n';
const DEEPEST = 64;

/**
 * All objects of an HDF5 file by their paths, groups before what they hold; nothing of the data is read. What a soft link
 * leads to stands under the link's path too.
 * @throws HeadgateError `hdf5-…` naming the file, the object and the rule
 */
export async function readHdf5(source: ByteSource): Promise<Map<string, Hdf5Object>> {
  const bytes = new Hdf5Bytes(source);
  const heaps = new Heaps(bytes);
  const objects = new Map<string, Hdf5Object>();
  const soft: SoftLink[] = [];
  let characters = 0;
  const open: { path: string; at: number; above: readonly number[] }[] = [
    { path: '', at: await rootOf(bytes), above: [] },
  ];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { path, at, above } = next;
    const what = path === '' ? 'the root group' : `“/${path.slice(-120)}”`;
    if (above.includes(at)) throw bytes.fail('cycle', `${what} is a group that holds itself`);
    if (above.length > DEEPEST) throw bytes.fail('depth', `${what} lies deeper than ${DEEPEST} groups`);
    characters += path.length;
    if (characters > MOST_CHARACTERS)
      throw bytes.fail('paths', `its objects have paths of more than ${MOST_CHARACTERS} characters together`);
    const messages = await readHeader(bytes, at, what);
    const links = await readLinks(bytes, messages, what);
    const dataset =
      links === null ? await readDataset(bytes, messages, what, `${source.name}/${path}`) : null;
    objects.set(path, { path, attributes: await readAttributes(heaps, messages, what), dataset });
    if (objects.size + open.length + (links?.objects.size ?? 0) > MOST_OBJECTS)
      throw bytes.fail('objects', `there are more than ${MOST_OBJECTS} objects`);
    const inside = [...above, at];
    const under = (name: string) => (path === '' ? name : `${path}/${name}`);
    for (const [name, to] of links?.soft ?? []) soft.push({ path: under(name), to: targetOf(path, to) });
    const below = [...(links?.objects ?? [])].map(([name, address]) => ({
      path: under(name),
      at: address,
      above: inside,
    }));
    open.push(...below.reverse());
  }
  follow(soft, objects, bytes.fail);
  return objects;
}

/** Where the root group's header lies. @throws HeadgateError `hdf5-…` */
async function rootOf(bytes: Hdf5Bytes): Promise<number> {
  if (bytes.size < 96)
    throw bytes.fail('too-small', `it has ${bytes.size} bytes; an HDF5 file has at least 96`, INCOMPLETE);
  const block = await bytes.take(0, 96, 'the first block');
  if (String.fromCharCode(...block.take(8)) !== SIGNATURE)
    throw bytes.fail('magic', 'it does not begin as an HDF5 file');
  const version = block.uint(1);
  if (version > 3)
    throw bytes.fail('version', `its first block is of version ${version}; 0 to 3 can be read`);
  const isOlder = version < 2;
  if (isOlder) block.skip(4);
  const [offsets, lengths] = [block.uint(1), block.uint(1)];
  if (offsets !== 8 || lengths !== 8)
    throw bytes.fail(
      'widths',
      `its addresses have ${offsets} bytes and its sizes ${lengths}; 8 and 8 can be read`,
    );
  block.skip(isOlder ? (version === 1 ? 13 : 9) : 1);
  const base = block.address();
  if (base !== 0) throw bytes.fail('base', `its addresses count from byte ${base}, not from 0`);
  block.skip(8);
  const end = block.uint(8);
  if (end > bytes.size)
    throw bytes.fail('truncated', `it says that it has ${end} bytes, but it has ${bytes.size}`, INCOMPLETE);
  if (isOlder) block.skip(16);
  return block.address();
}
