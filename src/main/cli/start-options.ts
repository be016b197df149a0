import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathError } from '../files/system-error.ts';
import { usageError, type Values } from './command.ts';
import { isSession } from './session-slot.ts';

/** What the window begins with. */
export interface StartOptions {
  readonly model: string | null;
  /** Further models, each in a slot of its own. */
  readonly beside: readonly string[];
  /** Path of a session; null: none. */
  readonly session: string | null;
  /** The window as it was last is brought back; left out: unless a model is named. */
  readonly restores?: boolean;
}

/** The option that begins a window afresh. */
export const FRESH = { fresh: { type: 'boolean' } } as const;

/**
 * Reads what was named: models, or one session.
 * @throws HeadgateError `usage`; `unreadable` for a session that is not there
 */
export function startOf(model: string | null, beside: readonly string[], values: Values): StartOptions {
  const restores = values['fresh'] === true ? { restores: false } : {};
  if (model !== null && isSession(model) && beside.length === 0)
    return { model: null, beside: [], session: fileOf(model), ...restores };
  if ([model ?? '', ...beside].some(isSession))
    throw usageError('A session is opened alone: name it without models.');
  return { model, beside, session: null, ...restores };
}

/** A mistyped name opens nothing; what else is wrong with a file is told in the window. */
function fileOf(session: string): string {
  const path = resolve(session);
  try {
    statSync(path);
  } catch (error) {
    throw pathError(path, error);
  }
  return path;
}
