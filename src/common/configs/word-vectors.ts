import { badField, positiveInteger, type Config } from './config.ts';
import type { SubwordRules } from '../text/subwords.ts';
import { matchTensors } from './match.ts';
import type { FamilySpec } from './spec.ts';

/** config.json of a table of word vectors. */
export interface WordVectorsConfig {
  /** `V` */
  readonly vocabulary: number;
  /** `D` */
  readonly width: number;
  /** Parts of words that are not in the table; null: it has none. */
  readonly subwords: SubwordRules | null;
}

/** @throws HeadgateError `bad-config` naming the field. */
export function parseWordVectorsConfig(config: Config): WordVectorsConfig {
  return {
    vocabulary: positiveInteger(config, ['vocab_size']),
    width: positiveInteger(config, ['embedding_size']),
    subwords: subwordsOf(config['subwords']),
  };
}

function subwordsOf(given: unknown): SubwordRules | null {
  if (given === undefined || given === null) return null;
  const { min_n, max_n, buckets } = given as Readonly<Record<string, unknown>>;
  const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
  if (!isCount(min_n) || !isCount(max_n) || !isCount(buckets) || max_n > 1000)
    throw badField('subwords', given, 'an object of min_n, max_n and buckets');
  return { min_n, max_n, buckets };
}

/** The words by their row, one a line. */
export const WORD_LIST = {
  kind: 'words',
  vocab: 'vocab.txt',
  lowercase: true,
  unknown: null,
  start: null,
  end: null,
} as const;

export const wordVectorsSpec: FamilySpec = {
  name: 'Word vectors',
  modelTypes: ['word-vectors'],
  tokenizers: () => [WORD_LIST],
  check(config, tensors) {
    const { vocabulary, width, subwords } = parseWordVectorsConfig(config);
    const expected = [
      { name: 'embedding.weight', shape: [vocabulary, width], optional: false },
      ...(subwords === null
        ? []
        : [{ name: 'subword.weight', shape: [subwords.buckets, width], optional: false }]),
    ];
    return matchTensors(expected, tensors, { prefixes: [], ignored: /^$/ });
  },
};
