import * as v from 'valibot';
import { HeadgateError } from '../error.ts';
import { issueWords } from '../issue-words.ts';

/** Sizes above this are mistakes. */
const LARGEST = 2 ** 27;

export const size = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(LARGEST));
/** What is expected of the files is listed layer by layer. */
export const layerCount = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000));
export const index = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(LARGEST));

/** A tensor's own name in the files, by the name that docs/custom-models.md gives it. */
export const TensorNames = v.optional(v.record(v.string(), v.string()), {});

const tokenizerFile = v.picklist(['tokenizer.json', 'source_tokenizer.json', 'target_tokenizer.json']);
const vocabularyFile = v.picklist(['vocab.txt', 'source_vocab.txt', 'target_vocab.txt']);

/** How text becomes tokens. */
export const TokenizerConfig = v.optional(
  v.variant('kind', [
    /** tokenizer.json, or another file of that form. */
    v.strictObject({ kind: v.literal('file'), file: v.optional(tokenizerFile, 'tokenizer.json') }),
    /** Characters or words, as the entries of `vocab` are; without that file, ids typed as numbers. What is given counts. */
    v.strictObject({
      kind: v.literal('auto'),
      vocab: v.optional(vocabularyFile, 'vocab.txt'),
      unknown: v.exactOptional(v.nullable(v.string())),
      lowercase: v.exactOptional(v.boolean()),
      start: v.exactOptional(v.nullable(v.string())),
      end: v.exactOptional(v.nullable(v.string())),
    }),
    /** One token a character; `vocab` is a file with one character a line; or the characters, or entries, themselves. */
    v.strictObject({
      kind: v.literal('characters'),
      vocab: v.optional(vocabularyFile, 'vocab.txt'),
      characters: v.optional(v.string()),
      entries: v.optional(v.array(v.string())),
      unknown: v.optional(v.nullable(v.string()), null),
      lowercase: v.optional(v.boolean(), false),
      start: v.optional(v.nullable(v.string()), null),
      end: v.optional(v.nullable(v.string()), null),
    }),
    /** Words and punctuation; `vocab` is a file with one word a line. */
    v.strictObject({
      kind: v.literal('words'),
      vocab: v.optional(vocabularyFile, 'vocab.txt'),
      entries: v.optional(v.array(v.string())),
      unknown: v.optional(v.nullable(v.string()), '<unk>'),
      lowercase: v.optional(v.boolean(), true),
      start: v.optional(v.nullable(v.string()), null),
      end: v.optional(v.nullable(v.string()), null),
    }),
  ]),
  { kind: 'file' },
);
export type TokenizerConfig = v.InferOutput<typeof TokenizerConfig>;

/** The vocabulary that config.json itself holds; null: a file does. */
export function entriesOf(config: TokenizerConfig): readonly string[] | null {
  if (config.kind === 'characters' && config.characters !== undefined) return [...config.characters];
  return config.kind === 'characters' || config.kind === 'words' ? (config.entries ?? null) : null;
}

/** The file that a tokenizer is read from; null: config.json holds its entries. */
export function tokenizerFileOf(config: TokenizerConfig): string | null {
  if (config.kind === 'file') return config.file;
  return entriesOf(config) === null ? config.vocab : null;
}

/** A file that a tokenizer is read from is not there. */
export function noVocabulary(model: string, file: string): HeadgateError {
  return new HeadgateError(
    'no-vocabulary',
    `${model}: config.json asks for the vocabulary “${file}”, which is not in the folder.`,
    'Put the file beside config.json, or correct “tokenizer” in it (docs/custom-models.md).',
  );
}

/**
 * A config checked against a schema.
 * @throws HeadgateError `bad-config` that names the offending field and says what it must be.
 */
export function parseConfig<Schema extends v.GenericSchema>(
  schema: Schema,
  config: unknown,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, config, { abortEarly: true });
  if (result.success) return result.output;
  const { field, problem } = issueWords(result.issues[0]);
  throw badConfig(field ?? 'model_type', problem);
}

/** `bad-config` about one field. */
export function badConfig(field: string, problem: string): HeadgateError {
  return new HeadgateError(
    'bad-config',
    `config.json: “${field}” ${problem}.`,
    'docs/custom-models.md describes every field, with examples.',
  );
}
