/**
 * The directory of a ZIP archive (PKWARE's APPNOTE 6.3), as PyTorch, NumPy and Keras write it, read strictly: what the
 * central directory says is held against each local header, and members may neither overlap nor lead outside.
 */
import type { ByteSource } from '../../byte-source.ts';
import { allSettled, HeadgateError, quote } from '../../error.ts';
import { isMemberName } from '../member-name.ts';
import { PagedSource } from '../paged.ts';

export interface ZipMember {
  readonly name: string;
  readonly isDeflated: boolean;
  /** Where its bytes lie in the archive, packed when it is deflated. */
  readonly begin: number;
  readonly end: number;
  /** Bytes when unpacked. */
  readonly size: number;
}

interface Entry {
  readonly name: string;
  readonly nameBytes: Uint8Array;
  readonly flags: number;
  readonly method: number;
  readonly packed: number;
  readonly size: number;
  readonly offset: number;
}

const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const END_BYTES = 22;
const CENTRAL_BYTES = 46;
const LOCAL_BYTES = 30;
/** Bytes of the largest comment at the end. */
const MAX_COMMENT = 65_535;
const MAX_MEMBERS = 32_768;
const MAX_DIRECTORY = 32 * 2 ** 20;
/** Deflate makes nothing smaller than 1/1032 of itself. */
const MAX_RATIO = 1032;
/** Local headers that are read at a time. */
const AT_ONCE = 64;

const DAMAGED = 'The file is damaged or was written wrongly: save or download it again.';
const INCOMPLETE = 'The file is not complete: copy or download it again.';
const DISTRUST = 'Do not trust this file: no honest program writes such an archive.';

/**
 * The members by their names, without folders.
 * @throws HeadgateError `zip-…` naming the archive, the member and the rule.
 */
export async function readZip(source: ByteSource): Promise<Map<string, ZipMember>> {
  const { begin, end, count } = await findDirectory(source);
  const entries = readDirectory(source, await source.read(begin, end), count);
  const members: ZipMember[] = [];
  const near = new PagedSource(source);
  for (let i = 0; i < entries.length; i += AT_ONCE)
    members.push(
      ...(await allSettled(entries.slice(i, i + AT_ONCE).map((entry) => place(near, entry, begin)))),
    );
  checkOverlap(source, members);
  return new Map(members.filter(({ name }) => !name.endsWith('/')).map((member) => [member.name, member]));
}

const zipError = (code: string, source: ByteSource, what: string, hint = DAMAGED) =>
  new HeadgateError(`zip-${code}`, `${quote(source.name)} ${what}.`, hint);

const memberError = (code: string, source: ByteSource, name: string, what: string, hint = DAMAGED) =>
  new HeadgateError(`zip-${code}`, `${quote(source.name)}: the member ${quote(name)} ${what}.`, hint);

