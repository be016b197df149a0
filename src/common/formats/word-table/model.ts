import type { ByteSource } from '../../byte-source.ts';
import type { StoredModel, StoredTensor } from '../format.ts';
import type { WordList } from './words.ts';

/** Words that are kept; the rest of a longer table is left out. */
export const MOST_WORDS = 3_000_000;
/** Bytes of the table as 32-bit numbers that are kept. */
const MOST_BYTES = 2 ** 30;
export const MOST_WIDTH = 65_536;

/** How many words of so many numbers are kept. */
export function mostWords(width: number): number {
  return Math.min(MOST_WORDS, Math.max(1, Math.floor(MOST_BYTES / (4 * width))));
}

interface Table {
  /** The files that were read. */
  readonly files: readonly ByteSource[];
  readonly words: WordList;
  readonly width: number;
  /** `embedding.weight`, float32 [words, width]: where it lies. */
  readonly rows: Pick<StoredTensor, 'file' | 'begin' | 'end'> & Partial<Pick<StoredTensor, 'dtype'>>;
  /** Sources that are made, beside the files. */
  readonly made?: readonly ByteSource[];
  readonly more?: readonly StoredTensor[];
  readonly config?: Readonly<Record<string, unknown>>;
  readonly notes: readonly string[];
}

/** A table of words as a model, with its words as vocab.txt. */
export function wordModel({
  files,
  words,
  width,
  rows,
  made = [],
  more = [],
  config,
  notes,
}: Table): StoredModel {
  const shape = [words.length, width];
  return {
    files: new Map([...files, ...made].map((source) => [source.name, source])),
    tensors: [{ name: 'embedding.weight', dtype: 'F32', shape, ...rows }, ...more],
    config: { model_type: 'word-vectors', vocab_size: words.length, embedding_size: width, ...config },
    companions: new Map([['vocab.txt', words.source()]]),
    notes,
  };
}

/** What was left out of a longer table; none where it is whole. @param more words beyond; null: nobody knows */
export function cutNote(words: number, more: number | null): string[] {
  const count = words.toLocaleString('en-US');
  return more === 0
    ? []
    : [
        `The first ${count} words were taken, and ${more === null ? 'the others' : `${more.toLocaleString('en-US')} others`} left out.`,
      ];
}
