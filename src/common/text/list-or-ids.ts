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
 * @param text of the file; null: there is none
 * @param size V, of the model
 */
export function listOrIds(text: string | null, file: string, size: number): VocabularyTokenizer {
  if (text !== null) {
    const entries = parseVocabulary(file, text);
    return new VocabularyTokenizer(listConfig(entries), entries);
  }
  const ids = Array.from({ length: Math.min(size, MOST_IDS) }, (_, id) => String(id));
  return new VocabularyTokenizer(
    { kind: 'words', vocab: 'vocab.txt', unknown: null, lowercase: false, start: null, end: null },
    ids,
  );
}
