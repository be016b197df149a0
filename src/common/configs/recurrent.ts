import * as v from 'valibot';
import type { Config } from './config.ts';
import { badConfig, parseConfig, size, TensorNames, TokenizerConfig } from './fields.ts';
import { scoringOf, type Scoring } from './labels.ts';
import { checkHead, headEntries, headInput, headTensors } from './recurrent-head.ts';
import type { TensorInfo } from '../contract.ts';
import { cutPrefix } from './match.ts';
import { matchNamed, WRAPPERS } from './named.ts';
import {
  checkStack,
  expect,
  hasReverse,
  layeredStackEntries,
  optional,
  outputOf,
  stackTensors,
  type LayerTensors,
} from './recurrent-stack.ts';
import type { ExpectedTensor, FamilySpec } from './spec.ts';

const RECURRENT_TYPES = ['rnn-lm', 'rnn-tagger', 'rnn-classifier'] as const;

/** A one-hot input is a table of this many rows at most. */
const LARGEST_ONE_HOT = 4096;

const RecurrentSchema = v.looseObject({
  model_type: v.picklist(RECURRENT_TYPES),
  vocab_size: size,
  embedding_size: v.union([size, v.literal('one-hot')]),
  rnn: v.strictObject(layeredStackEntries),
  tie_embeddings: v.optional(v.boolean(), false),
  labels: v.optional(v.pipe(v.array(v.string()), v.minLength(1))),
  ...headEntries,
  tokenizer: TokenizerConfig,
  tensor_names: TensorNames,
  /** Names in the files of tensors that are left aside, such as copies. */
  unused_tensors: v.optional(v.array(v.string()), []),
});
export type RecurrentConfig = v.InferOutput<typeof RecurrentSchema> & {
  /** What the outputs of taggers and classifiers are. */
  readonly scoring: Scoring;
};

/** @throws HeadgateError `bad-config` naming the field. */
export function parseRecurrentConfig(config: Config): RecurrentConfig {
  const parsed = parseConfig(RecurrentSchema, config);
  const { model_type: type, rnn, labels, tie_embeddings: tied, embedding_size: E } = parsed;
  checkStack('rnn', rnn);
  if (type === 'rnn-lm' && hasReverse(rnn))
    throw badConfig('rnn.bidirectional', 'is true; a language model must not see the token that it predicts');
  if (type !== 'rnn-lm' && labels === undefined)
    throw badConfig(
      'labels',
      `is missing; a ${type} must name what it chooses from, in the order of its outputs`,
    );
  checkHead(type, parsed);
  const width = headInput(parsed, outputOf(rnn));
  if (tied && (type !== 'rnn-lm' || E !== width))
    throw badConfig(
      'tie_embeddings',
      `is true; that needs a rnn-lm whose embedding_size is the width of what its last layer reads, ${width}`,
    );
  if (E === 'one-hot' && parsed.vocab_size > LARGEST_ONE_HOT)
    throw badConfig('embedding_size', `is “one-hot”; that works up to a vocab_size of ${LARGEST_ONE_HOT}`);
  return { ...parsed, scoring: scoringOf(parsed, labels?.length ?? 0, 'sigmoid') };
}

/** Outputs of the head: the vocabulary, or the labels. */
export function outputsOf({ model_type: type, vocab_size: V, labels }: RecurrentConfig): number {
  return type === 'rnn-lm' ? V : (labels?.length ?? 0);
}

/** E: width of what the first layer reads. */
export function embeddingOf({ embedding_size: E, vocab_size: V }: RecurrentConfig): number {
  return E === 'one-hot' ? V : E;
}

/** The layers' tensors, and then all that the model expects. */
export function recurrentTensors(config: RecurrentConfig): {
  readonly layers: readonly LayerTensors[];
  readonly all: readonly ExpectedTensor[];
} {
  const E = embeddingOf(config);
  const layers = stackTensors(config.rnn, 'rnn', [E]);
  const outputs = outputsOf(config);
  const width = outputOf(config.rnn);
  return {
    layers,
    all: [
      ...(config.embedding_size === 'one-hot' ? [] : [expect('embedding.weight', config.vocab_size, E)]),
      ...layers.flatMap(({ tensors }) => Object.values(tensors)),
      ...headTensors(config, width),
      ...(config.tie_embeddings ? [] : [expect('linear.weight', outputs, headInput(config, width))]),
      optional('linear.bias', outputs),
    ],
  };
}

/** Attention's vector may lie in any form: [1, A], [A, 1] or [A]. */
function fitScore(config: RecurrentConfig, tensors: readonly TensorInfo[]): readonly ExpectedTensor[] {
  const documented = 'attention.score.weight';
  const name = config.tensor_names[documented] ?? documented;
  const stored = tensors.find((tensor) => cutPrefix(tensor.name, WRAPPERS) === name)?.shape ?? [];
  return recurrentTensors(config).all.map((tensor) => {
    const size = tensor.shape[1] ?? 0;
    const isVector = stored.join() === String(size) || stored.join() === `${size},1`;
    return tensor.name === documented && isVector ? { ...tensor, shape: stored } : tensor;
  });
}

export const recurrentSpec: FamilySpec = {
  name: 'Recurrent network',
  modelTypes: RECURRENT_TYPES,
  tokenizers: (config) => [parseRecurrentConfig(config).tokenizer],
  check(config, tensors) {
    const parsed = parseRecurrentConfig(config);
    const unused = new Set(parsed.unused_tensors);
    const used = tensors.filter(({ name }) => !unused.has(name) && !unused.has(cutPrefix(name, WRAPPERS)));
    return matchNamed(fitScore(parsed, used), parsed.tensor_names, used);
  },
};
