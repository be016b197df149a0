/** generation_config.json: where a text starts and ends, and what may be written. */
import type { ModelDetail } from '../contract.ts';
import { HeadgateError, isWhat } from '../error.ts';
import { isObject } from '../json.ts';
import { readJsonFile, type ReadFile } from '../model-files.ts';
import type { Config } from './config.ts';

const FILE = 'generation_config.json';

/** What Transformers' generate() reads from the folder, checked. Lengths count the decoder's start token. */
export interface GenerationConfig {
  /** The decoder's first token; null: nobody says. */
  readonly start: number | null;
  /** Tokens that end a text. */
  readonly ends: readonly number[];
  readonly maxLength: number | null;
  readonly maxNewTokens: number | null;
  readonly minLength: number;
  readonly minNewTokens: number;
  /** Token after the start token; null: free. */
  readonly forcedFirst: number | null;
  /** Tokens that the last place of a text of the greatest length may have; empty: any. */
  readonly forcedEnds: readonly number[];
  /** Sequences that are never written. */
  readonly badWords: readonly (readonly number[])[];
  /** Sequences of this length are written once; 0: no such rule. */
  readonly noRepeat: number;
  /** Scores of tokens that are in the text are divided (negative ones: multiplied) by it; 1: no such rule. */
  readonly repetitionPenalty: number;
  /** Hypotheses are compared by log p / length^penalty. */
  readonly lengthPenalty: number;
  /** When a beam search stops: as soon as it has enough texts, by a guess (false), or when nothing better can come. */
  readonly earlyStopping: boolean | 'never';
}

/**
 * The settings of a model: generation_config.json where there is one, else what config.json says and the family's
 * defaults; start and end are looked for in both.
 * @throws HeadgateError `bad-config` naming the file and the field; as `read`
 */
export async function readGenerationConfig(
  model: ModelDetail,
  defaults: Config,
  read: ReadFile,
): Promise<GenerationConfig> {
  const own = await readJsonFile(model, FILE, read);
  if (own !== undefined && !isObject(own))
    throw new HeadgateError(
      'bad-config',
      `${FILE} is not a JSON object.`,
      'Save or download the file again.',
    );
  return parseGenerationConfig({ ...defaults, ...model.config }, own ?? null);
}

/**
 * The settings of an encoder-decoder, and the token that its decoder starts with.
 * @param outputs number of tokens that it writes with
 * @throws HeadgateError `bad-config` without one; as `readGenerationConfig`
 */
export async function readStart(
  model: ModelDetail,
  defaults: Config,
  outputs: number,
  read: ReadFile,
): Promise<{ readonly generation: GenerationConfig; readonly start: number }> {
  const generation = await readGenerationConfig(model, defaults, read);
  const { start } = generation;
  if (start === null)
    throw new HeadgateError(
      'bad-config',
      'config.json: “decoder_start_token_id” is missing; nothing says which token the decoder starts with.',
      'Add it to config.json; T5 starts with its padding token, 0.',
    );
  if (start >= outputs)
    throw new HeadgateError(
      'bad-config',
      `config.json: “decoder_start_token_id” is ${start}; it must be below ${outputs}, the number of tokens.`,
      'Correct the field, or check that config.json belongs to these weights.',
    );
  return { generation, start };
}

/** As `readGenerationConfig`, from the contents of the two files; `own` is generation_config.json, null without one. */
function parseGenerationConfig(config: Config, own: Config | null): GenerationConfig {
  const file = own === null ? 'config.json' : FILE;
  const rules = own ?? config;
  const either = (name: string) => own?.[name] ?? config[name];
  const whole = (name: string, value: unknown): number | null => {
    if (value === undefined || value === null) return null;
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value;
    throw bad(file, name, value, 'a whole number from 0 on');
  };
  const list = (name: string, value: unknown): number[] => {
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    return values.map((entry) => whole(name, entry)).filter((entry) => entry !== null);
  };
  const real = (name: string, otherwise: number): number => {
    const value = rules[name] ?? otherwise;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    throw bad(file, name, value, 'a number');
  };
  const early = rules['early_stopping'] ?? false;
  if (typeof early !== 'boolean' && early !== 'never')
    throw bad(file, 'early_stopping', early, 'true, false or “never”');
  const words = rules['bad_words_ids'] ?? [];
  if (!Array.isArray(words) || !words.every((entry) => Array.isArray(entry)))
    throw bad(file, 'bad_words_ids', words, 'a list of lists of token ids');
  const penalty = real('repetition_penalty', 1);
  if (penalty <= 0) throw bad(file, 'repetition_penalty', penalty, 'a number above 0');
  return {
    start: whole('decoder_start_token_id', either('decoder_start_token_id')),
    ends: list('eos_token_id', either('eos_token_id')),
    maxLength: whole('max_length', rules['max_length']),
    maxNewTokens: whole('max_new_tokens', rules['max_new_tokens']),
    minLength: whole('min_length', rules['min_length']) ?? 0,
    minNewTokens: whole('min_new_tokens', rules['min_new_tokens']) ?? 0,
    forcedFirst: whole('forced_bos_token_id', rules['forced_bos_token_id']),
    forcedEnds: list('forced_eos_token_id', rules['forced_eos_token_id']),
    badWords: words.map((entry) => list('bad_words_ids', entry)).filter(({ length }) => length > 0),
    noRepeat: whole('no_repeat_ngram_size', rules['no_repeat_ngram_size']) ?? 0,
    repetitionPenalty: penalty,
    lengthPenalty: real('length_penalty', 1),
    earlyStopping: early,
  };
}

function bad(file: string, name: string, value: unknown, rule: string): HeadgateError {
  return new HeadgateError(
    'bad-config',
    `${file}: “${name}” ${isWhat(value)}; it must be ${rule}.`,
    'Save the model again with save_pretrained, or correct the field.',
  );
}
