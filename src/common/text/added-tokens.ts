/** Tokens that are found in the text before anything else: special tokens, and others that were added to a vocabulary. */
import { indexByOffset, textOf, type Characters } from './characters.ts';
import { checkCharacters } from './limits.ts';
import { matchesOf } from './pattern.ts';

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

/**
 * Finds added tokens: the leftmost first, of those that begin there the longest. As in the Rust library, white space that
 * one takes with it (`rstrip`) is still searched, so that a token may stand inside of another; and one that normalizing
 * leaves nothing of is found everywhere, which cuts the text into its characters.
 */
export class AddedTokens {
  readonly #byText: ReadonlyMap<string, AddedToken>;
  readonly #pattern: RegExp | null;

  /** @param textOfToken what is looked for, such as the normalized content; of equal ones the last that is not special counts (the Rust library takes any of them) */
  constructor(tokens: readonly AddedToken[], textOfToken: (token: AddedToken) => string) {
    const inOrder = tokens.toSorted((a, b) => Number(b.special === true) - Number(a.special === true));
    this.#byText = new Map(inOrder.map((token) => [textOfToken(token), token]));
    const texts = [...this.#byText.keys()];
    texts.sort((a, b) => b.length - a.length);
    this.#pattern = texts.length === 0 ? null : new RegExp(texts.map(escape).join('|'), 'gu');
  }

  /** The sections in order; empty ones are left out. @throws HeadgateError `too-many-characters` */
  split(characters: Characters): readonly Section[] {
    const pattern = this.#pattern;
    if (pattern === null) return characters.length === 0 ? [] : [{ characters, token: null }];
    const text = textOf(characters);
    const index = indexByOffset(characters);
    const sections: Section[] = [];
    let [done, count] = [0, 0];
    // White space that was looked through last: a token is found in it again and again.
    let space = { from: 0, to: 0 };
    const endOfSpace = (from: number) => {
      if (from >= space.from && from < space.to) return space.to;
      let to = from;
      while (isSpace(characters[to]?.text)) to++;
      space = { from, to };
      return to;
    };
    const add = (from: number, to: number, token: AddedToken | null) => {
      checkCharacters((count += Math.max(0, to - from)));
      if (to > from) sections.push({ characters: characters.slice(from, to), token });
    };
    for (const match of matchesOf(pattern, text)) {
      const token = this.#byText.get(match[0]);
      const [from, to] = [match.index, match.index + match[0].length];
      if (token === undefined || (token.single_word === true && isInWord(text, from, to))) continue;
      let [start, end] = [index(from), index(to)];
      // What a token before took on its right stays its own.
      if (token.lstrip === true) {
        while (start > done && isSpace(characters[start - 1]?.text)) start--;
        start = Math.max(start, done);
      }
      if (token.rstrip === true) end = endOfSpace(end);
      add(done, start, null);
      add(start, end, token);
      done = end;
    }
    add(done, characters.length, null);
    return sections;
  }
}

const WORD = String.raw`[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\u200c\u200d]`;
const ENDS_WITH_WORD = new RegExp(`${WORD}$`, 'u');
const STARTS_WITH_WORD = new RegExp(`^${WORD}`, 'u');

/** A character is two units of UTF-16 at most. */
function isInWord(text: string, from: number, to: number): boolean {
  return (
    ENDS_WITH_WORD.test(text.slice(Math.max(0, from - 2), from)) ||
    STARTS_WITH_WORD.test(text.slice(to, to + 2))
  );
}

function isSpace(text: string | undefined): boolean {
  return text !== undefined && /^\p{White_Space}$/u.test(text);
}

function escape(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}
