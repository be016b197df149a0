/**
 * The tokenizer itself: files in, tokens with their readable text and their place in the input out. Knows no worker;
 * `tokenizer.ts` runs it in one, since a hostile file can keep it busy for ever.
 */
import { Tokenizer as Library } from '@huggingface/tokenizers';
import { AppError } from '../error.ts';
import type { Token } from '../runs/run.ts';
import { missingPiece, pieceBytes, readablePiece, type Spelling } from './pieces.ts';
import { alignSpans, type Surface } from './spans.ts';
import { badTokenizer, readTokenizerFiles, spellingOf, type TokenizerFiles } from './tokenizer-files.ts';

export class TokenizerCore {
  /** Readable text by id; null where the vocabulary has no piece. */
  readonly texts: readonly (string | null)[];
  readonly special: ReadonlySet<number>;
  readonly #library: Library;
  readonly #spelling: Spelling;
  /** Added tokens are spelt as they are. */
  readonly #literal: ReadonlySet<number>;
  /** Id for words outside the vocabulary, which the library leaves out for WordLevel models; null without one. */
  readonly #unknown: number | null;

  /** @throws AppError `no-tokenizer` or `bad-tokenizer` that names the file and the reason. */
  constructor(files: TokenizerFiles) {
    const { tokenizer, config } = readTokenizerFiles(files);
    try {
      this.#library = new Library(tokenizer, config);
    } catch (error) {
      throw badTokenizer(
        'tokenizer.json',
        `it can’t be used (${error instanceof Error ? error.message : error}).`,
        error,
      );
    }
    this.#spelling = spellingOf(tokenizer);
    const { unk_token: unknown } = tokenizer.model;
    this.#unknown = this.#library.model?.tokens_to_ids.get(String(unknown)) ?? null;
    this.#literal = new Set(tokenizer.added_tokens.map(({ id }) => id));
    this.special = new Set(
      tokenizer.added_tokens.filter(({ special }) => special === true).map(({ id }) => id),
    );
    const pieces = this.#library.model?.vocab ?? [];
    // Not map: ids without a piece are holes.
    this.texts = Array.from(pieces, (piece: string | undefined, id) =>
      piece === undefined ? null : readablePiece(piece, this.#spelling, this.#literal.has(id)),
    );
  }

  /**
   * The tokens of a text, with the special tokens that the model expects around it.
   * @throws AppError `no-token` for text that the vocabulary has no token for.
   */
  encode(text: string): Token[] {
    const { ids, tokens: pieces } = this.#library.encode(text);
    const inner = this.#library.encode(text, { add_special_tokens: false }).ids;
    const start = findWithin(ids, inner);
    const isInserted = (index: number) => index < start || index >= start + inner.length;
    const own = ids.map((_, index) => index).filter((index) => !isInserted(index));
    const spans = alignSpans(
      text,
      own.map((index) => this.#surface(ids[index], pieces[index] ?? '')),
    );
    const spanOf = new Map(own.map((index, place) => [index, spans[place] ?? null]));
    return ids.map((found: number | undefined, index) => {
      const id = found ?? this.#unknown;
      if (id === null)
        throw new AppError(
          'no-token',
          `The tokenizer has no token for ${JSON.stringify(pieces[index] ?? '')}, and none for unknown text.`,
          'Leave these characters out, or use the tokenizer that belongs to the model.',
        );
      return {
        id,
        text: this.texts[id] ?? missingPiece(id),
        span: spanOf.get(index) ?? null,
        special: this.special.has(id),
      };
    });
  }

  /** What a token of the text says: null for the unknown token, unless the library kept the words. */
  #surface(id: number | undefined, piece: string): Surface {
    const model = this.#library.model;
    if (id === undefined || (id === model?.unk_token_id && piece === model.unk_token)) return null;
    return pieceBytes(piece, this.#spelling, this.#literal.has(id));
  }
}

/** Where `inner` lies in `outer`; 0 when it does not. */
function findWithin(outer: readonly number[], inner: readonly number[]): number {
  for (let start = 0; start + inner.length <= outer.length; start++)
    if (inner.every((id, index) => outer[start + index] === id)) return start;
  return 0;
}
