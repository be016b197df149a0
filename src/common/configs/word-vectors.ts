import { positiveInteger, type Config } from './config.ts';
import { matchTensors } from './match.ts';
import type { FamilySpec } from './spec.ts';

/** config.json of a table of word vectors. */
export interface WordVectorsConfig {
  /** `V` */
  readonly vocabulary: number;
  /** `D` */
  readonly width: number;
}

/** @throws HeadgateError `bad-config` naming the field. */
export function parseWordVectorsConfig(config: Config): WordVectorsConfig {
  return {
    vocabulary: positiveInteger(config, ['vocab_size']),
    width: positiveInteger(config, ['embedding_size']),
  };
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
    const { vocabulary, width } = parseWordVectorsConfig(config);
    const expected = [{ name: 'embedding.weight', shape: [vocabulary, width], optional: false }];
    return matchTensors(expected, tensors, { prefixes: [], ignored: /^$/ });
  },
};
