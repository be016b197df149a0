import type { Gpu } from '../../gpu/gpu.ts';
import type { Profile } from '../../gpu/profile.ts';
import { softmax } from '../../kernels/rows/softmax.ts';
import { HeadgateError } from '../../../common/error.ts';
import { Holdings } from '../../runs/activations.ts';
import type { PaceRecord } from '../../runs/facets/pace.ts';
import type { DecodeOptions } from '../../runs/run-input.ts';
import type { Seq2SeqConfig } from '../../../common/configs/seq2seq.ts';
import { createSampler, type Sampler } from '../sample.ts';
import { BeamTree, type BeamNode } from './beam.ts';
import { DecoderPass } from './decoder-pass.ts';
import type { Encoded } from './encode.ts';
import type { Seq2SeqWeights } from './load.ts';

/** Steps in one recording when all tokens are known. */
const SEGMENT = 128;
/** Hypotheses are compared by their mean log p. */
const LENGTH_PENALTY = 1;

export interface Decoded {
  /** Of one row, with everything that the views look at. */
  readonly pass: DecoderPass;
  /** The tokens of the steps: chosen, or given. */
  readonly outputs: readonly number[];
  /** The search; null when the target was given. */
  readonly tree: readonly BeamNode[] | null;
  /** When each was known, of greedy search and of drawn tokens; null of others. */
  readonly pace: PaceRecord | null;
}

interface Context {
  readonly gpu: Gpu;
  readonly holdings: Holdings;
  readonly config: Seq2SeqConfig;
  readonly weights: Seq2SeqWeights;
  readonly encoded: Encoded;
  /** Runs since before the source was read. */
  readonly pace: PaceRecord;
  readonly signal: AbortSignal;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly profile?: Profile | null | undefined;
}

/** Teacher forcing, greedy or beam search or drawn tokens, with a forced prefix and forced attention. */
export async function decode(context: Context, options: DecodeOptions): Promise<Decoded> {
  const { config, encoded, gpu } = context;
  const { beams = 1, prefix = [], target } = options;
  const forced = forcedAttention(config, encoded, options);
  const end = config.target.end_token_id;
  for (const id of [...prefix, ...(target ?? [])])
    if (!Number.isInteger(id) || id < 0 || id >= config.target.vocab_size)
      throw new HeadgateError(
        'token-out-of-range',
        `The target has the token ${id}; the model's target vocabulary has ${config.target.vocab_size} entries.`,
        'The target tokenizer does not belong to this model.',
      );
  if (target !== undefined) {
    const outputs = target.at(-1) === end ? [...target] : [...target, end];
    return { pass: await replay(context, outputs, forced), outputs, tree: null, pace: null };
  }
  const most = options.maxTokens ?? config.max_target_length;
  const tree = new BeamTree({ beams, end, lengthPenalty: LENGTH_PENALTY });
  if (beams === 1) {
    const pass = new DecoderPass(gpu, context.holdings, config, context.weights, encoded, most, 1, forced);
    const sampler = options.temperature ? createSampler(options) : null;
    await search(context, pass, tree, most, 1, prefix, sampler);
    return { pass, outputs: tree.best(), tree: tree.nodes, pace: context.pace };
  }
  const scratch = new Holdings(gpu);
  try {
    const pass = new DecoderPass(gpu, scratch, config, context.weights, encoded, most, beams, forced);
    await search(context, pass, tree, most, beams, prefix, null);
  } finally {
    scratch.dispose();
  }
  const outputs = tree.best();
  return { pass: await replay(context, outputs, forced), outputs, tree: tree.nodes, pace: null };
}

/** Runs all steps of a known target. */
async function replay(
  { gpu, holdings, config, weights, encoded, signal, profile = null }: Context,
  outputs: readonly number[],
  forced: ReadonlyMap<number, Float32Array<ArrayBuffer>>,
): Promise<DecoderPass> {
  const T = outputs.length;
  const pass = new DecoderPass(gpu, holdings, config, weights, encoded, T, 1, forced);
  for (let t = 0; t < T; t++)
    pass.setInputs(t, [t === 0 ? config.target.start_token_id : (outputs[t - 1] ?? 0)]);
  for (let from = 0; from < T; from += SEGMENT)
    await gpu.submit(
      'decoder',
      (recorder) => {
        if (from === 0) pass.recordStart(recorder);
        for (let t = from; t < Math.min(from + SEGMENT, T); t++) pass.recordStep(recorder, t);
      },
      { signal, profile },
    );
  return pass;
}

/** Searches step by step; each step's choice needs its probabilities on the CPU. */
async function search(
  { gpu, config, pace, signal, onProgress, profile = null }: Context,
  pass: DecoderPass,
  tree: BeamTree,
  most: number,
  rows: number,
  prefix: readonly number[],
  /** Draws the token of a step; null: the most probable ones go on. */
  sampler: Sampler | null,
): Promise<void> {
  const V = config.target.vocab_size;
  const logits = gpu.tensor([rows, V], 'logits of a step', 'scratch');
  const probabilities = gpu.tensor([rows, V], 'probabilities of a step', 'scratch');
  try {
    let tokens: readonly number[] = [config.target.start_token_id];
    let parents: readonly number[] = [];
    for (let t = 0; t < most; t++) {
      // Rows that no hypothesis uses repeat the first one.
      pass.setInputs(
        t,
        Array.from({ length: rows }, (_, r) => tokens[r] ?? tokens[0] ?? 0),
      );
      const order = parents;
      await gpu.submit(
        'decoder step',
        (recorder) => {
          if (t === 0) pass.recordStart(recorder);
          else if (rows > 1)
            pass.recordReorder(
              recorder,
              t - 1,
              Array.from({ length: rows }, (_, r) => order[r] ?? order[0] ?? 0),
            );
          pass.recordStep(recorder, t);
          pass.recordLogits(recorder, t, t + 1, logits);
          softmax(recorder, logits, probabilities);
        },
        { signal, profile },
      );
      const values = await gpu.read(probabilities, signal);
      const drawn = sampler?.(values.subarray(0, V).map(Math.log));
      const next = tree.advance(values.subarray(0, tokens.length * V), prefix[t] ?? drawn);
      onProgress?.(t + 1, most);
      pace.step();
      if (next === null) return;
      ({ tokens, parents } = next);
    }
  } finally {
    gpu.release(logits);
    gpu.release(probabilities);
  }
}

/** Attention weights by step, checked and scaled to a sum of 1. */
function forcedAttention(
  { attention }: Seq2SeqConfig,
  { length: S }: Encoded,
  { forcedAttention: given = [] }: DecodeOptions,
): Map<number, Float32Array<ArrayBuffer>> {
  const result = new Map<number, Float32Array<ArrayBuffer>>();
  for (const { step, weights } of given) {
    if (attention === null)
      throw new HeadgateError(
        'no-attention',
        'This model has no attention whose weights could be set.',
        'Open a model with attention.',
      );
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    if (weights.length !== S || !weights.every((weight) => weight >= 0) || !(total > 0))
      throw new HeadgateError(
        'bad-attention',
        `The attention set for step ${step} has ${weights.length} weights with a sum of ${total}; it needs ${S} from 0 on, not all 0.`,
        'Set one weight for each token of the source.',
      );
    result.set(
      step,
      Float32Array.from(weights, (weight) => weight / total),
    );
  }
  return result;
}
