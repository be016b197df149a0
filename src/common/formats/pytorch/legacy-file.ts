/**
 * What `torch.save` wrote before PyTorch 1.6: five pickles (a magic number, the protocol, the machine, the object, the
 * keys of its storages), then each storage as a 64-bit count of elements and its bytes.
 */
import type { ByteSource } from '../../byte-source.ts';
import { bytesOf } from '../../dtype.ts';
import { HeadgateError, quote } from '../../error.ts';
import { Builder } from './build.ts';
import { readPickle } from './pickle.ts';
import type { StoredBytes } from './place.ts';
import { bigEndian, MAX_PICKLE, type Unpickled } from './zip-file.ts';

const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;
/** Bytes that are read first; most pickles are smaller. */
const FIRST = 2 ** 20;
const PICKLES = 5;

/** @throws HeadgateError of the pickles, or `legacy-…` */
export async function readLegacyFile(source: ByteSource): Promise<Unpickled> {
  const { values, builder, end } = await readHead(source);
  const [, , machine, root, keys] = values;
  if (machine instanceof Map && machine.get('little_endian') === false) throw bigEndian(source);
  const stored = await findStorages(source, builder, keys, end);
  return { root, builder, find: (key) => stored.get(key) ?? null };
}

/** The five pickles, from as many bytes as they take. */
async function readHead(source: ByteSource): Promise<{ values: unknown[]; builder: Builder; end: number }> {
  const most = Math.min(source.size, MAX_PICKLE);
  for (let size = Math.min(FIRST, most); ; size = Math.min(8 * size, most)) {
    const bytes = await source.read(0, size);
    const builder = new Builder(source.name);
    const values: unknown[] = [];
    let at = 0;
    try {
      for (let i = 0; i < PICKLES; i++) {
        const { value, end } = readPickle(source.name, bytes, at, builder);
        values.push(value);
        at = end;
        // A plain pickle has no storages; what it is made of is said in place of its tensors.
        if (i === 0 && value !== MAGIC) return { values: [null, null, null, value, []], builder, end };
        if (i === 1 && value !== PROTOCOL)
          throw new HeadgateError(
            'legacy-protocol',
            `${quote(source.name)} is of PyTorch's file protocol ${String(value)}; ${PROTOCOL} can be read.`,
            'Load it in PyTorch and save it again.',
          );
      }
      return { values, builder, end: at };
    } catch (error) {
      if (!(error instanceof HeadgateError && error.code === 'pickle-truncated') || size === most)
        throw error;
    }
  }
}

async function findStorages(
  source: ByteSource,
  builder: Builder,
  keys: unknown,
  begin: number,
): Promise<Map<string, StoredBytes>> {
  const bad = (rule: string, what: string) =>
    new HeadgateError(
      `legacy-${rule}`,
      `${quote(source.name)} ${what}.`,
      'The file is not complete or was written wrongly: copy or download it again.',
    );
  if (!Array.isArray(keys)) throw bad('keys', 'has no list of its storages');
  const stored = new Map<string, StoredBytes>();
  let at = begin;
  for (const key of keys as unknown[]) {
    const storage = typeof key === 'string' ? builder.storages.get(key) : undefined;
    if (typeof key !== 'string' || storage === undefined)
      throw bad('keys', `lists the storage ${quote(String(key))}, which no tensor has`);
    if (stored.has(key)) throw bad('keys', `lists the storage ${quote(key)} twice`);
    const width = widthOf(storage.typeName, storage.dtype === null ? null : bytesOf(storage.dtype));
    if (width === null)
      throw bad(
        'type',
        `has a storage of the type ${quote(storage.typeName)}, whose size Headgate does not know`,
      );
    if (at + 8 > source.size) throw bad('truncated', `ends before the storage ${quote(key)}`);
    const head = await source.read(at, at + 8);
    const count = new DataView(head.buffer, head.byteOffset, 8).getBigInt64(0, true);
    if (count < 0n || count > BigInt(source.size))
      throw bad('count', `says that the storage ${quote(key)} has ${count} elements`);
    const end = at + 8 + Number(count) * width;
    if (end > source.size)
      throw bad('truncated', `ends ${end - source.size} bytes before the end of the storage ${quote(key)}`);
    stored.set(key, { source, begin: at + 8, end });
    at = end;
  }
  return stored;
}

/** Bytes of an element; of types that are not read, too, since others lie behind them. */
function widthOf(typeName: string, width: number | null): number | null {
  if (width !== null) return width;
  const widths: Record<string, number> = {
    UntypedStorage: 1,
    ComplexFloatStorage: 8,
    ComplexDoubleStorage: 16,
    QInt8Storage: 1,
    QUInt8Storage: 1,
    QInt32Storage: 4,
  };
  return Object.hasOwn(widths, typeName) ? (widths[typeName] ?? null) : null;
}