async function findDirectory(source: ByteSource): Promise<{ begin: number; end: number; count: number }> {
  if (source.size < END_BYTES)
    throw zipError(
      'too-small',
      source,
      `has ${source.size} bytes; a ZIP archive has at least ${END_BYTES}`,
      INCOMPLETE,
    );
  const tailBegin = Math.max(0, source.size - END_BYTES - MAX_COMMENT);
  const tail = viewOf(await source.read(tailBegin, source.size));
  let at = tail.byteLength - END_BYTES;
  // The record whose comment reaches exactly to the end of the file.
  while (
    at >= 0 &&
    !(tail.getUint32(at, true) === END && at + END_BYTES + tail.getUint16(at + 20, true) === tail.byteLength)
  )
    at--;
  if (at < 0)
    throw zipError('no-end', source, 'is a ZIP archive without its directory at the end', INCOMPLETE);
  if (tail.getUint16(at + 4, true) !== 0 || tail.getUint16(at + 6, true) !== 0)
    throw zipError(
      'disks',
      source,
      'is one part of a ZIP archive of several',
      'Join its parts into one file first: zip -s 0 parts.zip --out whole.zip.',
    );
  const endAt = tailBegin + at;
  let count = tail.getUint16(at + 10, true);
  let size = tail.getUint32(at + 12, true);
  let begin = tail.getUint32(at + 16, true);
  let limit = endAt;
  if (at >= 20 && tail.getUint32(at - 20, true) === LOCATOR_64) {
    limit = safe(source, tail.getBigUint64(at - 12, true));
    if (limit + 56 > endAt - 20)
      throw zipError('directory', source, 'has a ZIP64 record that lies outside of it');
    const record = viewOf(await source.read(limit, limit + 56));
    if (record.getUint32(0, true) !== END_64)
      throw zipError('directory', source, 'has no ZIP64 record where its locator points');
    count = safe(source, record.getBigUint64(32, true));
    size = safe(source, record.getBigUint64(40, true));
    begin = safe(source, record.getBigUint64(48, true));
  }
  if (begin + size !== limit)
    throw zipError(
      'directory',
      source,
      `has a directory at ${begin} of ${size} bytes, which does not end where the archive's end record begins (${limit})`,
    );
  if (count > MAX_MEMBERS)
    throw zipError('too-many', source, `has ${count} members; the limit is ${MAX_MEMBERS}`);
  if (size > MAX_DIRECTORY)
    throw zipError('directory', source, `has a directory of ${size} bytes; the limit is ${MAX_DIRECTORY}`);
  return { begin, end: begin + size, count };
}

function readDirectory(source: ByteSource, bytes: Uint8Array, count: number): Entry[] {
  const view = viewOf(bytes);
  const names = new Set<string>();
  const entries: Entry[] = [];
  let at = 0;
  while (at < bytes.length) {
    const entry = readEntry(source, view, bytes, at, entries.length);
    if (names.has(entry.name)) throw memberError('duplicate', source, entry.name, 'is there twice', DISTRUST);
    names.add(entry.name);
    entries.push(entry);
    at += entryBytes(view, at);
  }
  if (entries.length !== count)
    throw zipError(
      'count',
      source,
      `says that it has ${count} members, but its directory lists ${entries.length}`,
    );
  return entries;
}

const entryBytes = (view: DataView, at: number) =>
  CENTRAL_BYTES +
  view.getUint16(at + 28, true) +
  view.getUint16(at + 30, true) +
  view.getUint16(at + 32, true);

function readEntry(source: ByteSource, view: DataView, bytes: Uint8Array, at: number, index: number): Entry {
  const cut = () => zipError('entry', source, `has a directory whose entry ${index} ends too early`);
  if (at + CENTRAL_BYTES > bytes.length) throw cut();
  if (view.getUint32(at, true) !== CENTRAL)
    throw zipError('entry', source, `has a directory whose entry ${index} does not begin as one`);
  if (at + entryBytes(view, at) > bytes.length) throw cut();
  const nameEnd = at + CENTRAL_BYTES + view.getUint16(at + 28, true);
  const nameBytes = bytes.subarray(at + CENTRAL_BYTES, nameEnd);
  const name = decodeName(source, nameBytes);
  if (!isMemberName(name.replace(/\/$/, '')))
    throw memberError('name', source, name, 'has a name that leads outside of the archive', DISTRUST);
  const extra = bytes.subarray(nameEnd, nameEnd + view.getUint16(at + 30, true));
  const [size, packed, offset] = widened(source, name, extra, [
    view.getUint32(at + 24, true),
    view.getUint32(at + 20, true),
    view.getUint32(at + 42, true),
  ]);
  const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
  if ((flags & 1) !== 0)
    throw memberError(
      'encrypted',
      source,
      name,
      'is encrypted',
      'Unpack the archive with its password first.',
    );
  if (method !== 0 && method !== 8)
    throw memberError(
      'method',
      source,
      name,
      `is packed by method ${method}; stored and deflated ones can be read`,
      'Pack the archive again, without compression.',
    );
  if (method === 0 && size !== packed)
    throw memberError('size', source, name, `is stored, but has ${packed} bytes packed and ${size} unpacked`);
  if (method === 8 && size > packed * MAX_RATIO)
    throw memberError(
      'ratio',
      source,
      name,
      `claims to unpack ${packed} bytes to ${size}, more than deflate can`,
      DISTRUST,
    );
  return { name, nameBytes, flags, method, packed, size, offset };
}

