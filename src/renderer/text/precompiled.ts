/**
 * Sentencepiece's compiled table of replacements (“Precompiled” in tokenizer.json): a double-array trie over UTF-8
 * (Aoe 1989, laid out as darts-clone does) from character sequences to texts. Applied as Hugging Face's `spm_precompiled`
 * does: to graphemes shorter than six bytes as a whole, else to each character.
 */
import type { Characters } from './characters.ts';
import { charactersOf, textOf } from './characters.ts';

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
    return [...this.#graphemes.segment(whole)].flatMap(({ segment }) => {
      const length = [...segment].length;
      const parts = characters.slice(at, at + length);
      at += length;
      const isShort = encoder.encode(segment).length < LONGEST_GRAPHEME;
      const replaced = isShort ? this.#replacement(segment) : null;
      const [first] = parts;
      if (replaced !== null && first !== undefined)
        return spread(replaced, first.from, parts.at(-1)?.to ?? first.to);
      return parts.flatMap((part) => {
        const text = this.#replacement(part.text);
        return text === null ? [part] : spread(text, part.from, part.to);
      });
    });
  }

  #replacement(text: string): string | null {
    const known = this.#found.get(text);
    if (known !== undefined) return known;
    const found = this.#search(text);
    this.#found.set(text, found);
    return found;
  }

  /** What the shortest entry that the text begins with becomes; null: there is none. */
  #search(text: string): string | null {
    const unit = (index: number) => this.#units[index] ?? 0;
    const offset = (value: number) => (value >>> 10) << ((value & (1 << 9)) >>> 6);
    let node = offset(unit(0));
    for (const byte of encoder.encode(text)) {
      if (byte === 0) return null;
      node ^= byte;
      const value = unit(node);
      if ((value & 0x800000ff) >>> 0 !== byte) return null;
      node ^= offset(value);
      if (((value >>> 8) & 1) === 1) return this.#textAt(unit(node) & 0x7fffffff);
    }
    return null;
  }

  #textAt(start: number): string {
    const end = this.#texts.indexOf(0, start);
    return new TextDecoder().decode(this.#texts.subarray(start, end < 0 ? this.#texts.length : end));
  }
}

function spread(text: string, from: number, to: number): Characters {
  return charactersOf(text).map((character) => ({ text: character.text, from, to }));
}
