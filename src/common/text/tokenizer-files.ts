/** From a folder's tokenizer files to what the library takes, checked: each broken rule is an error that names the file. */
import { HeadgateError, isWhat, quote } from '../error.ts';
import type { AddedToken } from './added-tokens.ts';
import { findChatTemplate, type ChatTemplate } from './chat.ts';
import { isObject, parseJson, type Json } from '../json.ts';
import { checkModel, kindOf } from './model-schema.ts';
import { marianTokenizer, type PieceIds } from './marian-files.ts';
import type { Spelling } from './pieces.ts';
import { SENTENCEPIECE_FILES, sentencepieceTokenizer } from './sentencepiece-files.ts';
import { withStepTypes } from './step-types.ts';
import { isTiktoken, tiktokenTokenizer } from './tiktoken-files.ts';
import { checkAsRustReads } from './tokenizer-numbers.ts';
import { checkTokenizerJson } from './tokenizer-schema.ts';
import { byteLevelTokenizer, wordPieceTokenizer, type VocabularyFolder } from './vocabulary-files.ts';

/** Contents of tokenizer files by name, sentencepiece's models as bytes, and config.json of the model. */
export type TokenizerFiles = Readonly<Record<string, string | Uint8Array>>;
type Texts = Readonly<Record<string, string>>;

/** The checked contents of tokenizer.json; only what Headgate itself reads is spelt out. */
export interface TokenizerJson extends Json {
  readonly added_tokens: readonly AddedToken[];
  readonly model: Json;
}

export interface TokenizerSource {
  readonly tokenizer: TokenizerJson;
  readonly config: Json;
  /** Null: the model has none. */
  readonly chat: ChatTemplate | null;
  /** The file that the vocabulary comes from. */
  readonly file: string;
  /** Ids that are not the places in the model's list; left out: they are. */
  readonly ids?: PieceIds;
}

/** Ids above this are taken for damage: the tables by id would not fit. */
const MOST_IDS = 2 ** 22;
/** Characters of an added token, which is looked for in every text. */
const LONGEST_TOKEN = 2 ** 14;
/** A tokenizer in one file; a translation may have one for each side. */
const WHOLE: readonly string[] = ['tokenizer.json', 'source_tokenizer.json', 'target_tokenizer.json'];
const HINT =
  'Get the file anew, or save the tokenizer again with Transformers: tokenizer.save_pretrained(folder).';

/** The error for a tokenizer that can't be used; `reason` goes on from “tokenizer.json: ”. */
export function badTokenizer(file: string, reason: string, cause?: unknown): HeadgateError {
  return new HeadgateError('bad-tokenizer', `${file}: ${reason}`, HINT, cause === undefined ? {} : { cause });
}

/** What an error says, as a sentence that goes on from “tokenizer.json: ”. */
export function sentenceOf(error: unknown): string {
  const { message } = error instanceof Error ? error : new Error(String(error));
  if (/call stack|stack overflow|too much recursion/i.test(message)) return 'a rule in it goes too deep.';
  return /[.…]$/.test(message) ? message : `${message}.`;
}

/**
 * Parses and checks the files.
 * @throws HeadgateError `no-tokenizer` without a file that it knows; `bad-tokenizer` naming the file and the rule.
 */
export function readTokenizerFiles(all: TokenizerFiles): TokenizerSource {
  const isText = (entry: [string, unknown]): entry is [string, string] => typeof entry[1] === 'string';
  const files: Texts = Object.fromEntries(Object.entries(all).filter(isText));
  const config = parseObject('tokenizer_config.json', files['tokenizer_config.json'] ?? '{}');
  const specialTokens = parseObject('special_tokens_map.json', files['special_tokens_map.json'] ?? '{}');
  const { file, json, ids } = readVocabulary(all, files, config, specialTokens);
  const model = json['model'];
  if (!isObject(model)) throw badTokenizer(file, 'it has no “model” with a vocabulary.');
  if (isObject(model['vocab'])) checkIds(file, model['vocab'], '“model.vocab”');
  const isWhole = WHOLE.includes(file);
  const added = addedTokens(file, json['added_tokens'], isWhole ? 2 ** 32 : MOST_IDS);
  return {
    config,
    chat: findChatTemplate(files, config, specialTokens),
    file,
    ...(ids && { ids }),
    tokenizer: {
      // Files leave out those that are null.
      normalizer: null,
      pre_tokenizer: null,
      post_processor: null,
      decoder: null,
      ...json,
      model: { ...model, type: kindOf(model) },
      added_tokens: isWhole ? numbered(added, model['vocab']) : added,
    },
  };
}

