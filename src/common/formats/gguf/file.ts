/**
 * Reads the head of a GGUF file, version 2 or 3 (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md): magic, counts,
 * metadata, tensors. As strict as ggml's own reader (gguf.cpp): every rule has its own error, and nothing is allocated by
 * a number from the file before it is held against the file's size.
 */
import type { ByteSource } from '../../byte-source.ts';
import { HeadgateError, quote } from '../../error.ts';
import { Cursor, DAMAGED, INCOMPLETE } from './cursor.ts';
import { readMetadata, readText, type Metadata } from './metadata.ts';
import { GGML_TYPES, type GgmlType } from './types.ts';

export interface GgufTensor {
  readonly name: string;
  readonly type: GgmlType;
  /** Row-major: ggml's dimensions, turned round. */
  readonly shape: readonly number[];
  readonly source: ByteSource;
  /** Bytes [begin, end) in the source. */
  readonly begin: number;
  readonly end: number;
}

export interface GgufFile {
  readonly source: ByteSource;
  readonly metadata: Metadata;
  readonly tensors: readonly GgufTensor[];
}

const MAGIC = 'GGUF';
/** Bytes of the smallest metadata entry and of the smallest tensor's description. */
const SMALLEST_ENTRY = 8 + 4 + 1;
const SMALLEST_TENSOR = 8 + 4 + 4 + 8;
/** ggml's GGML_MAX_NAME and GGML_MAX_DIMS. */
const LONGEST_NAME = 63;
const MOST_DIMENSIONS = 4;
/** Tensors, and metadata entries: the largest models have some thousands. */
const MOST_PARTS = 65_536;
const LARGEST = BigInt(Number.MAX_SAFE_INTEGER);

/** @throws HeadgateError with the code of the rule that the file breaks. */
export async function readGguf(source: ByteSource): Promise<GgufFile> {
  const cursor = new Cursor(source);
  await checkVersion(cursor);
  const tensorCount = await countOf(cursor, 'tensors', SMALLEST_TENSOR);
  const entryCount = await countOf(cursor, 'metadata entries', SMALLEST_ENTRY);
  const metadata = await readMetadata(cursor, entryCount);
  const alignment = alignmentOf(source, metadata);
  const described: Described[] = [];
  const names = new Set<string>();
  for (let i = 0; i < tensorCount; i++) {
    const tensor = await readTensor(cursor, i);
    if (names.has(tensor.name))
      throw new HeadgateError(
        'duplicate-tensor',
        `${source.name} has the tensor ${quote(tensor.name)} twice.`,
        DAMAGED,
      );
    names.add(tensor.name);
    described.push(tensor);
  }
  const start = padded(cursor.position, alignment);
  return { source, metadata, tensors: placed(source, described, start, alignment) };
}

async function checkVersion(cursor: Cursor): Promise<void> {
  const { source } = cursor;
  const magic = await cursor.bytes(4, () => 'the four letters that a GGUF file begins with');
  if (new TextDecoder('latin1').decode(magic) !== MAGIC)
    throw new HeadgateError(
      'bad-magic',
      `${source.name} does not begin with the letters GGUF.`,
      'It is no GGUF file: check what wrote it. Older llama.cpp files (GGML, GGJT) must be converted first.',
    );
  const version = await cursor.u32(() => 'its version');
  if (version === 2 || version === 3) return;
  const isSwapped = version !== 0 && (version & 0xffff) === 0;
  throw new HeadgateError(
    'unknown-version',
    isSwapped
      ? `${source.name} is a GGUF file for big-endian machines, which Headgate does not read.`
      : `${source.name} is a GGUF file of version ${version}; Headgate reads versions 2 and 3.`,
    isSwapped
      ? 'Turn it round with gguf-convert-endian (pip install gguf), or download the usual file.'
      : 'Convert the model again with a current llama.cpp (convert_hf_to_gguf.py).',
  );
}

