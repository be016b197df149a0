/** Tokens that are found in the text before anything else: special tokens, and others that were added to a vocabulary. */
import { indexByOffset, textOf, type Characters } from './characters.ts';

export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly special?: boolean;
  /** Looked for in the normalized text; by default in all tokens that are not special. */
  readonly normalized?: boolean;
  /** Takes white space on its left, on its right, with it. */
  readonly lstrip?: boolean;
  readonly rstrip?: boolean;
  /** Found only where no word goes on at either side. */
  readonly single_word?: boolean;
}

/** A stretch of the text: an added token, or what stands between them. */
export interface Section {
  readonly characters: Characters;
  readonly token: AddedToken | null;
}

/** Finds added tokens: the leftmost first, of those that begin there the longest. */
export class AddedTokens {
  readonly #byText: ReadonlyMap<string, AddedToken>;
  readonly #pattern: RegExp | null;

  /** @param textOfToken what is looked for, such as the normalized content */
  constructor(tokens: readonly AddedToken[], textOfToken: (token: AddedToken) => string) {
    this.#byText = new Map(tokens.map((token) => [textOfToken(token), token]));
    const texts = [...this.#byText.keys()].filter((text) => text !== '');
    texts.sort((a, b) => b.length - a.length);
    this.#pattern = texts.length === 0 ? null : new RegExp(texts.map(escape).join('|'), 'gu');
  }

  /** The sections in order; empty ones are left out. */
  split(characters: Characters): readonly Section[] {
    const pattern = this.#pattern;
    if (pattern === null) return characters.length === 0 ? [] : [{ characters, token: null }];
    const text = textOf(characters);
    const index = indexByOffset(characters);
    const sections: Section[] = [];
    let done = 0;
    const add = (from: number, to: number, token: AddedToken | null) => {
      if (to > from) sections.push({ characters: characters.slice(from, to), token });
    };
    for (const match of text.matchAll(pattern)) {
      const token = this.#byText.get(match[0]);
      const [before, after] = [text.slice(0, match.index), text.slice(match.index + match[0].length)];
      if (token === undefined || (token.single_word === true && isInWord(before, after))) continue;
      let [start, end] = [index(match.index), index(match.index + match[0].length)];
      if (token.lstrip === true) while (start > done && isSpace(characters[start - 1]?.text)) start--;
      if (token.rstrip === true) while (isSpace(characters[end]?.text)) end++;
      // What a token before took on its right is gone.
      if (start < done) start = done;
      add(done, start, null);
      add(start, end, token);
      done = Math.max(done, end);
    }
    add(done, characters.length, null);
    return sections;
  }
}

function isInWord(before: string, after: string): boolean {
  return /[\p{L}\p{M}\p{N}_]$/u.test(before) || /^[\p{L}\p{M}\p{N}_]/u.test(after);
}

function isSpace(text: string | undefined): boolean {
  return text !== undefined && /^\p{White_Space}$/u.test(text);
}

function escape(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}
