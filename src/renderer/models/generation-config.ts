/** generation_config.json: where a text starts and ends, and what may be written. */
import { HeadgateError } from '../../common/error.ts';
import type { Config } from '../../common/configs/config.ts';
import { readSourceText } from './source-files.ts';
import type { WeightSource } from './weights.ts';

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
 * @throws HeadgateError `bad-config` naming the field; the signal's reason.
 */
export async function readGenerationConfig(
  source: WeightSource,
  defaults: Config,
  signal: AbortSignal,
): Promise<GenerationConfig> {
  const config: Config = { ...defaults, ...source.model.config };
  const file = source.model.files.find(({ name }) => name === 'generation_config.json');
  return parseGenerationConfig(config, file === undefined ? null : await readJson(source, file, signal));
}

/** As `readGenerationConfig`, from the contents of the two files; `own` is generation_config.json, null without one. */
function parseGenerationConfig(config: Config, own: Config | null): GenerationConfig {
  const file = own === null ? 'config.json' : 'generation_config.json';
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

async function readJson(
  source: WeightSource,
  file: WeightSource['model']['files'][number],
  signal: AbortSignal,
): Promise<Config> {
  const { name } = file;
  const text = await readSourceText(source, file, signal);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new HeadgateError('bad-config', `${name} is not valid JSON.`, 'Save or download the file again.', {
      cause: error,
    });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Config;
  throw new HeadgateError('bad-config', `${name} is not a JSON object.`, 'Save or download the file again.');
}

function bad(file: string, name: string, value: unknown, rule: string): HeadgateError {
  return new HeadgateError(
    'bad-config',
    `${file}: “${name}” is ${JSON.stringify(value)?.slice(0, 80)}; it must be ${rule}.`,
    'Save the model again with save_pretrained, or correct the field.',
  );
}
