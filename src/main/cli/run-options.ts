/** Options that say what is run, the same for every command that runs a model. */
import type { CaptureGeneration, ViewsJob } from '../../common/contract.ts';
import { usageError, type Command, type Values } from './command.ts';

export const RUN_OPTIONS = {
  text: { type: 'string' },
  pair: { type: 'string' },
  target: { type: 'string' },
  window: { type: 'string' },
  generate: { type: 'string' },
  beams: { type: 'string' },
  temperature: { type: 'string' },
  'top-k': { type: 'string' },
  'top-p': { type: 'string' },
  seed: { type: 'string' },
} as const satisfies Command['options'];

/** What is run; without a text, the model's example. */
type RunRequest = Omit<ViewsJob, 'kind' | 'model'>;

/** @throws HeadgateError `usage` that names the option */
export function runRequest(values: Values): RunRequest {
  const text = word(values, 'text');
  const pair = word(values, 'pair');
  const target = word(values, 'target');
  const generate = generation(values);
  const window = windowOf(values);
  if (target !== null && generate !== null)
    throw usageError('--target gives the decoder its text, so nothing is generated: leave one of them out.');
  return {
    ...(window === null ? {} : { window }),
    ...(text === null ? {} : { text }),
    ...(pair === null ? {} : { pair }),
    ...(target === null ? {} : { target }),
    ...(generate === null ? {} : { generate }),
  };
}

function generation(values: Values): CaptureGeneration | null {
  const given = {
    maxTokens: whole(values, 'generate', 1),
    beams: whole(values, 'beams', 1),
    temperature: number(values, 'temperature', 'a number from 0 on', (value) => value >= 0),
    topK: whole(values, 'top-k', 1),
    topP: number(values, 'top-p', 'a number above 0, up to 1', (value) => value > 0 && value <= 1),
    seed: whole(values, 'seed', 0),
  };
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  if (entries.length === 0) return null;
  if (given.maxTokens === undefined && given.beams === undefined)
    throw usageError('--temperature, --top-k, --top-p and --seed are about --generate N: add it.');
  return Object.fromEntries(entries) as CaptureGeneration;
}

/** `--window N@K`: N tokens from token K of the text on; of a pair, of the second text. @throws HeadgateError `usage` */
function windowOf(values: Values): NonNullable<RunRequest['window']> | null {
  const given = word(values, 'window');
  if (given === null) return null;
  const [, size, at = '0'] = /^\s*(\d{1,9})(?:@(\d{1,9}))?\s*$/.exec(given) ?? [];
  if (size === undefined || Number(size) < 1)
    throw usageError(
      `--window is ${JSON.stringify(given.slice(0, 40))}; it must be N@K: N tokens from token K of the text on, such as 512@0.`,
    );
  return { size: Number(size), at: Number(at) };
}

/** An option's text; null: it is left out. */
export function word(values: Values, name: string): string | null {
  const value = values[name];
  return typeof value === 'string' ? value : null;
}

/** A whole number. @throws HeadgateError `usage` */
export function whole(values: Values, name: string, least: number): number | undefined {
  return number(
    values,
    name,
    `a whole number from ${least} on`,
    (value) => Number.isSafeInteger(value) && value >= least,
  );
}

/** @throws HeadgateError `usage` that says what is expected */
export function number(
  values: Values,
  name: string,
  rule: string,
  isAllowed: (value: number) => boolean,
): number | undefined {
  const given = word(values, name);
  if (given === null) return undefined;
  const value = given.trim() === '' ? NaN : Number(given);
  if (!Number.isFinite(value) || !isAllowed(value))
    throw usageError(`--${name} is ${JSON.stringify(given.slice(0, 40))}; it must be ${rule}.`);
  return value;
}
