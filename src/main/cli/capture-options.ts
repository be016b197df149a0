/** The options of `headgate capture` that say what is run and what is kept, read from the command line. */
import { ANALYSED_KINDS, CAPTURE_KINDS, MOST_TOP } from '../../common/contract.ts';
import type { CaptureRequest } from '../jobs/capture-session.ts';
import { usageError, type Command, type Values } from './command.ts';
import { number, RUN_OPTIONS, runRequest, word } from './run-options.ts';

export const CAPTURE_OPTIONS = {
  ...RUN_OPTIONS,
  keep: { type: 'string' },
  top: { type: 'string' },
} as const satisfies Command['options'];

/**
 * What is to be captured.
 * @throws HeadgateError `usage` that names the option
 */
export function captureRequest(values: Values): CaptureRequest {
  const { text, ...run } = runRequest(values);
  if (text === undefined) throw usageError('headgate capture needs a text: --text T.');
  return { kind: 'capture', text, ...whatIsKept(values), ...run };
}

function isTop(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= MOST_TOP;
}

/**
 * What is captured of each of many texts.
 * @throws HeadgateError `usage` that names the option
 */
export function textsRequest(values: Values): Omit<CaptureRequest, 'text'> {
  const { text, ...run } = runRequest(values);
  if (text !== undefined) throw usageError('--text is one text and --texts a file of them: leave one out.');
  return { kind: 'capture', ...whatIsKept(values), ...run };
}

function whatIsKept(values: Values): Pick<CaptureRequest, 'keep' | 'top'> {
  const keep = kept(values);
  const top = number(values, 'top', `a whole number from 1 to ${MOST_TOP}`, isTop);
  if (top !== undefined && !keep.includes('lens'))
    throw usageError('--top is about the lens: add --keep lens.');
  return { keep, ...(top === undefined ? {} : { top }) };
}

function kept(values: Values): CaptureRequest['keep'] {
  const list = word(values, 'keep');
  if (list === null) return CAPTURE_KINDS.filter((kind) => !ANALYSED_KINDS.includes(kind));
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
