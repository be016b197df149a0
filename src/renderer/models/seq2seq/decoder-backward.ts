/** A recurrent decoder backward, step by step. S source tokens, K width of keys, P of states, E of embeddings. */
import type { Seq2SeqConfig } from '../../../common/configs/seq2seq.ts';
import { keyWidth, partWidth } from '../../../common/configs/seq2seq.ts';
import { stateOf } from '../../../common/configs/recurrent-stack.ts';
import type { Gpu } from '../../gpu/gpu.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { elements, reshape, rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import { rowOf } from '../../kernels/matmul/weight.ts';
import { activationBackward } from '../../kernels/rows/activation-backward.ts';
import { withGates } from '../../kernels/recurrent/sweep.ts';
import { recordBackwardStep } from '../../kernels/recurrent/recurrent-backward.ts';
import { gateCount } from '../../kernels/recurrent/recurrent.ts';
import type { Holdings } from '../../runs/activations.ts';
import type { AskedOutput } from '../../runs/facets/input-gradient.ts';
import { AttentionBackward } from './attention-backward.ts';
import type { DecoderPass } from './decoder-pass.ts';
import type { Encoded } from './encode.ts';
import { GradientRow } from './gradient-row.ts';
import { recordLinear, type Seq2SeqWeights } from './load.ts';

export interface DecoderBackward {
  readonly gpu: Gpu;
  /** Of what is found. */
  readonly holdings: Pick<Holdings, 'tensor'>;
  readonly config: Seq2SeqConfig;
  readonly weights: Seq2SeqWeights;
  readonly encoded: Encoded;
  readonly pass: DecoderPass;
}

/** Derivatives of a logit. */
export interface DecoderGradients {
  /** By what each step up to the asked one read, [position + 1, E]. */
  readonly embedded: GpuTensor;
  /** By the keys, [S, K]; null: there is no attention. */
  readonly keys: GpuTensor | null;
  /** By what each layer starts from, [1, P] and [1, H]. */
  readonly initial: readonly { readonly hidden: GpuTensor; readonly cell: GpuTensor | null }[];
}

/** Derivatives of output `output` of step `position`. @throws the signal's reason */
export async function decoderBackward(
  parts: DecoderBackward,
  asked: AskedOutput,
  signal?: AbortSignal,
): Promise<DecoderGradients> {
  const { gpu, holdings, config, encoded, pass, weights } = parts;
  const zeros = (...shape: number[]) => {
    const tensor = holdings.tensor(shape, 'gradient of the decoder');
    gpu.upload(tensor, new Float32Array(elements(shape)));
    return tensor;
  };
  const P = stateOf(config.decoder);
  const found = {
    embedded: zeros(asked.position + 1, config.target.embedding_size),
    initial: pass.layers.map(() => ({
      hidden: zeros(1, P),
      cell: config.decoder.cell === 'lstm' ? zeros(1, config.decoder.hidden_size) : null,
    })),
    zero: zeros(1, P),
    // Of other cells than an LSTM scratch.
    carries: pass.layers.map(() => zeros(1, config.decoder.hidden_size)),
    products: pass.layers.map(([layer]) =>
      zeros(
        asked.position + 1,
        (layer?.packed.units ?? 0) * (layer === undefined ? 0 : gateCount(layer.packed.cell)),
      ),
    ),
  };
  const attention =
    weights.attention === null || pass.attention === null
      ? null
      : new AttentionBackward({ weights: weights.attention, encoded, pass, slabs: pass.attention }, zeros);
  await gpu.submit(
    'decoder backward',
    (recorder) => {
      record(recorder, parts, asked, { ...found, attention });
      attention?.finish(recorder);
    },
    signal && { signal },
  );
  return { embedded: found.embedded, keys: attention?.keys ?? null, initial: found.initial };
}

interface Found {
  readonly embedded: GpuTensor;
  readonly initial: DecoderGradients['initial'];
  /** [1, P] */
  readonly zero: GpuTensor;
  /** ∂y/∂(cell) by layer, [1, H]. */
  readonly carries: readonly GpuTensor[];
  /** ∂y/∂(input products) by layer, [position + 1, G·H]. */
  readonly products: readonly GpuTensor[];
  readonly attention: AttentionBackward | null;
}

