/** The words of a table as the bytes of their `vocab.txt`, a line each: a text for each of three million would take 100 MB. */
import type { ByteSource } from '../../byte-source.ts';

const CHUNK = 2 ** 20;
const LINE_END = 10;
/** What vocab.txt writes with a backslash, and how. */
const ESCAPES: ReadonlyMap<number, number> = new Map([
  [0x5c, 0x5c],
  [9, 0x74],
  [13, 0x72],
  [LINE_END, 0x6e],
]);

export class WordList {
  /** Words. */
  length = 0;
  readonly #chunks: Uint8Array[] = [];
  /** Bytes of the last chunk that are taken. */
  #taken = CHUNK;

  static of(words: Iterable<string>): WordList {
    const list = new WordList();
    const encoder = new TextEncoder();
    for (const word of words) list.add(encoder.encode(word));
    return list;
  }

  /** @param word UTF-8; other bytes become U+FFFD */
  add(word: Uint8Array): void {
    this.length++;
    const isAscii = word.every((byte) => byte < 0x80);
    const bytes = isAscii ? word : new TextEncoder().encode(new TextDecoder().decode(word));
    const room = this.#room(2 * bytes.length + 1);
    for (const byte of bytes) {
      const escape = ESCAPES.get(byte);
      if (escape !== undefined) room[this.#taken++] = 0x5c;
      room[this.#taken++] = escape ?? byte;
    }
    room[this.#taken++] = LINE_END;
  }

  /** The first of the words. */
  first(count: number): WordList {
    if (count >= this.length) return this;
    const list = new WordList();
    list.length = count;
    let left = count;
    for (const chunk of this.#parts()) {
      let end = 0;
      while (left > 0 && end < chunk.length) {
        end = chunk.indexOf(LINE_END, end) + 1;
        left--;
      }
      list.#chunks.push(chunk.subarray(0, end));
      list.#taken = end;
      if (left === 0) break;
    }
    return list;
  }

  /** The words in their order. */
  *texts(): Generator<string> {
    const decoder = new TextDecoder();
    for (const chunk of this.#parts())
      for (let at = 0; at < chunk.length;) {
        const end = chunk.indexOf(LINE_END, at);
        yield decoder
          .decode(chunk.subarray(at, end))
          .replace(/\\(.)/g, (_, letter: string) => ({ t: '\t', r: '\r', n: '\n' })[letter] ?? letter);
        at = end + 1;
      }
  }

  /** The word of a row, for a message; '' for none. */
  at(row: number): string {
    let index = 0;
    for (const text of this.texts()) if (index++ === row) return text;
    return '';
  }

  /** The file that tokenizers read. */
  source(): ByteSource {
    const parts = this.#parts();
    const size = parts.reduce((sum, { length }) => sum + length, 0);
    return {
      name: 'vocab.txt',
      size,
      read(begin, end) {
        const bytes = new Uint8Array(end - begin);
        let at = 0;
        for (const part of parts) {
          const piece = part.subarray(Math.max(begin - at, 0), Math.max(end - at, 0));
          if (piece.length > 0) bytes.set(piece, Math.max(at - begin, 0));
          at += part.length;
        }
        return Promise.resolve(bytes);
      },
    };
  }

  /** What is taken of each chunk; lines lie whole in one. */
  #parts(): readonly Uint8Array[] {
    const last = this.#chunks.at(-1);
    return last === undefined ? [] : [...this.#chunks.slice(0, -1), last.subarray(0, this.#taken)];
  }

  #room(bytes: number): Uint8Array {
    const last = this.#chunks.at(-1);
    if (last !== undefined && this.#taken + bytes <= last.length) return last;
    if (last !== undefined) this.#chunks[this.#chunks.length - 1] = last.subarray(0, this.#taken);
    const next = new Uint8Array(Math.max(CHUNK, bytes));
    this.#chunks.push(next);
    this.#taken = 0;
    return next;
  }
}
