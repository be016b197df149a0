/**
 * Which characters each piece of a text stands for. The steps after the normalizer only drop characters (white space, as
 * a rule) and put marks of spaces in front, so pieces are found in the normalized text one after another.
 */
import type { Character, Characters } from './characters.ts';
import { pieceBytes, type Spelling } from './pieces.ts';

/** Characters that a pre-tokenizer may drop in one place. */
const REACH = 4096;
const SPACE = 0x20;
const encoder = new TextEncoder();

/** A text as what is compared: bytes for byte-level vocabularies, else code points; white space is all alike. */
class Units {
  readonly keys: readonly number[];
  /** The character of each unit. */
  readonly characters: Characters;

  constructor(characters: Characters, spelling: Spelling) {
    const units = characters.flatMap((character) =>
      keysOf(character.text, spelling).map((key) => ({ key, character })),
    );
    this.keys = units.map(({ key }) => key);
    this.characters = units.map(({ character }) => character);
  }
}

function keysOf(text: string, { byteLevel, spaceMark }: Spelling): number[] {
  if (byteLevel) return [...encoder.encode(text)];
  return [...text].map((character) =>
    character === spaceMark || /^\p{White_Space}$/u.test(character) ? SPACE : (character.codePointAt(0) ?? 0),
  );
}

/** Finds pre-tokens in a section of the normalized text, in order. */
export class Aligner {
  readonly #units: Units;
  readonly #spelling: Spelling;
  #place = 0;

  constructor(characters: Characters, spelling: Spelling) {
    this.#units = new Units(characters, spelling);
    this.#spelling = spelling;
  }

  /**
   * The characters that each piece of the next pre-token stands for. A character whose bytes are spread over pieces
   * belongs to all of them.
   * @param isUnknown tells pieces that stand for any text, such as `[UNK]`
   */
  align(preToken: string, pieces: readonly string[], isUnknown: (piece: string) => boolean): Characters[] {
    const { byteLevel } = this.#spelling;
    const keys = byteLevel ? [...pieceBytes(preToken, this.#spelling)] : keysOf(preToken, this.#spelling);
    const places = this.#locate(keys);
    const all = pieces.map((piece) => (isUnknown(piece) ? null : this.#extent(piece)));
    const known = all.reduce((sum, extent) => sum + (extent?.keys.length ?? 0), 0);
    const isOneEach = keys.length - known === all.filter((extent) => extent === null).length;
    let at = 0;
    return all.map((extent, index) => {
      const next = isOneEach ? undefined : all.slice(index + 1).find((other) => other !== null);
      const size = extent?.keys.length ?? (isOneEach ? 1 : lengthBefore(keys, at, next?.keys ?? []));
      const from = extent?.continues === true ? Math.max(0, at - 1) : at;
      at = Math.min(keys.length, at + size);
      const found = places.slice(from, at).map((place) => this.#units.characters[place]);
      return found.filter((character): character is Character => character !== undefined);
    });
  }

  /** The units that a piece stands for; `continues`: it is a further byte of the unit before. */
  #extent(piece: string): { readonly keys: readonly number[]; readonly continues: boolean } {
    const { byteLevel, byteFallback, wordEnd } = this.#spelling;
    const ends = wordEnd !== null && piece.endsWith(wordEnd);
    const bytes = pieceBytes(ends ? piece.slice(0, -wordEnd.length) : piece, this.#spelling);
    if (byteLevel) return { keys: [...bytes], continues: false };
    if (byteFallback && /^<0x[0-9A-Fa-f]{2}>$/.test(piece)) {
      const [byte = 0] = bytes;
      const continues = (byte & 0xc0) === 0x80;
      return { keys: continues ? [] : [byte], continues };
    }
    return { keys: keysOf(new TextDecoder().decode(bytes), this.#spelling), continues: false };
  }

  /** The places of a pre-token's units in the text; −1 for what the tokenizer put in. */
  #locate(keys: readonly number[]): number[] {
    const text = this.#units.keys;
    const marks = keys.findIndex((key) => key !== SPACE);
    if (marks < 0) {
      // Spaces only.
      return keys.map(() => (text[this.#place] === SPACE ? this.#place++ : -1));
    }
    const core = keys.slice(marks);
    const start = this.#find(core);
    if (start < 0) return keys.map(() => -1);
    const places = keys.map((_, index) => start - marks + index);
    const found = places.map((place, index) =>
      index >= marks || (place >= this.#place && text[place] === SPACE) ? place : -1,
    );
    this.#place = start + core.length;
    return found;
  }

  #find(core: readonly number[]): number {
    const text = this.#units.keys;
    const last = Math.min(text.length - core.length, this.#place + REACH);
    for (let start = this.#place; start <= last; start++)
      if (core.every((key, index) => text[start + index] === key)) return start;
    return -1;
  }
}

/** Units before the place, after `at`, where the next known piece is found; all that are left without one. */
function lengthBefore(keys: readonly number[], at: number, next: readonly number[]): number {
  if (next.length === 0) return keys.length - at;
  for (let end = at + 1; end + next.length <= keys.length; end++)
    if (next.every((key, index) => keys[end + index] === key)) return end - at;
  return keys.length - at;
}