interface Vocabulary {
  readonly json: Json;
  readonly ids?: PieceIds;
}

/** tokenizer.json, or one that is made of the older files. */
function readVocabulary(
  all: TokenizerFiles,
  files: Texts,
  config: Json,
  specialTokens: Json,
): Vocabulary & { readonly file: string } {
  const { 'vocab.json': vocab, 'merges.txt': merges, 'vocab.txt': list } = files;
  const optional = (name: string) => parseObject(name, files[name] ?? '{}');
  const folder: VocabularyFolder = {
    config: optional('config.json'),
    tokenizerConfig: config,
    specialTokens,
    addedTokens: optional('added_tokens.json'),
  };
  const make = (file: string, create: () => Vocabulary) => {
    try {
      return { file, ...create() };
    } catch (error) {
      if (error instanceof HeadgateError) throw error;
      throw badTokenizer(file, sentenceOf(error), error);
    }
  };
  const whole = WHOLE.find((name) => files[name] !== undefined);
  if (whole !== undefined)
    return make(whole, () => {
      const json = withStepTypes(parseObject(whole, files[whole] ?? '', checkAsRustReads));
      checkTokenizerJson(json);
      return { json };
    });
  if (vocab !== undefined && merges !== undefined)
    return make('vocab.json', () => {
      const json = byteLevelTokenizer(parseObject('vocab.json', vocab), merges, folder);
      checkModel(json['model'], 'model');
      return { json };
    });
  if (list !== undefined) return make('vocab.txt', () => ({ json: wordPieceTokenizer(list, folder) }));
  for (const [file, bytes] of Object.entries(all)) {
    const isTokens = file.endsWith('.tiktoken');
    if (!(bytes instanceof Uint8Array) || !(isTokens || SENTENCEPIECE_FILES.includes(file))) continue;
    const read = isTokens || isTiktoken(bytes) ? tiktokenTokenizer : sentencepieceTokenizer;
    return make(file, () => ({ json: read(bytes, folder) }));
  }
  for (const file of ['source.spm', 'target.spm']) {
    const bytes = all[file];
    if (!(bytes instanceof Uint8Array)) continue;
    const isSeparate = file === 'target.spm' && config['separate_vocabs'] === true;
    const name = isSeparate ? 'target_vocab.json' : 'vocab.json';
    if (files[name] === undefined)
      throw badTokenizer(file, `${name} must stand beside it, with the ids of its pieces.`);
    const ids = optional(name);
    checkIds(name, ids, 'it');
    return make(file, () => marianTokenizer(bytes, { name, ids }, folder));
  }
  throw new HeadgateError(
    'no-tokenizer',
    'The model has no tokenizer.json, tokenizer.model or vocab.txt, and no vocab.json with merges.txt or with source.spm and target.spm, so text can’t be turned into its tokens.',
    'Put the tokenizer.json of the model beside its weights: its page on the Hub has it, and Transformers writes it with tokenizer.save_pretrained(folder).',
  );
}

/** @param check refuses more than a reader of JSON */
function parseObject(file: string, text: string, check?: (all: string) => void): Json {
  let value: unknown;
  try {
    value = parseJson(text);
    check?.(text);
  } catch (error) {
    throw badTokenizer(file, `it ${sentenceOf(error)}`, error);
  }
  if (!isObject(value)) throw badTokenizer(file, 'it does not hold a JSON object.');
  return value;
}