async function countOf(cursor: Cursor, what: string, smallest: number): Promise<number> {
  const count = await cursor.u64(() => `the number of its ${what}`);
  if (count > BigInt(Math.floor(cursor.left / smallest)))
    throw new HeadgateError(
      'count-past-end',
      `${cursor.source.name} announces ${count} ${what} but has only ${cursor.source.size} bytes.`,
      INCOMPLETE,
    );
  if (count > BigInt(MOST_PARTS))
    throw new HeadgateError(
      'too-many-parts',
      `${cursor.source.name} has ${count} ${what}; the limit is ${MOST_PARTS}.`,
      'It is probably no model: check what wrote it.',
    );
  return Number(count);
}

function alignmentOf({ name }: ByteSource, metadata: Metadata): number {
  const alignment = metadata.get('general.alignment') ?? 32;
  if (typeof alignment !== 'number' || !Number.isInteger(alignment) || alignment < 1 || alignment > 2 ** 31)
    throw new HeadgateError(
      'bad-alignment',
      `${name}: “general.alignment” must be a whole number above 0.`,
      DAMAGED,
    );
  if ((alignment & (alignment - 1)) !== 0)
    throw new HeadgateError(
      'bad-alignment',
      `${name}: “general.alignment” is ${alignment}; it must be a power of two.`,
      DAMAGED,
    );
  return alignment;
}

interface Described {
  readonly name: string;
  readonly type: GgmlType;
  readonly shape: readonly number[];
  readonly bytes: number;
  readonly offset: bigint;
}

async function readTensor(cursor: Cursor, index: number): Promise<Described> {
  const file = cursor.source.name;
  const name = await readText(cursor, () => `the name of its tensor ${index}`, LONGEST_NAME);
  const where = `${file}: tensor ${quote(name)}`;
  const what = () => `the description of its tensor ${quote(name)}`;
  const bad = (code: string, problem: string) => new HeadgateError(code, `${where} ${problem}.`, DAMAGED);
  const count = await cursor.u32(what);
  if (count > MOST_DIMENSIONS)
    throw bad('bad-dimensions', `has ${count} dimensions; the most is ${MOST_DIMENSIONS}`);
  const sizes: number[] = [];
  let values = 1n;
  for (let i = 0; i < count; i++) {
    const size = await cursor.u64(what);
    values *= size;
    if (size > LARGEST || values > LARGEST)
      throw bad('integer-overflow', 'has a shape of more than 2^53 − 1 values');
    sizes.push(Number(size));
  }
  const code = await cursor.u32(what);
  const type = GGML_TYPES.get(code);
  if (type === undefined)
    throw new HeadgateError(
      'unknown-dtype',
      `${where} has the ggml type ${code}, which Headgate does not know.`,
      'Quantise the model again as Q8_0 or Q4_K_M with llama.cpp, or download such a file.',
    );
  const row = sizes[0] ?? 1;
  if (row % type.values !== 0)
    throw bad('bad-blocks', `has rows of ${row} values, but ${type.name} packs ${type.values} in a block`);
  const bytes = (values / BigInt(type.values)) * BigInt(type.bytes);
  if (bytes > LARGEST) throw bad('integer-overflow', 'has more than 2^53 − 1 bytes');
  const offset = await cursor.u64(what);
  return { name, type, shape: sizes.toReversed(), bytes: Number(bytes), offset };
}

/** Tensors lie one after another in the order of the list, each padded to the alignment. */
function placed(
  source: ByteSource,
  tensors: readonly Described[],
  start: number,
  alignment: number,
): GgufTensor[] {
  let position = 0;
  return tensors.map(({ name, type, shape, bytes, offset }) => {
    const where = `${source.name}: tensor ${quote(name)}`;
    if (offset !== BigInt(position))
      throw new HeadgateError(
        'bad-offset',
        `${where} begins at offset ${offset}; after the tensor before it, it must be ${position}.`,
        DAMAGED,
      );
    const begin = start + position;
    if (begin + bytes > source.size)
      throw new HeadgateError(
        'truncated',
        `${where} needs ${begin + bytes - source.size} bytes more than the file has: the file ends too early.`,
        INCOMPLETE,
      );
    position += padded(bytes, alignment);
    return { name, type, shape, source, begin, end: begin + bytes };
  });
}

const padded = (position: number, alignment: number) => Math.ceil(position / alignment) * alignment;
