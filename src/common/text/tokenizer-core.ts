/**
 * The tokenizer itself: files in, tokens with their readable text and their place in the input out. Knows no worker;
 * The window runs it in one, since a hostile file can keep it busy for ever.
 */
import { HeadgateError } from '../error.ts';
import type { Token } from './token.ts';
import { AddedTokens, type AddedToken, type Section } from './added-tokens.ts';
import { alignPieces } from './align.ts';
import type { ChatTemplate, RenderedChat } from './chat.ts';
import { withCharacters } from './byte-characters.ts';
import { charactersOf, stretchOf, textOf, type Characters } from './characters.ts';
import type { PieceIds } from './marian-files.ts';
import { checkTokens } from './limits.ts';
import { createModel, type PieceModel } from './model.ts';
import { createNormalizer, type Normalizer } from './normalize.ts';
import { patternOf } from './pattern.ts';
import { byteName, missingPiece, readablePiece, type Spelling } from './pieces.ts';
import { createPreTokenizer, type PreTokenizer } from './pre-tokenize.ts';
import { createTemplate, type Template, type TemplateItem } from './template.ts';
import {
  badTokenizer,
  readTokenizerFiles,
  maskOf,
  sentenceOf,
  spellingOf,
  stepsOf,
  type TokenizerFiles,
  type TokenizerSource,
} from './tokenizer-files.ts';

/** The steps of a tokenizer; what changes and cuts the text knows where things come from. */
interface Steps {
  /** Found before and after the normalizer. */
  readonly added: AddedTokens;
  readonly addedAfter: AddedTokens;
  readonly normalize: Normalizer;
  readonly preTokenize: PreTokenizer;
  readonly model: PieceModel;
  readonly template: Template;
}

/** A chat with one message of the user's, and its tokens. */
export interface ChatPrompt extends RenderedChat {
  readonly tokens: readonly Token[];
}

interface TokenizerNumbers {
  readonly type: string;
  readonly vocabulary: number;
  readonly size: number;
  readonly notes: readonly string[];
}

/** A token of the text itself. */
interface Piece {
  readonly id: number;
  readonly span: readonly [number, number] | null;
  readonly unknown: boolean;
}

export class TokenizerCore {
  /** Readable text by id; null where the vocabulary has no piece. */
  readonly texts: readonly (string | null)[];
  readonly special: ReadonlySet<number>;
  /** Where its tokens differ from the Rust library's, a sentence each. */
  readonly notes: readonly string[];
  /** The token that hides a word; null: there is none. */
  readonly mask: number | null;
  readonly #steps: Steps;
  readonly #spelling: Spelling;
  readonly #chat: ChatTemplate | null;
  /** The file that the vocabulary comes from. */
  readonly #file: string;
  /** Id of what is outside the vocabulary; null without one. */
  readonly #unknown: number | null;
  /** From a file of their own; null: the model's. */
  readonly #given: PieceIds | null;