function checkIds(file: string, ids: Json, what: string): void {
  const wrong = Object.entries(ids).find(([, id]) => !isId(id));
  if (wrong !== undefined)
    throw badTokenizer(
      file,
      `${what} gives ${quote(wrong[0])} an id that ${isWhat(wrong[1])}; it must be a whole number below ${MOST_IDS}.`,
    );
}

function isId(value: unknown, limit = MOST_IDS): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < limit;
}

function addedTokens(file: string, value: unknown, limit: number): TokenizerJson['added_tokens'] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw badTokenizer(file, `“added_tokens” ${isWhat(value)}; it must be a list.`);
  const isToken = (token: unknown) =>
    isObject(token) && isId(token['id'], limit) && typeof token['content'] === 'string';
  const wrong = value.findIndex((token) => !isToken(token));
  if (wrong >= 0)
    throw badTokenizer(
      file,
      `“added_tokens[${wrong}]” must be a token with a “content” and an “id” below ${limit}.`,
    );
  const long = value.findIndex((token: AddedToken) => token.content.length > LONGEST_TOKEN);
  if (long >= 0)
    throw badTokenizer(
      file,
      `“added_tokens[${long}].content” has more than ${LONGEST_TOKEN.toLocaleString('en-US')} characters.`,
    );
  return (value as TokenizerJson['added_tokens']).filter(({ content }) => content !== '');
}

/**
 * The ids that the Rust library gives: the vocabulary's where it has the token, else the next ones after it, in the order
 * of the list. The ids in the file are not read.
 */
function numbered(tokens: readonly AddedToken[], vocab: unknown): AddedToken[] {
  const ids = new Map<string, number>(
    Array.isArray(vocab)
      ? vocab.map(([piece]: readonly [string], id) => [piece, id])
      : Object.entries(vocab as Record<string, number>),
  );
  const size = Array.isArray(vocab) ? vocab.length : ids.size;
  let last = -1;
  return tokens.map((token) => {
    const id = ids.get(token.content) ?? Math.max(size, last + 1);
    ids.set(token.content, id);
    last = Math.max(last, id);
    return { ...token, id };
  });
}

/** What the tokenizer calls the token that hides a word; null: it has none. */
export function maskOf({ tokenizer, config }: TokenizerSource): string | null {
  const { mask_token: given } = config;
  const named = isObject(given) ? given['content'] : given;
  if (typeof named === 'string') return named;
  const usual = tokenizer.added_tokens.find(
    ({ content, special }) => special === true && ['[MASK]', '<mask>'].includes(content),
  );
  return usual?.content ?? null;
}

/** How the vocabulary spells its pieces: by the decoder's steps, else by the pre-tokenizer's. */
export function spellingOf(tokenizer: TokenizerJson): Spelling {
  const steps = [...stepsOf(tokenizer['decoder']), ...stepsOf(tokenizer['pre_tokenizer'])];
  const types = new Set(steps.map((step) => step['type']));
  const model = tokenizer.model;
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null);
  const metaspace = steps.find((step) => step['type'] === 'Metaspace');
  const replaces = steps.find(
    (step) => step['type'] === 'Replace' && isObject(step['pattern']) && step['content'] === ' ',
  );
  const replaced = isObject(replaces?.['pattern']) ? text(replaces['pattern']['String']) : null;
  return {
    byteLevel: types.has('ByteLevel'),
    spaceMark: metaspace === undefined ? replaced : (text(metaspace['replacement']) ?? '▁'),
    byteFallback: model['byte_fallback'] === true || types.has('ByteFallback'),
    continuation: text(model['continuing_subword_prefix']),
    wordEnd: text(model['end_of_word_suffix']),
  };
}

/** A pre-tokenizer or decoder with the steps inside it. */
export function stepsOf(value: unknown): Json[] {
  if (!isObject(value)) return [];
  const inner = [value['decoders'], value['pretokenizers']].filter((list) => Array.isArray(list));
  return [value, ...inner.flat().flatMap(stepsOf)];
}
