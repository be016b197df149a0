/** The pieces of a GGUF file, what they are for, and their scores and merges. */
import { HeadgateError, isWhat, quote } from '../../error.ts';
import type { JsonBytes } from '../../json-bytes.ts';
import { PieceList } from '../../text/piece-list.ts';
import { DAMAGED } from './cursor.ts';
import type { Metadata, Value } from './metadata.ts';

/** What a piece is for (llama.cpp's llama_token_attr), by the number that stands in the file. */
const [UNKNOWN, CONTROL, USER_DEFINED] = [2, 3, 4];

/** The largest of today have 262,144. */
const MOST_PIECES = 300_000;

export class Vocabulary {
  readonly tokens: PieceList;
  readonly #kinds: Int32Array;
  #ids: ReadonlyMap<string, number> | null = null;

  /** @throws HeadgateError `bad-tokenizer` naming the list that is missing or too short. */
  constructor(
    readonly file: string,
    readonly metadata: Metadata,
  ) {
    const tokens = metadata.get('tokenizer.ggml.tokens');
    if (!(tokens instanceof PieceList) || tokens.length === 0)
      throw this.bad('tokens', tokens, 'a list of the pieces');
    if (tokens.length > MOST_PIECES)
      throw new HeadgateError(
        'bad-tokenizer',
        `${file}: its vocabulary has ${tokens.length} pieces; the limit is ${MOST_PIECES}.`,
        DAMAGED,
      );
    this.tokens = tokens;
    const kinds = metadata.get('tokenizer.ggml.token_type') ?? new Int32Array(tokens.length).fill(1);
    if (!(kinds instanceof Int32Array || kinds instanceof Uint32Array) || kinds.length !== tokens.length)
      throw this.bad('token_type', kinds, `a list of ${tokens.length} numbers, one for each piece`);
    this.#kinds = Int32Array.from(kinds);
  }

  /** Ids by piece, made once; of pieces that stand there twice the first counts. */
  ids(): ReadonlyMap<string, number> {
    return (this.#ids ??= this.idsOf((piece) => piece));
  }

  /** Ids by another spelling of the pieces. */
  idsOf(spelt: (piece: string) => string): ReadonlyMap<string, number> {
    const ids = new Map<string, number>();
    let id = 0;
    for (const token of this.tokens) {
      const piece = spelt(token);
      if (!ids.has(piece)) ids.set(piece, id);
      id++;
    }
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
        `${this.file}: the score of piece ${wrong}, ${quote(this.tokens.at(wrong) ?? '')}, is not finite.`,
        DAMAGED,
      );
    return scores;
  }

  merges(): PieceList {
    const merges = this.metadata.get('tokenizer.ggml.merges');
    if (!(merges instanceof PieceList)) throw this.bad('merges', merges, 'a list of pairs of pieces');
    return merges;
  }

  /** The text of a special token; null: there is none. */
  special(name: string): string | null {
    const id = this.metadata.get(`tokenizer.ggml.${name}_token_id`);
    return typeof id === 'number' ? this.tokens.at(id) : null;
  }

  unknownId(): number | null {
    const id = this.metadata.get('tokenizer.ggml.unknown_token_id');
    if (typeof id === 'number' && id < this.tokens.length) return id;
    const found = this.#kinds.indexOf(UNKNOWN);
    return found < 0 ? null : found;
  }

  unknown(): string | null {
    const id = this.unknownId();
    return id === null ? null : this.tokens.at(id);
  }

  /** Tokens that are looked for in a text before anything else. */
  *addedTokens() {
    for (const [id, kind] of this.#kinds.entries()) {
      const isSpecial = kind === CONTROL || kind === UNKNOWN;
      const content = isSpecial || kind === USER_DEFINED ? (this.tokens.at(id) ?? '') : '';
      const options = { single_word: false, lstrip: false, rstrip: false, normalized: false };
      if (content !== '') yield { id, content, ...options, special: isSpecial };
    }
  }

  /** Writes `{"piece": id, …}`. */
  writeIds(to: JsonBytes, ids: ReadonlyMap<string, number>): void {
    let mark = '{';
    for (const [piece, id] of ids) {
      to.raw(`${mark}${JSON.stringify(piece)}:${id}`);
      mark = ',';
    }
    to.raw(mark === '{' ? '{}' : '}');
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