function record(
  recorder: Recorder,
  { config, weights, pass }: DecoderBackward,
  { output, position }: AskedOutput,
  { embedded, initial, zero, carries, products, attention }: Found,
): void {
  const P = stateOf(config.decoder);
  const row = (width: number) => new GradientRow(recorder, width);
  /** By the states of each layer after the step that is looked at. */
  const states = pass.layers.map(() => row(P));
  const top = must(states.at(-1));
  const by = {
    hidden: top,
    attentional: row(P),
    context: row(keyWidth(config)),
    embedding: row(config.target.embedding_size),
    feed: row(P),
    summary: row(P),
  };
  for (const [i, part] of config.output.input.entries())
    by[part].plus(rowOf(must(weights.output.parts[i]), output));
  for (let t = position; t >= 0; t--) {
    throughAttentional(recorder, { config, weights, pass }, t, by);
    if (config.attention?.query === 'current') attention?.step(recorder, t, by.context, top);
    for (let l = pass.layers.length - 1; l >= 0; l--) {
      const layer = must(pass.layers[l]?.[0]);
      const state = must(states[l]);
      const vector = state.take();
      const next = recorder.temp([1, P], 'gradient before the step');
      recordBackwardStep(recorder, {
        packed: layer.packed,
        slabs: withGates(recorder, layer, [t]),
        position: t,
        vector: vector ?? zero,
        next,
        carry: must(carries[l]),
        inputs: must(products[l]),
      });
      if (vector !== null) recorder.free(vector);
      state.plus(next);
      recorder.free(next);
      const product = rowsOf(must(products[l]), t, t + 1);
      for (const [part, matrix] of layer.packed.input.entries())
        (l > 0 ? must(states[l - 1]) : by[must(config.decoder.input[part])]).through(product, matrix);
    }
    if (config.attention?.query === 'previous') attention?.step(recorder, t, by.context, top);
    const read = by.embedding.take();
    if (read !== null) {
      recorder.copy(read, rowsOf(embedded, t, t + 1));
      recorder.free(read);
    }
    // What the step was fed with is what the one before left.
    const fed = by.feed.take();
    if (fed !== null) {
      if (t > 0) by.attentional.plus(fed);
      recorder.free(fed);
    }
  }
  // The summary is what the last layer starts from, at every step.
  const summary = by.summary.take();
  if (summary !== null) top.plus(summary);
  for (const [l, start] of initial.entries()) {
    const hidden = must(states[l]).take();
    if (hidden !== null) recorder.copy(hidden, start.hidden);
    if (start.cell !== null) recorder.copy(must(carries[l]), start.cell);
  }
}

/** a = act(W [h; c]) of a step, backwards. */
function throughAttentional(
  recorder: Recorder,
  { config, weights, pass }: Pick<DecoderBackward, 'config' | 'weights' | 'pass'>,
  t: number,
  by: { readonly attentional: GradientRow; readonly hidden: GradientRow; readonly context: GradientRow },
): void {
  const above = by.attentional.take();
  const { attentional } = weights;
  const context = pass.attention?.context;
  if (above === null || attentional === null || context === undefined) return;
  const [byHidden, byContext] = [must(attentional.parts[0]), must(attentional.parts[1])];
  let below = above;
  if (config.attentional?.activation === 'tanh') {
    const state = must(pass.layers.at(-1)?.[0]).slabs.hidden;
    const rows = [
      reshape(rowsOf(state, t + 1, t + 2), [1, stateOf(config.decoder)]),
      reshape(rowsOf(context, t, t + 1), [1, partWidth(config, 'context')]),
    ];
    const inner = recorder.temp(above.shape, 'before tanh');
    below = recorder.temp(above.shape, 'gradient before tanh');
    recordLinear(recorder, attentional, rows, inner, 'before tanh');
    activationBackward(recorder, { activation: 'tanh', x: inner, gradient: above, out: below });
    recorder.free(inner);
  }
  by.hidden.through(below, byHidden);
  by.context.through(below, byContext);
  recorder.free(above);
  if (below !== above) recorder.free(below);
}

function must<Value>(value: Value | undefined | null): Value {
  if (value === undefined || value === null) throw new Error('The config’s check let a part pass.');
  return value;
}
