import { HeadgateError } from '../error.ts';
import { linesOf } from './lines.ts';
import type { Token } from './token.ts';
import { Slices } from './slices.ts';
import type { Tokenizer } from './tokenizer.ts';
import type { TokenizerConfig } from '../configs/fields.ts';

/** Tokens that are characters or words of a list. */
export type ListConfig = Exclude<TokenizerConfig, { kind: 'file' | 'auto' }>;

/** Pieces after which it may be time for a pause. */
const PAUSE = 256;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\' };

/** One entry a line; `\n`, `\t`, `\r` and `\\` stand for the characters that a line can't hold. */
export function parseVocabulary(file: string, text: string): string[] {
  return linesOf(file, text.replace(/^\uFEFF/, '')).map((line) =>
    line.replaceAll(/\\([ntr\\])/g, (_, letter: string) => ESCAPES[letter] ?? letter),
  );
}

/** A word with its inner apostrophes and hyphens, a number, or a single mark. */
const WORDS = /\p{L}[\p{L}\p{M}]*(?:['’-]\p{L}[\p{L}\p{M}]*)*|\p{N}+|[^\s]/gu;

/** White space between words, which entries have as one space. */
const SPACES = /(?<=\S)\s+(?=\S)/g;
/** Words of the longest entry with spaces that is looked for, such as “the united states of america”. */
const MOST_WORDS = 8;

/** A tokenizer over a list of characters or words, for models whose config.json says so. */
export class VocabularyTokenizer implements Tokenizer {
  /** Of its entries: characters or words. */
  readonly kind: ListConfig['kind'];
  readonly size: number;
  readonly mask = null;
  readonly #entries: readonly string[];
  readonly #ids: ReadonlyMap<string, number>;
  readonly #config: ListConfig;
  readonly #unknown: number | null;
  /** Words of the longest entry, MOST_WORDS at most. */
  readonly #longest: number;

  /**
   * @param entries the vocabulary by id
   * @throws HeadgateError `bad-vocabulary` when an entry that the config names is not in it.
   */
  constructor(
    config: ListConfig,
    entries: readonly string[],
    /** What text outside the vocabulary becomes, where there is no entry for it; null: it is refused. */
    private readonly beyond: ((piece: string) => Token) | null = null,
  ) {
    this.#config = config;
    this.kind = config.kind;
    this.#entries = entries;
    this.size = entries.length;
    // Of equals the first counts.
    this.#ids = new Map(entries.map((entry, id) => [entry, id] as const).reverse());
    this.#longest = entries.reduce(
      (most, entry) =>
        entry.includes(' ') ? Math.min(Math.max(most, entry.split(' ').length), MOST_WORDS) : most,
      1,
    );
    for (const field of ['unknown', 'start', 'end'] as const) this.#named(field);
    this.#unknown = this.#named('unknown');
  }

  /** @throws HeadgateError `unknown-character` for text outside a vocabulary that has no entry for it. */
  async encode(text: string, signal?: AbortSignal): Promise<Token[]> {
    signal?.throwIfAborted();
    const tokens: Token[] = [];
    const outside = new Map<string, number>();
    const slices = new Slices();
    let count = 0;
    for (const { piece, from } of this.#pieces(text)) {
      if (count++ % PAUSE === 0) await slices.pause(signal);
      const id = this.#find(piece.replaceAll(SPACES, ' '));
      const span = [from, from + piece.length] as const;
      if (id !== undefined) tokens.push({ id, text: piece, span, special: false, ...this.#word(piece) });
      else if (this.#unknown !== null)
        tokens.push({
          id: this.#unknown,
          text: this.#entries[this.#unknown] ?? '',
          span,
          special: true,
          unknown: true,
        });
      else if (this.beyond !== null) tokens.push({ ...this.beyond(piece), span });
      else outside.set(piece, (outside.get(piece) ?? 0) + 1);
    }
    if (outside.size > 0) throw unknownPieces(outside, this.#config.kind);
    if (tokens.length === 0) return [];
    const start = this.#named('start');
    const end = this.#named('end');
    if (start !== null) tokens.unshift(this.token(start));
    if (end !== null) tokens.push(this.token(end));
    return tokens;
  }

  token(id: number): Token {
    const { unknown, start, end } = this.#config;
    const text = this.#entries[id] ?? `⟨${id}⟩`;
    const special = [unknown, start, end].includes(text) || /^<[^<>]+>$/.test(text);
    return { id, text, span: null, special, ...this.#word(text) };
  }

  dispose(): void {
    // Nothing is held: the lists are garbage once nobody knows them.
  }

  #word(text: string): Pick<Token, 'word'> {
    return this.#config.kind === 'words' && /^[\p{L}\p{N}]/u.test(text) ? { word: true } : {};
  }

  *#pieces(text: string): Generator<{ readonly piece: string; readonly from: number }> {
    if (this.#config.kind === 'words') yield* this.#words(text);
    else
      for (let from = 0; from < text.length;) {
        const piece = String.fromCodePoint(text.codePointAt(from) ?? 0);
        yield { piece, from };
        from += piece.length;
      }
  }

  /** Its id, as it is written or else in small letters, where the vocabulary has only those. */
  #find(piece: string): number | undefined {
    return this.#ids.get(piece) ?? (this.#config.lowercase ? this.#ids.get(piece.toLowerCase()) : undefined);
  }

  /** True for what text may say: the entries that the config names are no words. */
  #isEntry(piece: string): boolean {
    const { unknown, start, end } = this.#config;
    return ![unknown, start, end].includes(piece) && this.#find(piece.replaceAll(SPACES, ' ')) !== undefined;
  }

  /** The longest entries of whole words between spaces, “new york” before “new”; what is none is cut at its marks. */
  *#words(text: string): Generator<{ readonly piece: string; readonly from: number }> {
    const words = [...text.matchAll(/[^\s\u00a0]+|\u00a0/g)];
    for (let i = 0; i < words.length;) {
      const from = words[i]?.index ?? 0;
      let count = Math.min(this.#longest, words.length - i);
      const until = (last = words[i + count - 1]) =>
        last === undefined ? from : last.index + last[0].length;
      while (count > 0 && !this.#isEntry(text.slice(from, until()))) count--;
      if (count > 0) yield { piece: text.slice(from, until()), from };
      else
        for (const match of (words[i]?.[0] ?? '').matchAll(WORDS))
          yield { piece: match[0], from: from + match.index };
      i += Math.max(count, 1);
    }
  }

  #named(field: 'unknown' | 'start' | 'end'): number | null {
    const entry = this.#config[field];
    if (entry === null) return null;
    const id = this.#ids.get(entry);
    if (id === undefined)
      throw new HeadgateError(
        'bad-vocabulary',
        `config.json: “tokenizer.${field}” is “${entry}”, which the vocabulary of ${this.size} entries does not hold.`,
        `Add it to the vocabulary, or set “tokenizer.${field}” to null.`,
      );
    return id;
  }
}

function unknownPieces(outside: ReadonlyMap<string, number>, kind: ListConfig['kind']): HeadgateError {
  const count = [...outside.values()].reduce((sum, times) => sum + times, 0);
  const shown = [...outside.keys()].slice(0, 5).map((piece) => `“${piece}”`);
  const what = kind === 'words' ? 'word' : 'character';
  return new HeadgateError(
    'unknown-character',
    `The text has ${count} ${what}${count === 1 ? '' : 's'} that the model’s vocabulary does not hold: ` +
      `${shown.join(', ')}${outside.size > shown.length ? ' and others' : ''}.`,
    `Leave ${count === 1 ? 'it' : 'them'} out, or name the vocabulary’s entry for unknown text in “tokenizer.unknown” of config.json.`,
  );
}
