/**
 * Reads the header of a safetensors file (https://github.com/huggingface/safetensors): 8 bytes of little-endian header
 * length N, N bytes of JSON, then the tensors' bytes without a gap. Strict as the reference reader: every rule has its
 * own error. Only the header is read; nothing is allocated by a number from the file before it is held against its size.
 */
import type { ByteSource } from '../../byte-source.ts';
import { HeadgateError, quote } from '../../error.ts';
import { bytesOf, isElementType, type ElementType } from '../../dtype.ts';
import { refuseStandIn } from '../folder-files.ts';
import type { StoredTensor } from '../format.ts';
import { JsonError, readStrictObject, type JsonValue } from '../../strict-json.ts';

/** The reference reader's limit, in bytes. */
export const MAX_HEADER = 100_000_000;
/** Entries of all lists and objects of a header: a hundred thousand tensors have as many. */
export const MOST_VALUES = 2 ** 19;
/** Bytes of the header's length. */
const PREFIX = 8;
const LARGEST = BigInt(Number.MAX_SAFE_INTEGER);

const DAMAGED = 'The file is damaged or was written wrongly: save or download it again.';
const INCOMPLETE = 'The file is not complete: copy or download it again.';

export interface SafetensorsHeader {
  /** `__metadata__`; empty when there is none. */
  readonly metadata: ReadonlyMap<string, string>;
  /** In the order of their bytes; `begin` and `end` count from the start of the file. */
  readonly tensors: readonly StoredTensor[];
}

/** @throws HeadgateError with the code of the rule that the file breaks. */
export async function readSafetensors(source: ByteSource): Promise<SafetensorsHeader> {
  const length = await headerLength(source);
  const { metadata, tensors } = parseHeader(
    source,
    await source.read(PREFIX, PREFIX + length),
    PREFIX + length,
  );
  tensors.sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkLayout(source, tensors, PREFIX + length);
  return { metadata, tensors };
}

async function headerLength(source: ByteSource): Promise<number> {
  if (source.size < PREFIX)
    throw new HeadgateError(
      'file-too-small',
      `${source.name} has ${source.size} bytes; a safetensors file starts with 8 bytes of header length.`,
      INCOMPLETE,
    );
  const prefix = await source.read(0, PREFIX);
  const length = new DataView(prefix.buffer, prefix.byteOffset, PREFIX).getBigUint64(0, true);
  // The beginning of a pointer or of a page, taken for a number.
  if (/^(version |\s*<)/.test(new TextDecoder('latin1').decode(prefix))) await refuseStandIn(source);
  if (length > MAX_HEADER)
    throw new HeadgateError(
      'header-too-large',
      `${source.name} announces a header of ${length} bytes; the limit is ${MAX_HEADER}.`,
      'It is probably no safetensors file: check what wrote it.',
    );
  if (length > source.size - PREFIX)
    throw new HeadgateError(
      'header-past-end',
      `${source.name} announces a header of ${length} bytes but has only ${source.size} bytes.`,
      INCOMPLETE,
    );
  return Number(length);
}

function parseHeader(
  source: ByteSource,
  bytes: Uint8Array,
  shift: number,
): { readonly metadata: ReadonlyMap<string, string>; readonly tensors: StoredTensor[] } {
  if (bytes[0] !== 0x7b)
    throw new HeadgateError('header-start', `The header of ${source.name} does not begin with "{".`, DAMAGED);
  let metadata: ReadonlyMap<string, string> = new Map();
  const tensors: StoredTensor[] = [];
  // What is wrong with the text itself is told first.
  let fault: HeadgateError | null = null;
  const take = (key: string, value: JsonValue) => {
    if (key === '__metadata__') metadata = readMetadata(source, value);
    else tensors.push(readEntry(source, key, value, shift));
  };
  try {
    readStrictObject(bytes, MOST_VALUES, (key, value) => {
      if (fault !== null) return;
      try {
        take(key, value);
      } catch (error) {
        if (!(error instanceof HeadgateError)) throw error;
        fault = error;
      }
    });
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw headerError(source, error);
  }
  if (fault !== null) throw fault as HeadgateError;
  return { metadata, tensors };
}

function headerError(source: ByteSource, error: JsonError): HeadgateError {
  const where = `The header of ${source.name}`;
  if (error.rule === 'utf-8')
    return new HeadgateError('header-not-utf8', `${where} is not UTF-8 text.`, DAMAGED);
  if (error.rule === 'values')
    return new HeadgateError(
      'header-too-large',
      `${where} has ${error.message}.`,
      'It is probably no safetensors file: check what wrote it.',
    );
  if (error.rule === 'duplicate-key')
    return new HeadgateError('duplicate-key', `${where} has ${quote(error.key ?? '')} twice.`, DAMAGED);
  if (error.rule === 'number')
    return new HeadgateError(
      'integer-overflow',
      `${where} has a number that is too large at character ${error.position}.`,
      DAMAGED,
    );
  return new HeadgateError(
    'header-not-json',
    `${where} is not valid JSON: ${error.message} at character ${error.position}.`,
    DAMAGED,
  );
}

