/** JSON that is written piece by piece as UTF-8, for tables that would be too large as values and as one text. */
import type { ByteSource } from './byte-source.ts';

/** A value that writes itself. */
export type Written = (to: JsonBytes) => void;

const CHUNK = 256 * 1024;
const ENCODER = new TextEncoder();
const DECODER = new TextDecoder('utf-8', { ignoreBOM: true });
const [QUOTE, BACKSLASH, SPACE] = [0x22, 0x5c, 0x20];
const [OPEN, COMMA, CLOSE] = [0x5b, 0x2c, 0x5d];

export class JsonBytes {
  readonly #full: Uint8Array[] = [];
  #chunk = new Uint8Array(CHUNK);
  #at = 0;

  /** Text that is JSON already. */
  raw(json: string): void {
    this.#add(ENCODER.encode(json));
  }

  /** A text that is given as valid UTF-8. */
  text(bytes: Uint8Array): void {
    if (bytes.some((byte) => byte === QUOTE || byte === BACKSLASH || byte < SPACE))
      return this.raw(JSON.stringify(DECODER.decode(bytes)));
    this.#byte(QUOTE);
    this.#add(bytes);
    this.#byte(QUOTE);
  }

  /** Any value of JSON; functions inside of it write themselves. */
  value(value: unknown): void {
    if (typeof value === 'function') return (value as Written)(this);
    if (Array.isArray(value)) {
      this.list(value, (item) => {
        this.value(item);
      });
    } else if (typeof value === 'object' && value !== null) {
      this.raw('{');
      for (const [index, [key, inner]] of Object.entries(value).entries()) {
        this.raw(`${index === 0 ? '' : ','}${JSON.stringify(key)}:`);
        this.value(inner);
      }
      this.raw('}');
    } else this.raw(JSON.stringify(value));
  }

  /** A list, item by item. */
  list<Item>(items: Iterable<Item>, write: (item: Item) => void): void {
    this.#byte(OPEN);
    let isFirst = true;
    for (const item of items) {
      if (!isFirst) this.#byte(COMMA);
      isFirst = false;
      write(item);
    }
    this.#byte(CLOSE);
  }

  /** What was written, as a file. */
  source(name: string): ByteSource {
    const chunks = [...this.#full, this.#chunk];
    return {
      name,
      size: this.#full.length * CHUNK + this.#at,
      read(begin, end) {
        const bytes = new Uint8Array(end - begin);
        for (let at = begin; at < end;) {
          const chunk = chunks[Math.floor(at / CHUNK)] ?? new Uint8Array();
          const part = chunk.subarray(at % CHUNK, (at % CHUNK) + end - at);
          bytes.set(part, at - begin);
          at += part.length;
        }
        return Promise.resolve(bytes);
      },
    };
  }

  #byte(byte: number): void {
    if (this.#at === CHUNK) this.#next();
    this.#chunk[this.#at++] = byte;
  }

  #add(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) {
      if (this.#at === CHUNK) this.#next();
      const part = bytes.subarray(done, done + CHUNK - this.#at);
      this.#chunk.set(part, this.#at);
      this.#at += part.length;
      done += part.length;
    }
  }

  #next(): void {
    this.#full.push(this.#chunk);
    this.#chunk = new Uint8Array(CHUNK);
    this.#at = 0;
  }
}
