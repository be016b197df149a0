/** A recurrent network as a file of another framework describes it, and our config of it. */
import type { ApiError } from '../../contract.ts';
import { HeadgateError, quote } from '../../error.ts';
import { CONFIG_VALUES, isObject, parseJson } from '../../json.ts';
import type { ModelFolder } from '../format.ts';
import type { HeadActivation, POOLINGS } from '../../configs/recurrent-head.ts';
import type { GATE_ACTIVATIONS } from '../../configs/recurrent-stack.ts';

export interface NetworkCell {
  readonly cell: 'rnn' | 'lstm' | 'gru';
  readonly units: number;
  readonly directions: 1 | 2;
  readonly nonlinearity: 'tanh' | 'relu';
  readonly gates: (typeof GATE_ACTIVATIONS)[number];
  readonly reset: 'after' | 'before';
}

export interface Network {
  /** V */
  readonly vocabulary: number;
  /** E; null: one-hot */
  readonly embedding: number | null;
  readonly cells: readonly NetworkCell[];
  readonly hasBias: boolean;
  /** How a text becomes one vector; null: outputs for each step. */
  readonly pooling: (typeof POOLINGS)[number] | null;
  /** The linear layers before the last. */
  readonly hidden: readonly { readonly size: number; readonly activation: HeadActivation }[];
  readonly outputs: number;
  /** What follows the last linear layer. */
  readonly final: 'softmax' | 'sigmoid' | 'none';
}

/** Of a network that does not fit: one sentence that names the block. */
export class Unfit extends Error {}

/** @throws Unfit when the layers can't be one stack */
export function configOf(network: Network): { config: Record<string, unknown>; notes: string[] } {
  const { vocabulary, embedding, cells, pooling, hidden, outputs, final } = network;
  const [first] = cells;
  if (first === undefined) throw new Unfit('It has no recurrent layer.');
  for (const key of ['cell', 'nonlinearity', 'gates', 'reset'] as const)
    if (cells.some((cell) => cell[key] !== first[key]))
      throw new Unfit(
        `Its recurrent layers differ in kind (${[...new Set(cells.map((cell) => cell[key]))].join(', ')}); all layers of a stack must be of one kind.`,
      );
  const isReversed = cells.some(({ directions }) => directions === 2);
  const isModel = outputs === vocabulary && !isReversed && (pooling === null || pooling.startsWith('last'));
  if (isModel && final === 'sigmoid') throw new Unfit('Its outputs are one for each word, with a sigmoid.');
  const notes = isModel ? [] : namesNote(outputs);
  const config = {
    model_type: isModel ? 'rnn-lm' : pooling === null ? 'rnn-tagger' : 'rnn-classifier',
    vocab_size: vocabulary,
    embedding_size: embedding ?? 'one-hot',
    rnn: {
      cell: first.cell,
      hidden_size: same(cells.map(({ units }) => units)),
      num_layers: cells.length,
      bidirectional: same(cells.map(({ directions }) => directions === 2)),
      ...(!network.hasBias && { bias: false }),
      ...(first.cell === 'rnn' && { nonlinearity: first.nonlinearity }),
      ...(first.gates !== 'sigmoid' && { recurrent_activation: first.gates }),
      ...(first.cell === 'gru' && { reset_gate: first.reset }),
    },
    ...(!isModel && {
      labels: Array.from({ length: outputs }, (_, k) => `label ${k}`),
      ...(pooling !== null && { pooling }),
      ...problemOf(outputs, final),
    }),
    ...(hidden.length > 0 && { hidden_layers: hidden }),
    tokenizer: { kind: 'auto' },
  };
  return { config, notes };
}

const namesNote = (outputs: number) => [
  `The file does not name its ${outputs === 1 ? 'output' : `${outputs} outputs`}: ${outputs === 1 ? 'it is' : 'they are'} called “label 0”${outputs > 1 ? ', “label 1” …' : ''}; “labels” in config.json gives other names.`,
];

function problemOf(outputs: number, final: Network['final']): { readonly problem_type?: string } {
  if (final === 'sigmoid') return { problem_type: 'multi_label_classification' };
  if (final === 'none' && outputs === 1) return { problem_type: 'regression' };
  return outputs === 1 ? { problem_type: 'regression' } : { problem_type: 'single_label_classification' };
}

/** One value where all are the same. */
function same<Value>(values: readonly Value[]): Value | readonly Value[] {
  const [first] = values;
  return first !== undefined && values.every((value) => value === first) ? first : values;
}

/** Said of every network whose text is cut by a vocabulary that the file does not hold. */
export function vocabularyNote(names: readonly string[], vocabulary: number): string {
  if (names.includes('vocab.txt'))
    return 'The vocabulary is vocab.txt, one entry a line in the order of the ids.';
  return names.includes('vocab.json')
    ? 'The vocabulary is vocab.json.'
    : `The file holds no vocabulary: a text is a list of ids from 0 to ${vocabulary - 1}, such as “4 0 7”. With vocab.txt beside it (one entry a line, in the order of the ids), words can be typed.`;
}

/** What keeps such a model from being run. @param why a sentence that names the block */
export function notRun(file: string, why: string): ApiError {
  return new HeadgateError(
    'not-run',
    `${quote(file)}: ${why}`,
    'Its tensors can be looked at. docs/custom-models.md has the networks that are run, and how a config.json describes one.',
  ).toJSON();
}

/** Bytes of the largest config.json that is read. */
const MAX_CONFIG = 16 * 2 ** 20;

/** The config of a network with what the folder's config.json says instead, such as `labels`. */
export async function corrected(
  folder: ModelFolder,
  config: Readonly<Record<string, unknown>>,
): Promise<Record<string, unknown>> {
  const source = folder.names.includes('config.json') ? await folder.file('config.json') : null;
  if (source === null || source.size > MAX_CONFIG) return { ...config };
  try {
    const own = parseJson(new TextDecoder().decode(await source.read(0, source.size)), CONFIG_VALUES);
    return isObject(own) ? { ...config, ...own } : { ...config };
  } catch {
    // Whoever reads the folder's config.json says what is wrong with it.
    return { ...config };
  }
}
