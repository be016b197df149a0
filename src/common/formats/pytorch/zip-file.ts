/** The archives that `torch.save` writes since PyTorch 1.6: `<root>/data.pkl` and `<root>/data/<key>` for each storage. */
import type { ByteSource } from '../../byte-source.ts';
import { HeadgateError, quote } from '../../error.ts';
import { readZip, type ZipMember } from '../zip/archive.ts';
import { memberSource } from '../zip/member.ts';
import { Builder } from './build.ts';
import { readPickle } from './pickle.ts';
import type { StoredBytes } from './place.ts';
import { ALONE } from './stack.ts';

const PICKLE = 'data.pkl';
/** Bytes of the largest pickle that is read. */
export const MAX_PICKLE = 64 * 2 ** 20;

/** What a file holds, before its tensors are looked for. */
export interface Unpickled {
  readonly root: unknown;
  readonly builder: Builder;
  readonly find: (key: string) => StoredBytes | null;
}

/** @throws HeadgateError of the archive, the pickle, or `no-pickle`, `big-endian` */
export async function readZipFile(source: ByteSource): Promise<Unpickled> {
  const members = await readZip(source);
  const pickles = [...members.keys()].filter((name) => name === PICKLE || name.endsWith(`/${PICKLE}`));
  const entry = pickles.sort((a, b) => a.length - b.length)[0];
  const pickle = entry === undefined ? undefined : members.get(entry);
  if (entry === undefined || pickle === undefined)
    throw new HeadgateError(
      'no-pickle',
      `${quote(source.name)} is a ZIP archive without PyTorch's data.pkl.`,
      'Open the file that torch.save wrote, or unpack the archive and open what is inside.',
    );
  const folder = entry.slice(0, -PICKLE.length);
  await checkOrder(source, members.get(`${folder}byteorder`));
  if (pickle.size > MAX_PICKLE)
    throw new HeadgateError(
      'pickle-size',
      `${quote(source.name)}: its pickle has ${pickle.size} bytes; the limit is ${MAX_PICKLE}.`,
      ALONE,
    );
  const bytes = await memberSource(source, pickle, source.name).read(0, pickle.size);
  const builder = new Builder(source.name);
  const { value } = readPickle(source.name, bytes, 0, builder);
  const unpacked = new Map<string, StoredBytes>();
  const find = (key: string) => {
    const known = unpacked.get(key);
    if (known !== undefined) return known;
    const member = members.get(`${folder}data/${key}`);
    if (member === undefined) return null;
    const stored = member.isDeflated
      ? { source: memberSource(source, member, `${source.name}/${member.name}`), begin: 0, end: member.size }
      : { source, begin: member.begin, end: member.end };
    unpacked.set(key, stored);
    return stored;
  };
  return { root: value, builder, find };
}

async function checkOrder(source: ByteSource, member: ZipMember | undefined): Promise<void> {
  if (member === undefined || member.size > 16) return;
  const order = new TextDecoder().decode(
    await memberSource(source, member, source.name).read(0, member.size),
  );
  if (order !== 'little') throw bigEndian(source);
}

export function bigEndian(source: ByteSource): HeadgateError {
  return new HeadgateError(
    'big-endian',
    `${quote(source.name)} was written on a big-endian machine.`,
    'Load it in PyTorch on a usual machine and save it again.',
  );
}
