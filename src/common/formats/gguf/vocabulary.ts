/** The pieces of a GGUF file, what they are for, and their scores and merges. */
import { HeadgateError, isWhat, quote } from '../../error.ts';
import { DAMAGED } from './cursor.ts';
import type { Metadata, Value } from './metadata.ts';

/** What a piece is for (llama.cpp's llama_token_attr), by the number that stands in the file. */
const [UNKNOWN, CONTROL, USER_DEFINED] = [2, 3, 4];

export class Vocabulary {
  readonly tokens: readonly string[];
  readonly #kinds: Int32Array;
  #ids: Readonly<Record<string, number>> | null = null;

  /** @throws HeadgateError `bad-tokenizer` naming the list that is missing or too short. */
  constructor(
    readonly file: string,
    readonly metadata: Metadata,
  ) {
    const tokens = metadata.get('tokenizer.ggml.tokens');
    if (!isTexts(tokens) || tokens.length === 0) throw this.bad('tokens', tokens, 'a list of the pieces');
    this.tokens = tokens;
    const kinds = metadata.get('tokenizer.ggml.token_type') ?? new Int32Array(tokens.length).fill(1);
    if (!(kinds instanceof Int32Array || kinds instanceof Uint32Array) || kinds.length !== tokens.length)
      throw this.bad('token_type', kinds, `a list of ${tokens.length} numbers, one for each piece`);
    this.#kinds = Int32Array.from(kinds);
  }

  /** Ids by piece, made once; of pieces that stand there twice the first counts. */
  ids(): Readonly<Record<string, number>> {
    return (this.#ids ??= this.idsOf((piece) => piece));
  }

  /** Ids by another spelling of the pieces. */
  idsOf(spelt: (piece: string) => string): Readonly<Record<string, number>> {
    const ids: Record<string, number> = Object.create(null) as Record<string, number>;
    for (const [id, token] of this.tokens.entries()) ids[spelt(token)] ??= id;
    return ids;
  }

  scores(): Float32Array {
    const scores = this.metadata.get('tokenizer.ggml.scores');
    if (!(scores instanceof Float32Array) || scores.length !== this.tokens.length)
      throw this.bad('scores', scores, `a list of ${this.tokens.length} numbers, one for each piece`);
    const wrong = scores.findIndex((score) => !Number.isFinite(score));
    if (wrong >= 0)
      throw new HeadgateError(
        'bad-tokenizer',
        `${this.file}: the score of piece ${wrong}, ${quote(this.tokens[wrong] ?? '')}, is not finite.`,
        DAMAGED,
      );
    return scores;
  }

  merges(): readonly string[] {
    const merges = this.metadata.get('tokenizer.ggml.merges');
    if (!isTexts(merges)) throw this.bad('merges', merges, 'a list of pairs of pieces');
    return merges;
  }

  /** The text of a special token; null: there is none. */
  special(name: string): string | null {
    const id = this.metadata.get(`tokenizer.ggml.${name}_token_id`);
    return typeof id === 'number' ? (this.tokens[id] ?? null) : null;
  }

  unknownId(): number | null {
    const id = this.metadata.get('tokenizer.ggml.unknown_token_id');
    if (typeof id === 'number' && id < this.tokens.length) return id;
    const found = this.#kinds.indexOf(UNKNOWN);
    return found < 0 ? null : found;
  }

  unknown(): string | null {
    const id = this.unknownId();
    return id === null ? null : (this.tokens[id] ?? null);
  }

  /** Tokens that are looked for in a text before anything else. */
  addedTokens() {
    return this.tokens.flatMap((content, id) => {
      const kind = this.#kinds[id];
      const isSpecial = kind === CONTROL || kind === UNKNOWN;
      if (content === '' || (!isSpecial && kind !== USER_DEFINED)) return [];
      const options = { single_word: false, lstrip: false, rstrip: false, normalized: false };
      return [{ id, content, ...options, special: isSpecial }];
    });
  }

  private bad(name: string, value: Value | undefined, wanted: string): HeadgateError {
    const isList = typeof value === 'object';
    const given = isList ? `has ${value.length} values` : isWhat(value);
    return new HeadgateError(
      'bad-tokenizer',
      `${this.file}: “tokenizer.ggml.${name}” ${given}; it must be ${wanted}.`,
      DAMAGED,
    );
  }
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value);
}