function readMetadata(source: ByteSource, value: JsonValue): Map<string, string> {
  const bad = (what: string) =>
    new HeadgateError(
      'bad-metadata',
      `In ${source.name}, ${what}; only text is allowed.`,
      'Save the file again with text values in its metadata.',
    );
  if (!(value instanceof Map)) throw bad('__metadata__ is not an object');
  const metadata = new Map<string, string>();
  for (const [key, entry] of value) {
    if (typeof entry !== 'string') throw bad(`the metadata ${quote(key)} is not text`);
    metadata.set(key, entry);
  }
  return metadata;
}

/** One tensor of the header. @param shift where the bytes of tensors begin in the file */
function readEntry(source: ByteSource, name: string, entry: JsonValue, shift: number): StoredTensor {
  const where = `${source.name}: tensor ${quote(name)}`;
  const bad = (what: string) => new HeadgateError('bad-tensor', `${where} ${what}.`, DAMAGED);
  if (!(entry instanceof Map)) throw bad('is not described by an object');
  const dtype = entry.get('dtype');
  const shape = entry.get('shape');
  const offsets = entry.get('data_offsets');
  if (typeof dtype !== 'string') throw bad('has no dtype');
  if (!Array.isArray(shape)) throw bad('has no shape');
  if (!Array.isArray(offsets) || offsets.length !== 2) throw bad('has no data_offsets of two numbers');
  if (!isElementType(dtype))
    throw new HeadgateError(
      'unknown-dtype',
      `${where} has the type ${quote(dtype)}, which Headgate does not know.`,
      'Convert the tensor to F32, F16 or BF16 and save the file again.',
    );
  const sizes = shape.map((size) => count(where, 'a size in its shape', size));
  const begin = count(where, 'its first offset', offsets[0]);
  const end = count(where, 'its last offset', offsets[1]);
  if (end < begin)
    throw new HeadgateError(
      'offsets-reversed',
      `${where} ends at ${end}, before it begins (${begin}).`,
      DAMAGED,
    );
  const bytes = bytesFor(where, dtype, sizes);
  if (end - begin !== bytes)
    throw new HeadgateError(
      'offsets-size',
      `${where} has shape [${shapeText(sizes)}] in ${dtype}, which takes ${bytes} bytes, but its offsets hold ${end - begin}.`,
      DAMAGED,
    );
  return { name, dtype, shape: sizes, file: source.name, begin: begin + shift, end: end + shift };
}

function count(where: string, what: string, value: JsonValue | undefined): number {
  if (typeof value !== 'bigint' || value < 0n)
    throw new HeadgateError('bad-number', `${where}: ${what} is not a whole number from 0 on.`, DAMAGED);
  if (value > LARGEST) throw overflow(where, what);
  return Number(value);
}

function bytesFor(where: string, dtype: ElementType, sizes: readonly number[]): number {
  let bytes = BigInt(bytesOf(dtype));
  for (const size of sizes) {
    bytes *= BigInt(size);
    if (bytes > LARGEST) throw overflow(where, 'the size of its shape in bytes');
  }
  return Number(bytes);
}

function overflow(where: string, what: string): HeadgateError {
  return new HeadgateError('integer-overflow', `${where}: ${what} is larger than 2^53 − 1.`, DAMAGED);
}

const shapeText = (sizes: readonly number[]) =>
  sizes.length <= 8 ? sizes.join(', ') : `${sizes.slice(0, 8).join(', ')}, …`;

/** The tensors, sorted by their offsets, must fill the bytes after the header, from `start` on, without a gap. */
function checkLayout(source: ByteSource, tensors: readonly StoredTensor[], start: number): void {
  const available = source.size - start;
  let position = 0;
  for (const { name, ...at } of tensors) {
    const [begin, end] = [at.begin - start, at.end - start];
    const where = `${source.name}: tensor ${quote(name)}`;
    if (position === 0 && begin > 0)
      throw new HeadgateError(
        'offsets-start',
        `${where} comes first but begins at offset ${begin}, not at 0.`,
        DAMAGED,
      );
    if (begin < position)
      throw new HeadgateError(
        'offsets-overlap',
        `${where} begins at offset ${begin}, inside the tensor before it, which ends at ${position}.`,
        DAMAGED,
      );
    if (begin > position)
      throw new HeadgateError(
        'offsets-hole',
        `${where} begins at offset ${begin}, but the tensor before it ends at ${position}.`,
        DAMAGED,
      );
    if (end > available)
      throw new HeadgateError(
        'truncated',
        `${where} needs ${end - available} bytes more than the file has: the file ends too early.`,
        INCOMPLETE,
      );
    position = end;
  }
  if (position < available)
    throw new HeadgateError(
      'trailing-bytes',
      `${source.name} has ${available - position} bytes after its last tensor, which belong to none.`,
      DAMAGED,
    );
}
