/** Little-endian numbers and texts of a file, read one after another in pieces. */
import type { ByteSource } from '../../byte-source.ts';
import { HeadgateError } from '../../error.ts';

const PIECE = 1024 * 1024;
export const INCOMPLETE = 'The file is not complete: copy or download it again.';
export const DAMAGED = 'The file is damaged or was written wrongly: download or convert it again.';

/** What is being read, as a message names it: `the metadata "general.name"`. */
export type What = () => string;

export class Cursor {
  #buffer = new Uint8Array();
  #view = new DataView(this.#buffer.buffer);
  /** Where the buffer begins in the file. */
  #start = 0;
  #at = 0;

  constructor(readonly source: ByteSource) {}

  get position(): number {
    return this.#start + this.#at;
  }

  /** Bytes from here to the end of the file. */
  get left(): number {
    return this.source.size - this.position;
  }

  async u8(what: What): Promise<number> {
    const at = await this.#take(1, what);
    return this.#view.getUint8(at);
  }

  async u32(what: What): Promise<number> {
    const at = await this.#take(4, what);
    return this.#view.getUint32(at, true);
  }

  async u64(what: What): Promise<bigint> {
    const at = await this.#take(8, what);
    return this.#view.getBigUint64(at, true);
  }

  /** A copy of the next bytes. */
  async bytes(count: number, what: What): Promise<Uint8Array<ArrayBuffer>> {
    const at = await this.#take(count, what);
    return this.#buffer.slice(at, at + count);
  }

  /** The bytes of the next text, not copied, where all of it stands in the buffer already; null: it does not. */
  heldText(): Uint8Array | null {
    const at = this.#at + 8;
    if (at > this.#buffer.length) return null;
    const length = this.#view.getBigUint64(this.#at, true);
    if (length > BigInt(this.#buffer.length - at)) return null;
    this.#at = at + Number(length);
    return this.#buffer.subarray(at, this.#at);
  }

  /** Reads on until `count` bytes stand in the buffer, and steps over them. @returns where they begin there */
  async #take(count: number, what: What): Promise<number> {
    if (count > this.left)
      throw new HeadgateError(
        'truncated',
        `${this.source.name} ends inside ${what()}, ${count - this.left} bytes too early.`,
        INCOMPLETE,
      );
    if (this.#at + count > this.#buffer.length) {
      this.#start = this.position;
      const end = Math.min(this.source.size, this.#start + Math.max(count, PIECE));
      // A copy with a buffer of its own: sources may give views.
      this.#buffer = Uint8Array.from(await this.source.read(this.#start, end));
      this.#view = new DataView(this.#buffer.buffer);
      this.#at = 0;
    }
    const at = this.#at;
    this.#at += count;
    return at;
  }
}
