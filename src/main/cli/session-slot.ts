import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import * as v from 'valibot';
import { SLOT_LETTERS, type FigureJob } from '../../common/contract.ts';
import { issueWords } from '../../common/issue-words.ts';
import { isObject, parseJson } from '../../common/json.ts';
import { HeadgateError, quote } from '../../common/error.ts';
import { opaqueId } from '../files/grant.ts';
import { pathError } from '../files/system-error.ts';
import { configFolder } from '../library/config-folder.ts';
import { Recents } from '../library/recents.ts';
import { usageError } from './command.ts';

/** What the command line must know of a session; the renderer reads the rest. */
const SessionSchema = v.looseObject({
  active: v.picklist(SLOT_LETTERS),
  slots: v.array(
    v.looseObject({
      letter: v.picklist(SLOT_LETTERS),
      model: v.nullable(v.looseObject({ id: v.string(), name: v.string() })),
    }),
  ),
});

/** The model of one of a session's slots, and the session for the job. */
export interface SessionSlot {
  /** A path, or the name of a bundled model. */
  readonly model: string;
  readonly session: NonNullable<FigureJob['session']>;
}

export function isSession(word: string): boolean {
  return word.toLowerCase().endsWith('.headgate');
}

/**
 * Reads a session for a command that works on one slot of it.
 * @param letter of the slot; null: the one that is active in the session
 * @throws HeadgateError `bad-session`, `unreadable` or `usage` that names the file
 */
export async function readSessionSlot(file: string, letter: string | null): Promise<SessionSlot> {
  const path = resolve(file);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw pathError(path, error);
  });
  const name = basename(path);
  const session = parse(name, text);
  const wanted = letter?.toUpperCase() ?? session.active;
  const slot = session.slots.find((one) => one.letter === wanted);
  if (slot === undefined)
    throw usageError(
      `${quote(name)} has no slot ${quote(wanted)}; it has ${session.slots.map((one) => one.letter).join(', ')}.`,
    );
  if (slot.model === null) throw usageError(`Slot ${slot.letter} of ${quote(name)} holds no model.`);
  return { model: await placeOf(slot.model), session: { name, text, slot: slot.letter } };
}

function parse(name: string, text: string): v.InferOutput<typeof SessionSchema> {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (cause) {
    throw damaged(name, `it ${cause instanceof Error ? cause.message : 'can’t be read'}`, cause);
  }
  if (!isObject(value)) throw damaged(name, 'it holds no object');
  const result = v.safeParse(SessionSchema, value);
  if (result.success) return result.output;
  const { field, problem } = issueWords(result.issues[0]);
  throw damaged(name, `${field === null ? 'it' : `“${field}”`} ${problem}`);
}

function damaged(name: string, why: string, cause?: unknown): HeadgateError {
  return new HeadgateError(
    'bad-session',
    `${quote(name)} is no session that can be read: ${why}.`,
    'Save it again in the window; docs/sessions.md describes the file.',
    { cause },
  );
}

/** Where a model is that a session names: bundled ones by their names, others by the list of opened models. */
async function placeOf({ id, name }: { readonly id: string; readonly name: string }): Promise<string> {
  const recents = await Recents.load(configFolder());
  const opened = recents.list().find(({ path }) => opaqueId(path) === id);
  return opened?.path ?? name;
}
