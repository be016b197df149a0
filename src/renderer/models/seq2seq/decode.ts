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
/** Drafts that may turn out wrong: a word that was changed, and what follows from it. */
const GUESSES = 3;
/** Hypotheses are compared by their mean log p. */
const LENGTH_PENALTY = 1;

/** A greedy search over the same source, of which the steps before the first that differs are kept. */
export interface Former {
  readonly decoded: Decoded;
  /** Its buffers were not given back. */
  isHeld(): boolean;
}

export interface Decoded {
  /** Of one row, with everything that the views look at. */
  readonly pass: DecoderPass;
  /** The tokens of the steps: chosen, or given. */
  readonly outputs: readonly number[];
  /** The search; null when the target was given. */
  readonly tree: readonly BeamNode[] | null;
  /** When each was known, of greedy search and of drawn tokens; null of others. */
  readonly pace: PaceRecord | null;
  /** What its steps were told; null where they can't be kept: they were not searched for greedily. */
  readonly told: Told | null;
}

/** What a step is told from outside: its weights, and the token that it takes. */
interface Told {
  readonly forced: ReadonlyMap<number, Float32Array<ArrayBuffer>>;
  readonly prefix: readonly number[];
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
  /** What was written of this source before, and may be written again: its steps are computed in one go, and stay as far as they are right. */
  readonly former?: Former | null;
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
    return { pass: await replay(context, outputs, forced), outputs, tree: null, pace: null, told: null };
  }
  const most = options.maxTokens ?? config.max_target_length;
  const tree = new BeamTree({ beams, end, lengthPenalty: LENGTH_PENALTY });
  if (beams === 1) {
    const pass = new DecoderPass(gpu, context.holdings, config, context.weights, encoded, most, 1, forced);
    const sampler = options.temperature ? createSampler(options) : null;
    const told = sampler === null ? { forced, prefix } : null;
    const kept = told === null ? 0 : await keepSteps(context, pass, tree, told, most);
    await search(context, pass, tree, { most, rows: 1, prefix, sampler, kept });
    return { pass, outputs: tree.best(), tree: tree.nodes, pace: context.pace, told };
  }
  const scratch = new Holdings(gpu);
  try {
    const pass = new DecoderPass(gpu, scratch, config, context.weights, encoded, most, beams, forced);
    await search(context, pass, tree, { most, rows: beams, prefix, sampler: null, kept: 0 });
  } finally {
    scratch.dispose();
  }
  const outputs = tree.best();
  return { pass: await replay(context, outputs, forced), outputs, tree: tree.nodes, pace: null, told: null };
}

