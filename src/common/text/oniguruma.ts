/**
 * Oniguruma's syntax (its Ruby variant, as the Rust library compiles it) in the words that `@huggingface/tokenizers`
 * translates to JavaScript's: options, comments, spaces that don't count, groups and quantifiers that never give back what
 * they took, and quantifiers of quantifiers.
 */
import { escapeIn } from './oniguruma-escapes.ts';

interface Options {
  /** Case is folded. */
  readonly i: boolean;
  /** A dot is any character. */
  readonly m: boolean;
  /** Spaces and what follows a # don't count. */
  readonly x: boolean;
}

const PLAIN: Options = { i: false, m: false, x: false };
const QUANTIFIER = /^(?:[*+?]|\{(?:\d+,?\d*|,\d+)\})/;
const GROUP = /^\((?:\?(?:[:>=!]|<[=!]|<[^>]*>|'[^']*'))?/;
const OPTIONS = /^\(\?([imx]*)(-[imx]+)?([:)])/;

/** @throws Error for what JavaScript has no words for. */
export function inKnownSyntax(source: string): string {
  return new Reader(source).whole();
}

class Reader {
  readonly #source: string;
  #at = 0;
  /** Groups that Oniguruma counts, by their number here, where the groups that stand for others count as well. */
  readonly #numbers = [0];
  #groups = 0;
  #lookBehind = 0;

  constructor(source: string) {
    this.#source = source;
  }

  whole(): string {
    const text = this.#alternatives(PLAIN);
    if (this.#at < this.#source.length) throw new Error('unmatched “)”');
    return text;
  }

  get #rest(): string {
    return this.#source.slice(this.#at);
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    const match = pattern.exec(this.#rest);
    this.#at += match?.[0].length ?? 0;
    return match;
  }

  /** Up to the end of the group, which is left there. */
  #alternatives(options: Options): string {
    let text = '';
    while (this.#at < this.#source.length && this.#source[this.#at] !== ')') {
      if (this.#source[this.#at] === '|') text += this.#take(/^\|/)?.[0] ?? '';
      else if (this.#take(/^\(\?#[^)]*\)/) !== null) continue;
      else if (options.x && this.#take(/^(?:\s+|#[^\n]*)/) !== null) continue;
      else text += this.#quantified(options);
    }
    return text;
  }

  #quantified(options: Options): string {
    let text = this.#atom(options);
    // The first quantifier belongs to the atom as it stands; each further one to all that is there.
    for (let isFirst = true; ; isFirst = false) {
      const quantifier = text === '' ? undefined : this.#take(QUANTIFIER)?.[0];
      if (quantifier === undefined) return text;
      const taken = `${isFirst ? text : `(?:${text})`}${quantifier}`;
      const isInterval = quantifier.startsWith('{');
      if (!isInterval && this.#take(/^\+/) !== null) text = this.#atomic(() => taken);
      else if (this.#take(/^\?/) === null) text = taken;
      // {2}? is none or two.
      else text = isInterval && !quantifier.includes(',') ? `(?:${taken})?` : `${taken}?`;
    }
  }

  #atom(options: Options): string {
    const [char = ''] = this.#rest.match(/^[\s\S]/u) ?? [];
    if (char === '(') return this.#group(options);
    if (char === '[') return folded(this.#set(), options);
    if (char === '\\') return folded(this.#escape(), options);
    this.#at += char.length;
    if (char === '.' && options.m) return escapeIn('\\O', false);
    return /[A-Za-z]/.test(char) ? folded(char, options) : char;
  }

  #escape(): string {
    const number = this.#take(/^\\([1-9]\d?)(?![0-7])/)?.[1];
    if (number !== undefined) return `\\${this.#numbers[Number(number)] ?? number}`;
    const text = this.#take(/^\\(?:[pPxo]\{[^}]*\}|[0-7]{1,3}|k<[^>]*>|[\s\S])/u)?.[0];
    if (text === undefined) throw new Error('it ends with a “\\”');
    return escapeIn(text, false);
  }

  /** A set of characters with the sets in it. */
  #set(): string {
    let text = this.#take(/^\[\^?\]?/)?.[0] ?? '';
    for (;;) {
      const posix = this.#take(/^\[:\^?\w+:\]/)?.[0];
      const escape = posix ?? this.#take(/^\\(?:[pPxo]\{[^}]*\}|[0-7]{1,3}|[\s\S])/u)?.[0];
      if (escape !== undefined) text += posix ?? escapeIn(escape, true);
      else if (this.#source[this.#at] === '[') text += this.#set();
      else {
        const [char] = this.#take(/^[\s\S]/u) ?? [];
        if (char === undefined) throw new Error('unterminated set of characters');
        text += char;
        if (char === ']') return text;
      }
    }
  }

  #group(options: Options): string {
    const [all, on = '', off = '', end] = this.#take(OPTIONS) ?? [];
    if (all !== undefined) {
      const isSet = (name: keyof Options) => (options[name] || on.includes(name)) && !off.includes(name);
      const inner = { i: isSet('i'), m: isSet('m'), x: isSet('x') };
      if (end === ':') return `(?:${this.#alternatives(inner)}${this.#close()}`;
      // Until the end of the group around it, alternatives included.
      const rest = this.#alternatives(inner);
      return rest === '' ? '' : `(?:${rest})`;
    }
    const [opening = '('] = this.#take(GROUP) ?? [];
    const inside = () => {
      const text = this.#alternatives(options);
      this.#close();
      return text;
    };
    if (opening === '(?>') return this.#atomic(inside);
    const isBehind = opening === '(?<=' || opening === '(?<!';
    const isNamed = !isBehind && /^\(\?[<']/.test(opening);
    if (opening === '(' || isNamed) this.#numbers.push(++this.#groups);
    if (isBehind) this.#lookBehind++;
    const text = inside();
    if (isBehind) this.#lookBehind--;
    return `${isNamed ? `(?<${opening.slice(3, -1)}>` : opening}${text})`;
  }

  #close(): string {
    if (this.#take(/^\)/) === null) throw new Error('unterminated group');
    return ')';
  }

  /** Looked for ahead, where nothing is given back, and taken as what was found there. */
  #atomic(inside: () => string): string {
    if (this.#lookBehind > 0) throw new Error('JavaScript has no atomic groups behind a place');
    const name = `atomic${++this.#groups}`;
    return `(?:(?=(?<${name}>${inside()}))\\k<${name}>)`;
  }
}

function folded(text: string, { i }: Options): string {
  return i && !text.startsWith('\\k') ? `(?i:${text})` : text;
}
