/** The options of `headgate capture` that say what is run and what is kept, read from the command line. */
import { CAPTURE_KINDS } from '../../common/contract.ts';
import type { CaptureRequest } from '../jobs/capture-session.ts';
import { usageError, type Command, type Values } from './command.ts';
import { RUN_OPTIONS, runRequest, word } from './run-options.ts';

export const CAPTURE_OPTIONS = {
  ...RUN_OPTIONS,
  keep: { type: 'string' },
} as const satisfies Command['options'];

/**
 * What is to be captured.
 * @throws HeadgateError `usage` that names the option
 */
export function captureRequest(values: Values): CaptureRequest {
  const { text, ...run } = runRequest(values);
  if (text === undefined) throw usageError('headgate capture needs a text: --text T.');
  return { kind: 'capture', text, keep: kept(values), ...run };
}

/**
 * What is captured of each of many texts.
 * @throws HeadgateError `usage` that names the option
 */
export function textsRequest(values: Values): Omit<CaptureRequest, 'text'> {
  const { text, ...run } = runRequest(values);
  if (text !== undefined) throw usageError('--text is one text and --texts a file of them: leave one out.');
  return { kind: 'capture', keep: kept(values), ...run };
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