function decodeName(source: ByteSource, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw zipError('name', source, 'has a member whose name is not UTF-8');
  }
}

/** Sizes and offset, from the ZIP64 field where the short ones say so. */
function widened(
  source: ByteSource,
  name: string,
  extra: Uint8Array,
  short: readonly [number, number, number],
): [number, number, number] {
  const view = viewOf(extra);
  let wide: DataView | null = null;
  for (let at = 0; at + 4 <= extra.length;) {
    const length = view.getUint16(at + 2, true);
    if (at + 4 + length > extra.length)
      throw memberError('extra', source, name, 'has an extra field that ends too early');
    if (view.getUint16(at, true) === 1) wide ??= viewOf(extra.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  let at = 0;
  return short.map((value) => {
    if (value !== 0xffffffff) return value;
    if (wide === null || at + 8 > wide.byteLength)
      throw memberError('extra', source, name, 'lacks the ZIP64 field that its sizes point to');
    at += 8;
    return safe(source, wide.getBigUint64(at - 8, true));
  }) as [number, number, number];
}

/** Finds a member's bytes behind its local header, which must say the same as the directory. */
async function place(source: ByteSource, entry: Entry, directory: number): Promise<ZipMember> {
  const bad = (what: string) => memberError('local', source, entry.name, what, DISTRUST);
  const nameEnd = entry.offset + LOCAL_BYTES + entry.nameBytes.length;
  if (nameEnd > directory)
    throw memberError('outside', source, entry.name, `begins at ${entry.offset}, beyond the archive's data`);
  const bytes = await source.read(entry.offset, nameEnd);
  const view = viewOf(bytes);
  if (view.getUint32(0, true) !== LOCAL)
    throw memberError('local', source, entry.name, 'has no header where the directory points');
  const name = bytes.subarray(LOCAL_BYTES);
  if (
    view.getUint16(26, true) !== entry.nameBytes.length ||
    name.some((byte, i) => byte !== entry.nameBytes[i])
  )
    throw bad('has another name in its own header');
  if (view.getUint16(8, true) !== entry.method) throw bad('has another method in its own header');
  const [packed, size] = [view.getUint32(18, true), view.getUint32(22, true)];
  // Sizes may follow the data (flag 8), or stand in a ZIP64 field.
  const same = (own: number, told: number) => own === 0xffffffff || own === told;
  if ((entry.flags & 8) === 0 && !(same(packed, entry.packed) && same(size, entry.size)))
    throw bad('has other sizes in its own header');
  const begin = nameEnd + view.getUint16(28, true);
  if (begin + entry.packed > directory)
    throw memberError(
      'outside',
      source,
      entry.name,
      `needs ${begin + entry.packed - directory} bytes more than the archive has`,
      INCOMPLETE,
    );
  return {
    name: entry.name,
    isDeflated: entry.method === 8,
    begin,
    end: begin + entry.packed,
    size: entry.size,
  };
}

function checkOverlap(source: ByteSource, members: readonly ZipMember[]): void {
  const ordered = members.toSorted((a, b) => a.begin - b.begin || a.end - b.end);
  for (const [i, member] of ordered.entries()) {
    const before = ordered[i - 1];
    if (before !== undefined && member.begin < before.end + LOCAL_BYTES)
      throw memberError('overlap', source, member.name, `lies inside ${quote(before.name)}`, DISTRUST);
  }
}

function safe(source: ByteSource, value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER))
    throw zipError('number', source, 'has a number in its directory that is larger than 2^53 − 1');
  return Number(value);
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
