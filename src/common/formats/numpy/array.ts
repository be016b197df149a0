/** Reads the header of an `.npy` array (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html). */
import type { ByteSource } from '../../byte-source.ts';
import { bytesOf, type ElementType } from '../../dtype.ts';
import { HeadgateError, quote } from '../../error.ts';

export interface NpyHeader {
  /** numpy's type, such as `<f4`. */
  readonly descr: string;
  /** Null for a type that is not read. */
  readonly dtype: ElementType | null;
  readonly shape: readonly number[];
  /** Columns lie one after another, not rows. */
  readonly isFortran: boolean;
  /** Where its elements begin. */
  readonly begin: number;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** Bytes of the longest header; numpy's own limit is 10,000. */
const MAX_HEADER = 65_536;
const MOST_DIMENSIONS = 32;
const INCOMPLETE = 'The file is not complete: copy or download it again.';
const HEADER =
  /^\{\s*'descr':\s*('([^']*)'|\[.*\])\s*,\s*'fortran_order':\s*(True|False)\s*,\s*'shape':\s*\(([\d,\s]*)\)\s*,?\s*\}\s*$/s;

const DTYPES: Readonly<Record<string, ElementType>> = {
  '<f8': 'F64',
  '<f4': 'F32',
  '<f2': 'F16',
  '<i8': 'I64',
  '<i4': 'I32',
  '<i2': 'I16',
  '|i1': 'I8',
  '<u8': 'U64',
  '<u4': 'U32',
  '<u2': 'U16',
  '|u1': 'U8',
  '|b1': 'BOOL',
};

/** @throws HeadgateError `npy-…` naming the array and the rule */
export async function readNpy(source: ByteSource): Promise<NpyHeader> {
  const bad = (
    rule: string,
    what: string,
    hint = 'The file is damaged or was written wrongly: save or download it again.',
  ) => new HeadgateError(`npy-${rule}`, `${quote(source.name)} ${what}.`, hint);
  if (source.size < 10)
    throw bad('too-small', `has ${source.size} bytes; an array has at least 10`, INCOMPLETE);
  const head = await source.read(0, Math.min(12, source.size));
  if (MAGIC.some((byte, i) => head[i] !== byte)) throw bad('magic', 'does not begin as a NumPy array');
  const [major = 0, minor = 0] = head.subarray(6, 8);
  if (major < 1 || major > 3 || minor !== 0)
    throw bad(
      'version',
      `is of the version ${major}.${minor}; 1.0, 2.0 and 3.0 can be read`,
      'Save it again with numpy.save.',
    );
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (major > 1 && head.length < 12) throw bad('truncated', 'ends inside its header', INCOMPLETE);
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const start = major === 1 ? 10 : 12;
  if (length > MAX_HEADER) throw bad('header', `has a header of ${length} bytes; the limit is ${MAX_HEADER}`);
  if (start + length > source.size) throw bad('truncated', 'ends inside its header', INCOMPLETE);
  const text = new TextDecoder('latin1').decode(await source.read(start, start + length));
  const [, written = '', descr = written, order, sizes = ''] = HEADER.exec(text) ?? [];
  if (written === '')
    throw bad('header', 'has a header that is no dictionary of descr, fortran_order and shape');
  const shape = sizes
    .split(',')
    .map((size) => size.trim())
    .filter((size) => size !== '')
    .map(Number);
  if (!shape.every(Number.isSafeInteger) || /\d\s+\d|,\s*,/.test(sizes))
    throw bad('shape', `has the shape (${sizes.slice(0, 80)}), which is no list of whole numbers below 2^53`);
  if (shape.length > MOST_DIMENSIONS)
    throw bad('shape', `has ${shape.length} dimensions; the limit is ${MOST_DIMENSIONS}`);
  const begin = start + length;
  const dtype = Object.hasOwn(DTYPES, descr) ? (DTYPES[descr] ?? null) : null;
  if (dtype !== null) {
    const bytes = shape.reduce((product, size) => product * size, bytesOf(dtype));
    if (!Number.isSafeInteger(bytes)) throw bad('shape', 'has a shape of more than 2^53 − 1 bytes');
    if (begin + bytes !== source.size)
      throw bad(
        'size',
        `has the shape [${shape.join(', ')}] in ${descr}, which takes ${bytes} bytes, but ${source.size - begin} follow its header`,
        begin + bytes > source.size ? INCOMPLETE : undefined,
      );
  }
  return { descr, dtype, shape, isFortran: order === 'True', begin };
}

/** Why an array of such a type is left out. */
export function whyLeftOut(descr: string): string {
  if (/^\|?O/.test(descr)) return 'it holds Python objects, which are pickles and are never loaded';
  if (descr.startsWith('>')) return 'its bytes are in big-endian order';
  if (descr.startsWith('[')) return 'it is a table of several types';
  return `its type ${quote(descr)} is not read`;
}
