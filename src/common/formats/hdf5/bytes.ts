import type { ByteSource } from '../../byte-source.ts';
import { HeadgateError, quote } from '../../error.ts';
import { PagedSource } from '../paged.ts';

/** Bytes of the largest structure that is read in one piece. */
const MAX_STRUCTURE = 16 * 2 ** 20;
/** Structures that are read of one file, and their bytes: what refers to the same again and again goes beyond. */
const MOST_TAKES = 200_000;
const MOST_TAKEN = 128 * 2 ** 20;
/** An address that says “nowhere”. */
export const NOWHERE = -1;

export const DAMAGED = 'The file is damaged or was written wrongly: save or download it again.';
export const INCOMPLETE = 'The file is not complete: copy or download it again.';
export const REWRITE =
  'Write it again with h5py’s usual layout: h5py.File(name, "w", libver="earliest"), or save the model again with Keras.';

export type Fail = (rule: string, what: string, hint?: string) => HeadgateError;

/** The bytes of an HDF5 file (https://docs.hdfgroup.org/hdf5/develop/_f_m_t3.html). */
export class Hdf5Bytes {
  readonly #source: ByteSource;
  /** Structures lie near each other. */
  readonly #near: PagedSource;
  /** Leaves of all indexes that were read. */
  leaves = 0;
  #takes = 0;
  #taken = 0;

  constructor(source: ByteSource) {
    this.#source = source;
    this.#near = new PagedSource(source);
  }

  get size(): number {
    return this.#source.size;
  }

  /** `hdf5-…`: the file and the rule that it breaks. */
  readonly fail: Fail = (rule, what, hint = DAMAGED) =>
    new HeadgateError(`hdf5-${rule}`, `${quote(this.#source.name)}: ${what}.`, hint);

  /**
   * A structure's bytes.
   * @param what names it in errors: `the group "/model_weights"`
   * @throws HeadgateError `hdf5-past-end`, `hdf5-structure-size`, `hdf5-work`
   */
  async take(at: number, length: number, what: string): Promise<Reader> {
    if (length > MAX_STRUCTURE)
      throw this.fail(
        'structure-size',
        `${what} takes ${length} bytes in one piece; the limit is ${MAX_STRUCTURE}`,
      );
    if (at === NOWHERE || at + length > this.size)
      throw this.fail(
        'past-end',
        at === NOWHERE ? `${what} is nowhere in the file` : `${what} lies beyond the end of the file`,
        INCOMPLETE,
      );
    this.#taken += length;
    if (++this.#takes > MOST_TAKES || this.#taken > MOST_TAKEN)
      throw this.fail('work', 'its structures refer to each other more often than any real file does');
    return new Reader(await this.#near.read(at, at + length), what, this.fail);
  }

  /** Bytes of data, which are not kept. */
  read(begin: number, end: number): Promise<Uint8Array> {
    return this.#source.read(begin, end);
  }
}

/** Little-endian numbers and texts from front to back. */
export class Reader {
  at = 0;
  readonly #view: DataView;

  constructor(
    readonly bytes: Uint8Array,
    readonly what: string,
    readonly fail: Fail,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  take(length: number): Uint8Array {
    if (length > this.left) throw this.fail('cut-off', `${this.what} ends in the middle of a field`);
    return this.bytes.subarray(this.at, (this.at += length));
  }

  skip(length: number): void {
    this.take(length);
  }

  /** @throws HeadgateError `hdf5-signature` */
  expect(signature: string): void {
    const found = String.fromCharCode(...this.take(signature.length));
    if (found !== signature)
      throw this.fail('signature', `${this.what} does not begin with “${signature.trim()}”`);
  }

  /** A whole number of 1, 2, 4 or 8 bytes. @throws HeadgateError `hdf5-number` above 2⁵³ − 1 */
  uint(width: 1 | 2 | 4 | 8): number {
    const at = this.at;
    this.skip(width);
    if (width === 1) return this.#view.getUint8(at);
    if (width === 2) return this.#view.getUint16(at, true);
    if (width === 4) return this.#view.getUint32(at, true);
    const value = this.#view.getBigUint64(at, true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER))
      throw this.fail('number', `${this.what} has a size of more than 2^53 − 1`);
    return Number(value);
  }

  /** NOWHERE for an address that is not defined. */
  address(): number {
    const at = this.at;
    this.skip(8);
    const value = this.#view.getBigUint64(at, true);
    return value > BigInt(Number.MAX_SAFE_INTEGER) ? NOWHERE : Number(value);
  }

  /** Text up to its first zero byte. */
  text(length: number): string {
    return textOf(this.take(length));
  }

  /** On to the next multiple of 8. */
  align(): void {
    this.skip(Math.min((8 - (this.at % 8)) % 8, this.left));
  }
}

export function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}