/** Runs all steps of a known target. */
async function replay(
  { gpu, holdings, config, weights, encoded, signal, profile = null }: Context,
  outputs: readonly number[],
  forced: ReadonlyMap<number, Float32Array<ArrayBuffer>>,
): Promise<DecoderPass> {
  const T = outputs.length;
  const pass = new DecoderPass(gpu, holdings, config, weights, encoded, T, 1, forced);
  pass.setInputs(0, [config.target.start_token_id, ...outputs.slice(0, -1)]);
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

/** Takes over the steps of the former search that were told the same. @returns how many */
async function keepSteps(
  { gpu, former = null, pace, signal }: Context,
  pass: DecoderPass,
  tree: BeamTree,
  told: Told,
  most: number,
): Promise<number> {
  const before = former?.decoded.told ?? null;
  if (former === null || before === null || !former.isHeld()) return 0;
  const { decoded } = former;
  // The last one is searched for again: it may have ended the search.
  const steps = Math.min(firstToldOtherwise(before, told), decoded.outputs.length - 1, most - 1);
  if (steps <= 0) return 0;
  await gpu.submit(
    'kept steps',
    (recorder) => {
      pass.recordStart(recorder);
      pass.recordKept(recorder, decoded.pass, steps);
    },
    { signal },
  );
  if (!former.isHeld()) return 0;
  tree.resume((decoded.tree ?? []).slice(0, steps));
  for (let t = 0; t < steps; t++) pace.step();
  return steps;
}

/** The first step whose weights or token are given otherwise, or are given in one of the two only. */
function firstToldOtherwise(a: Told, b: Told): number {
  const steps = [...a.forced.keys(), ...b.forced.keys(), ...a.prefix.keys(), ...b.prefix.keys()];
  const isOther = (step: number) =>
    a.prefix[step] !== b.prefix[step] || a.forced.get(step)?.join() !== b.forced.get(step)?.join();
  return Math.min(Infinity, ...steps.filter(isOther));
}

interface Search {
  /** Most steps. */
  readonly most: number;
  readonly rows: number;
  readonly prefix: readonly number[];
  /** Draws the token of a step; null: the most probable ones go on. */
  readonly sampler: Sampler | null;
  /** Steps that the tree has already, from a former search: what follows is told otherwise. */
  readonly kept: number;
}

/** Searches step by step; each step's choice needs its probabilities on the CPU. */
async function search(context: Context, pass: DecoderPass, tree: BeamTree, how: Search): Promise<void> {
  const { config, pace, onProgress, former = null } = context;
  const { most, rows, prefix, sampler, kept } = how;
  const draft = former?.decoded.outputs ?? [];
  const V = config.target.vocab_size;
  /** Guesses that may fail before every step is waited for. */
  let guesses = rows === 1 && sampler === null ? GUESSES : 0;
  let tokens: readonly number[] = [tree.nodes.at(-1)?.id ?? config.target.start_token_id];
  let parents: readonly number[] = [];
  for (let t = kept; t < most;) {
    // The step that is told otherwise comes alone: it is the one whose word is likely to change.
    const isAlone = kept > 0 && t === kept;
    const guessed = guesses > 0 && !isAlone ? draft.slice(t, Math.min(t + SEGMENT, most)) : [];
    const count = Math.max(guessed.length, 1);
    const values = await probabilitiesOf(context, pass, { t, rows, tokens, parents, guessed });
    let isAsGuessed = true;
    for (let i = 0; i < count && isAsGuessed; i++, t++) {
      const own = values.subarray(i * rows * V, (i * rows + tokens.length) * V);
      const drawn = sampler?.(own.subarray(0, V).map(Math.log));
      const next = tree.advance(own, prefix[t] ?? drawn);
      onProgress?.(t + 1, most);
      pace.step();
      if (next === null) return;
      ({ tokens, parents } = next);
      isAsGuessed = tokens[0] === guessed[i];
    }
    if (!isAsGuessed && !isAlone) guesses--;
  }
}

/**
 * Probabilities [n·R, V] of step t and, as if it and those behind it chose what is guessed, of the steps after it: they are
 * right as far as the guesses are.
 */
async function probabilitiesOf(
  { gpu, config, signal, profile = null }: Context,
  pass: DecoderPass,
  at: {
    readonly t: number;
    readonly rows: number;
    readonly tokens: readonly number[];
    readonly parents: readonly number[];
    readonly guessed: readonly number[];
  },
): Promise<Float32Array<ArrayBuffer>> {
  const { t, rows, tokens, parents, guessed } = at;
  const n = Math.max(guessed.length, 1);
  const V = config.target.vocab_size;
  // Rows that no hypothesis uses repeat the first one.
  const spread = (own: readonly number[]) => Array.from({ length: rows }, (_, r) => own[r] ?? own[0] ?? 0);
  pass.setInputs(t, [tokens, ...guessed.slice(0, n - 1).map((id) => [id])].flatMap(spread));
  const logits = gpu.tensor([n * rows, V], 'logits of steps', 'scratch');
  const probabilities = gpu.tensor([n * rows, V], 'probabilities of steps', 'scratch');
  try {
    await gpu.submit(
      'decoder steps',
      (recorder) => {
        if (t === 0) pass.recordStart(recorder);
        else if (rows > 1) pass.recordReorder(recorder, t - 1, spread(parents));
        for (let i = 0; i < n; i++) pass.recordStep(recorder, t + i);
        pass.recordLogits(recorder, t, t + n, logits);
        softmax(recorder, logits, probabilities);
      },
      { signal, profile },
    );
    return await gpu.read(probabilities, signal);
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
