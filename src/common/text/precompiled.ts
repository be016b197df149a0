/**
 * Sentencepiece's compiled table of replacements (“Precompiled” in tokenizer.json): a double-array trie over UTF-8
 * (Aoe 1989, laid out as darts-clone does) from character sequences to texts. Hugging Face's `spm_precompiled` applies it
 * to graphemes shorter than six bytes as a whole, else to each character (`apply`); sentencepiece itself takes the longest
 * entry at each place (`longest`).
 */
import { append, spread, textOf, type Characters } from './characters.ts';

/** UTF-8 bytes; longer graphemes are taken apart. */
const LONGEST_GRAPHEME = 6;

const encoder = new TextEncoder();

export class PrecompiledTable {
  readonly #units: Uint32Array;
  /** Replacements, each ended by a zero byte. */
  readonly #texts: Uint8Array;
  readonly #graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
  readonly #found = new Map<string, string | null>();

  /**
   * @param base64 u32 bytes of the trie, the trie in u32, then the texts; little-endian
   * @throws Error when it is no such table.
   */
  constructor(base64: string) {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const view = new DataView(bytes.buffer);
    const size = bytes.length < 4 ? -1 : view.getUint32(0, true);
    if (size < 4 || size % 4 !== 0 || 4 + size > bytes.length) throw new Error('its table is cut off');
    this.#units = Uint32Array.from({ length: size / 4 }, (_, index) => view.getUint32(4 + 4 * index, true));
    this.#texts = bytes.subarray(4 + size);
  }

  apply(characters: Characters): Characters {
    const whole = textOf(characters);
    let at = 0;
    const result: Characters[number][] = [];
    for (const { segment } of this.#graphemes.segment(whole)) {
      const length = [...segment].length;
      const parts = characters.slice(at, at + length);
      at += length;
      const isShort = encoder.encode(segment).length < LONGEST_GRAPHEME;
      const replaced = isShort ? this.#replacement(segment) : null;
      const [first] = parts;
      if (replaced !== null && first !== undefined)
        append(result, spread(replaced, first.from, parts.at(-1)?.to ?? first.to));
      else
        for (const part of parts) {
          const text = this.#replacement(part.text);
          append(result, text === null ? [part] : spread(text, part.from, part.to));
        }
    }
    return result;
  }

  #replacement(text: string): string | null {
    const known = this.#found.get(text);
    if (known !== undefined) return known;
    const found = this.#search(text);
    this.#found.set(text, found);
    return found;
  }

  /**
   * The longest entry that the text begins with at a character.
   * @returns how many characters it is long, and what it becomes; null: there is none.
   */
  longest(characters: Characters, at: number): { readonly length: number; readonly text: string } | null {
    let found: { readonly length: number; readonly leaf: number } | null = null;
    let node: number | null = 0;
    for (let end = at; end < characters.length; end++) {
      for (const byte of encoder.encode(characters[end]?.text)) node = this.#child(node, byte);
      if (node === null) break;
      const leaf = this.#leaf(node);
      if (leaf !== null) found = { length: end + 1 - at, leaf };
    }
    return found && { length: found.length, text: this.#textAt(found.leaf) };
  }

  /** What the shortest entry that the text begins with becomes; null: there is none. */
  #search(text: string): string | null {
    let node: number | null = 0;
    for (const byte of encoder.encode(text)) {
      node = this.#child(node, byte);
      if (node === null) return null;
      const leaf = this.#leaf(node);
      if (leaf !== null) return this.#textAt(leaf);
    }
    return null;
  }

  /** The unit that a byte leads to from another unit, the root being 0; null: no entry goes on so. */
  #child(node: number | null, byte: number): number | null {
    if (node === null || byte === 0) return null;
    const next = this.#below(node) ^ byte;
    return ((this.#units[next] ?? 0) & 0x800000ff) >>> 0 === byte ? next : null;
  }

  /** Where the text of the entry that ends here begins; null: none ends here. */
  #leaf(node: number): number | null {
    const isEnd = (((this.#units[node] ?? 0) >>> 8) & 1) === 1;
    return isEnd ? (this.#units[this.#below(node)] ?? 0) & 0x7fffffff : null;
  }

  #below(node: number): number {
    const value = this.#units[node] ?? 0;
    return node ^ ((value >>> 10) << ((value & (1 << 9)) >>> 6));
  }

  #textAt(start: number): string {
    const end = this.#texts.indexOf(0, start);
    return new TextDecoder().decode(this.#texts.subarray(start, end < 0 ? this.#texts.length : end));
  }
}
