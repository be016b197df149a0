import { HeadgateError, quote } from '../error.ts';
import { isObject, parseJson } from '../json.ts';
import { parseVocabulary, VocabularyTokenizer, type ListConfig } from './vocabulary.ts';

/** Entries that stand for no text of their own: `<unk>`, `[PAD]`, `{start}`. */
const SPECIAL = /^(<.*>|\[.*\]|\{.*\}|__.*__)$/;
/** Usual entries for text outside of the vocabulary. */
const UNKNOWN = ['<unk>', '<UNK>', '[UNK]', 'UNK', 'unk', '<oov>', '<OOV>', 'xxunk', '__unk__'];
/** Ids that are held as entries where nothing names them. */
const MOST_IDS = 2 ** 22;

/** Whether the entries of a vocabulary are words: any that is longer than a character, and no special one. */
export function isWordList(entries: readonly string[]): boolean {
  return entries.some((entry) => [...entry].length > 1 && !SPECIAL.test(entry));
}

/**
 * How a list of entries cuts text: into words or characters, as its entries are.
 * @param entries by id
 */
export function listConfig(entries: readonly string[]): ListConfig {
  const held = new Set(entries);
  const unknown = UNKNOWN.find((entry) => held.has(entry)) ?? null;
  const own = { vocab: 'vocab.txt' as const, unknown, start: null, end: null };
  return isWordList(entries)
    ? {
        kind: 'words',
        ...own,
        lowercase: entries.every((entry) => SPECIAL.test(entry) || entry === entry.toLowerCase()),
      }
    : { kind: 'characters', ...own, lowercase: false };
}

/**
 * A tokenizer over the entries of a file, or over the ids themselves.
 * @param file vocab.txt or vocab.json with its text; null: there is none
 * @param size V, of the model
 * @throws HeadgateError `bad-vocabulary`
 */
export function listOrIds(
  file: { readonly name: string; readonly text: string } | null,
  size: number,
  given: Partial<Pick<ListConfig, 'unknown' | 'lowercase' | 'start' | 'end'>> = {},
): VocabularyTokenizer {
  if (file !== null) {
    const entries = file.name.endsWith('.json')
      ? jsonEntries(file.name, file.text)
      : parseVocabulary(file.name, file.text);
    return new VocabularyTokenizer({ ...listConfig(entries), ...saidOf(given) }, entries);
  }
  const ids = Array.from({ length: Math.min(size, MOST_IDS) }, (_, id) => String(id));
  return new VocabularyTokenizer(
    { kind: 'words', vocab: 'vocab.txt', unknown: null, lowercase: false, start: null, end: null },
    ids,
  );
}

/** The fields that were given. */
function saidOf({
  unknown,
  lowercase,
  start,
  end,
}: Partial<Pick<ListConfig, 'unknown' | 'lowercase' | 'start' | 'end'>>) {
  return {
    ...(unknown !== undefined && { unknown }),
    ...(lowercase !== undefined && { lowercase }),
    ...(start !== undefined && { start }),
    ...(end !== undefined && { end }),
  };
}

/** A list of entries, or an object with the id of each; an id without an entry is `<id>`. */
function jsonEntries(name: string, text: string): string[] {
  const bad = (what: string) =>
    new HeadgateError(
      'bad-vocabulary',
      `${name} ${what}.`,
      'It must be a list of entries, or an object with the id of each: {"the": 1, "of": 2}.',
    );
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    throw bad(error instanceof Error ? error.message : String(error));
  }
  if (Array.isArray(value)) {
    const stray = value.findIndex((entry) => typeof entry !== 'string');
    if (stray >= 0) throw bad(`has an entry ${stray} that is no text`);
    return value as string[];
  }
  if (!isObject(value)) throw bad('is neither a list nor an object');
  const entries: string[] = [];
  for (const [entry, id] of Object.entries(value)) {
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id >= MOST_IDS)
      throw bad(`has ${quote(entry)} with something that is no id`);
    entries[id] = entry;
  }
  return Array.from(entries, (entry: string | undefined, id) => entry ?? `<${id}>`);
}
