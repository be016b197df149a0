/** The options of `headgate capture` that say what is run and what is kept, read from the command line. */
import { CAPTURE_KINDS, type CaptureGeneration } from '../../common/contract.ts';
import type { CaptureRequest } from '../capture/capture-session.ts';
import { usageError, type Command, type Values } from './command.ts';

export const REQUEST_OPTIONS = {
  text: { type: 'string' },
  pair: { type: 'string' },
  target: { type: 'string' },
  generate: { type: 'string' },
  beams: { type: 'string' },
  temperature: { type: 'string' },
  'top-k': { type: 'string' },
  'top-p': { type: 'string' },
  seed: { type: 'string' },
  keep: { type: 'string' },
} as const satisfies Command['options'];

/**
 * What is to be captured.
 * @throws HeadgateError `usage` that names the option
 */
export function captureRequest(values: Values): CaptureRequest {
  const text = word(values, 'text');
  if (text === null) throw usageError('headgate capture needs a text: --text T.');
  const pair = word(values, 'pair');
  const target = word(values, 'target');
  const generate = generation(values);
  if (target !== null && generate !== null)
    throw usageError('--target gives the decoder its text, so nothing is generated: leave one of them out.');
  return {
    text,
    keep: kept(values),
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

function kept(values: Values): CaptureRequest['keep'] {
  const list = word(values, 'keep');
  if (list === null) return [...CAPTURE_KINDS];
  const names = list.split(',').map((name) => name.trim());
  return names.map((name) => {
    const kind = CAPTURE_KINDS.find((known) => known === name);
    if (kind === undefined)
      throw usageError(
        `--keep does not know ${JSON.stringify(name.slice(0, 40))}: it takes ${CAPTURE_KINDS.join(', ')}.`,
      );
    return kind;
  });
}

function word(values: Values, name: keyof typeof REQUEST_OPTIONS): string | null {
  const value = values[name];
  return typeof value === 'string' ? value : null;
}

function whole(values: Values, name: keyof typeof REQUEST_OPTIONS, least: number): number | undefined {
  return number(
    values,
    name,
    `a whole number from ${least} on`,
    (value) => Number.isSafeInteger(value) && value >= least,
  );
}

function number(
  values: Values,
  name: keyof typeof REQUEST_OPTIONS,
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