  /** @throws HeadgateError `no-tokenizer` or `bad-tokenizer` that names the file and the reason. */
  constructor(files: TokenizerFiles) {
    const source = readTokenizerFiles(files);
    const { tokenizer } = source;
    this.#file = source.file;
    try {
      this.#steps = createSteps(source);
    } catch (error) {
      throw badTokenizer(source.file, sentenceOf(error), error);
    }
    this.#spelling = spellingOf(tokenizer);
    this.#chat = source.chat;
    this.notes = dropoutNotes(source);
    const { model } = this.#steps;
    this.#given = source.ids ?? null;
    this.#unknown = this.#given?.unknown ?? model.ids.get(model.unknown ?? '') ?? null;
    const added = tokenizer.added_tokens;
    const literal = new Set(added.map(({ id }) => id));
    this.special = new Set(added.filter(({ special }) => special === true).map(({ id }) => id));
    const mask = maskOf(source);
    this.mask = added.find(({ content }) => content === mask)?.id ?? null;
    // Not map: ids without a piece are holes.
    const byId = piecesById(this.#given?.byPiece ?? model.ids, this.#given === null ? added : []);
    this.texts = Array.from(byId, (piece: string | undefined, id) =>
      piece === undefined ? null : readablePiece(piece, this.#spelling, literal.has(id)),
    );
  }

  /**
   * The tokens of a text, or of a pair of texts, with the special tokens that the model expects around it.
   * @throws HeadgateError `no-token` for text that the vocabulary has no token for.
   */
  encode(text: string, pair?: string): Token[] {
    return this.#told(() => this.#encode(text, pair));
  }

  #encode(text: string, pair: string | undefined): Token[] {
    const { template } = this.#steps;
    const first = this.#pieces(text);
    const second = pair === undefined ? [] : this.#pieces(pair);
    const items = pair === undefined ? template.single : template.pair();
    const lengths = { token: 1, text: first.length, pair: second.length };
    checkTokens(items.reduce((sum, { kind }) => sum + lengths[kind], 0));
    return withCharacters(
      items.flatMap((item) => {
        if (item.kind === 'token') return [this.#token({ id: item.id, span: null, unknown: false }, item)];
        return (item.kind === 'text' ? first : second).map((piece) => this.#token(piece, item));
      }),
    );
  }

  /** What it is, in numbers: the kind of its model, how many tokens it has, and what all ids are below. */
  get facts(): TokenizerNumbers {
    const type = this.#given === null ? this.#steps.model.kind : 'SentencePiece';
    const vocabulary = this.texts.filter((text) => text !== null).length;
    return { type, vocabulary, size: this.texts.length, notes: this.notes };
  }

  /** The model has a chat template. */
  get hasChat(): boolean {
    return this.#chat !== null;
  }

  /**
   * A message as the model's chat template writes it. The template puts all special tokens there, so none are added.
   * @throws HeadgateError `bad-chat-template`, or as `encode`.
   */
  chat(message: string): ChatPrompt {
    if (this.#chat === null) throw new Error('The model has no chat template.');
    const rendered = this.#chat.render(message);
    const item = { kind: 'text', segment: 0 } as const;
    const pieces = this.#told(() => this.#pieces(rendered.text));
    return { ...rendered, tokens: withCharacters(pieces.map((piece) => this.#token(piece, item))) };
  }

  /** What a file's rules do that nobody foresaw (an expression that is too large, a stack that ends) is told of the file. */
  #told<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      if (error instanceof HeadgateError) throw error;
      throw badTokenizer(this.#file, `it fails for this text: ${sentenceOf(error)}`, error);
    }
  }

  #token({ id, span, unknown }: Piece, { kind, segment }: TemplateItem): Token {
    return {
      id,
      text: this.texts[id] ?? missingPiece(id),
      span,
      special: this.special.has(id),
      ...(segment === 0 ? {} : { segment: 1 }),
      ...(unknown ? { unknown } : {}),
      ...(id === this.mask ? { mask: true } : {}),
      ...(kind === 'pair' ? { ofPair: true } : {}),
    };
  }

  #pieces(text: string): Piece[] {
    const { added, addedAfter, normalize } = this.#steps;
    const inside = (section: Section) =>
      section.token === null
        ? this.#plain(section.characters)
        : [addedPiece(section.token, section.characters)];
    const pieces = added
      .split(charactersOf(text))
      .flatMap((section) =>
        section.token === null
          ? this.#afterCode(section.characters, (rest) => addedAfter.split(normalize(rest)).flatMap(inside))
          : inside(section),
      );
    return withMarks(text, pieces);
  }

  /** A code that the text begins with is one piece; `encode` sees the rest. */
  #afterCode(characters: Characters, encode: (rest: Characters) => Piece[]): Piece[] {
    const code = this.#given?.leading.exec(textOf(characters))?.[0];
    if (code === undefined) return encode(characters);
    const { length } = [...code];
    return [this.#piece(code, characters.slice(0, length)), ...encode(characters.slice(length))];
  }

  /** Text without added tokens. */
  #plain(characters: Characters): Piece[] {
    const { model, preTokenize } = this.#steps;
    const isUnknown = (piece: string) => piece === model.unknown && model.kind !== 'Unigram';
    let count = 0;
    return preTokenize(characters).flatMap((preToken) => {
      if (preToken.length === 0) return [];
      const names = this.#withBytes(model.cut(textOf(preToken)));
      checkTokens((count += names.length));
      const stretches = alignPieces(preToken, names, this.#spelling, isUnknown);
      return names.map((name, index) => this.#piece(name, stretches[index] ?? []));
    });
  }

  /** Characters that a Unigram vocabulary lacks as bytes, where it falls back on them. */
  #withBytes(names: readonly string[]): readonly string[] {
    const { model } = this.#steps;
    if (!this.#spelling.byteFallback || model.kind !== 'Unigram') return names;
    return names.flatMap((name) => {
      if (model.ids.has(name)) return [name];
      const bytes = Array.from(new TextEncoder().encode(name), byteName);
      const isSpelt = this.#given !== null || bytes.every((byte) => model.ids.has(byte));
      return isSpelt ? bytes : [name];
    });
  }

  #piece(name: string, characters: Characters): Piece {
    const ids = this.#given?.byPiece ?? this.#steps.model.ids;
    const id = ids.get(name) ?? this.#unknown;
    if (id === null)
      throw new HeadgateError(
        'no-token',
        `The tokenizer has no token for ${JSON.stringify(name)}, and none for unknown text.`,
        'Leave these characters out, or use the tokenizer that belongs to the model.',
      );
    const stretch = stretchOf(characters);
    return { id, span: stretch && [stretch.from, stretch.to], unknown: id === this.#unknown };
  }
}

function createSteps({ tokenizer, ids }: TokenizerSource): Steps {
  // Tokens are shown by their pieces; a decoder is only looked through.
  for (const { pattern } of stepsOf(tokenizer['decoder'])) if (pattern !== undefined) patternOf(pattern);
  const model = createModel(tokenizer.model);
  const normalize = createNormalizer(tokenizer['normalizer']);
  const isAfter = ({ normalized, special }: AddedToken) => normalized ?? special !== true;
  return {
    added: new AddedTokens(
      tokenizer.added_tokens.filter((token) => !isAfter(token)),
      ({ content }) => content,
    ),
    addedAfter: new AddedTokens(tokenizer.added_tokens.filter(isAfter), ({ content }) =>
      textOf(normalize(charactersOf(content))),
    ),
    normalize,
    preTokenize: createPreTokenizer(tokenizer['pre_tokenizer']),
    model,
    template: createTemplate(
      tokenizer['post_processor'],
      (piece) =>
        ids?.byPiece.get(piece) ??
        tokenizer.added_tokens.find(({ content }) => content === piece)?.id ??
        model.ids.get(piece),
    ),
  };
}

/** Merges that are left out by chance, as in training: one text would have other tokens each time. */
function dropoutNotes({ file, tokenizer }: TokenizerSource): string[] {
  const { type, dropout } = tokenizer.model;
  if (type !== 'BPE' || typeof dropout !== 'number' || dropout === 0) return [];
  return [
    `${file} has “model.dropout” ${dropout}, with which tokenizers leaves out merges at random; here all merges are made, so that a text has the same tokens each time.`,
  ];
}

function addedPiece({ id }: AddedToken, characters: Characters): Piece {
  const stretch = stretchOf(characters);
  return { id, span: stretch && [stretch.from, stretch.to], unknown: false };
}

/** Accents that the tokenizer dropped belong to the character that they stand on. */
function withMarks(text: string, pieces: readonly Piece[]): Piece[] {
  return pieces.map((piece, index) => {
    if (piece.span === null) return piece;
    const [from, to] = piece.span;
    const next =
      pieces.slice(index + 1, index + 2).find(({ span }) => span !== null)?.span?.[0] ?? text.length;
    const marks = /^\p{M}*/u.exec(text.slice(to, Math.max(to, next)))?.[0].length ?? 0;
    return marks === 0 ? piece : { ...piece, span: [from, to + marks] };
  });
}

/** Ids without a piece are holes. */
function piecesById(ids: ReadonlyMap<string, number>, added: readonly AddedToken[]): string[] {
  const pieces: string[] = [];
  for (const [piece, id] of ids) pieces[id] = piece;
  for (const { content, id } of added) pieces[id] = content;
  return pieces;
}
