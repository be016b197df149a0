/** What T5, BART and Marian have in common: two stacks of layers, each a few sums x + f(x) with a norm before or after. */
import type { Recorder } from '../../gpu/recorder.ts';
import type { GpuTensor } from '../../gpu/tensor.ts';
import type { AttentionLayer } from '../../kernels/attention-layer.ts';
import { embedding } from '../../kernels/embedding.ts';
import { matmul } from '../../kernels/matmul.ts';
import type { Matrix } from '../../kernels/weight.ts';
import {
  feedForward,
  linear,
  norm,
  type FeedForward,
  type Linear,
  type Norm,
} from '../transformer/blocks.ts';
import type { BucketOptions } from './positions.ts';

export interface AttentionWeights {
  readonly norm: Norm;
  /** [H·d, D] each. */
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  /** [D, H·d] */
  readonly out: Linear;
}

export interface LayerWeights {
  readonly self: AttentionWeights;
  /** Over the encoder's last states; null in the encoder. */
  readonly cross: AttentionWeights | null;
  readonly feedForward: { readonly norm: Norm; readonly weights: FeedForward };
}

export interface StackWeights {
  /** [V, D] */
  readonly tokens: Matrix;
  /** [P, D], added to the tokens; null: there are none. */
  readonly positions: GpuTensor | null;
  /** Row of `positions` of token 0. */
  readonly firstPosition: number;
  /** After the sum of both; null: none. */
  readonly embeddingNorm: Norm | null;
  readonly layers: readonly LayerWeights[];
  /** After the last layer; null: none. */
  readonly last: Norm | null;
  /** [buckets, H]; null: no relative positions. */
  readonly relative: GpuTensor | null;
}

/** Sizes and choices of one side. */
export interface StackShape {
  /** `D` */
  readonly width: number;
  /** `H` */
  readonly heads: number;
  /** `d` */
  readonly headWidth: number;
  /** Multiplies q·k. */
  readonly scoreScale: number;
  /** Multiplies the token embeddings. */
  readonly embeddingScale: number;
  /** True: x + f(norm(x)); false: norm(x + f(x)). */
  readonly normFirst: boolean;
  /** Buckets of the relative positions, where there are any. */
  readonly buckets: BucketOptions | null;
}

export interface Stack {
  readonly shape: StackShape;
  readonly weights: StackWeights;
}

export interface EncoderDecoder {
  readonly encoder: Stack;
  readonly decoder: Stack;
  /** [V, D] */
  readonly head: Matrix;
  /** Multiplies the logits. */
  readonly headScale: number;
  /** [1, V]; null: none. */
  readonly logitsBias: GpuTensor | null;
}

/** out [T, D] from token ids [T], of which the first is at `first`. */
export function embed(
  recorder: Recorder,
  { shape, weights }: Stack,
  ids: GpuTensor,
  first: number,
  out: GpuTensor,
): void {
  const { positions, embeddingNorm, tokens } = weights;
  const sum = embeddingNorm === null ? out : recorder.temp(out.shape, 'embeddings');
  embedding(recorder, {
    ids,
    table: tokens,
    ...(positions !== null && { positions, first: weights.firstPosition + first }),
    scale: shape.embeddingScale,
    out: sum,
  });
  if (embeddingNorm === null) return;
  norm(recorder, sum, embeddingNorm, out);
  recorder.free(sum);
}

/** Where rows of the states lie, and how they look at others. */
export interface LayerRows {
  /** [rows, D] before layer l; l = L: after the last layer. */
  readonly states: (l: number) => GpuTensor;
  /** Weighted values [rows, H·d] into `mixed`, from what goes into the attention. */
  readonly self: (recorder: Recorder, l: number, input: GpuTensor, mixed: GpuTensor) => void;
  readonly cross: (recorder: Recorder, l: number, input: GpuTensor, mixed: GpuTensor) => void;
}

/** All layers over some rows. */
export function recordLayers(recorder: Recorder, { shape, weights }: Stack, rows: LayerRows): void {
  for (const [l, layer] of weights.layers.entries()) {
    const x = rows.states(l);
    const attended = recorder.temp(x.shape, 'state after self-attention');
    attentionPart(recorder, shape, layer.self, x, attended, (input, mixed) =>
      rows.self(recorder, l, input, mixed),
    );
    let before = attended;
    if (layer.cross !== null) {
      before = recorder.temp(x.shape, 'state after cross-attention');
      attentionPart(recorder, shape, layer.cross, attended, before, (input, mixed) =>
        rows.cross(recorder, l, input, mixed),
      );
      recorder.free(attended);
    }
    const isNormed = l + 1 === weights.layers.length && weights.last !== null;
    const out = isNormed ? recorder.temp(x.shape, 'last state') : rows.states(l + 1);
    const { norm: own, weights: parts } = layer.feedForward;
    part(recorder, shape, own, before, out, (input, residual, target) =>
      feedForward(recorder, input, parts, target, residual),
    );
    recorder.free(before);
    if (!isNormed || weights.last === null) continue;
    norm(recorder, out, weights.last, rows.states(l + 1));
    recorder.free(out);
  }
}

/** out = x + f(norm(x)), or norm(x + f(x)); `body` writes residual + f(input) into its target. */
function part(
  recorder: Recorder,
  { normFirst }: StackShape,
  own: Norm,
  x: GpuTensor,
  out: GpuTensor,
  body: (input: GpuTensor, residual: GpuTensor, target: GpuTensor) => void,
): void {
  const between = recorder.temp(x.shape, normFirst ? 'normed' : 'sum');
  if (normFirst) {
    norm(recorder, x, own, between);
    body(between, x, out);
  } else {
    body(x, x, between);
    norm(recorder, between, own, out);
  }
  recorder.free(between);
}

function attentionPart(
  recorder: Recorder,
  shape: StackShape,
  weights: AttentionWeights,
  x: GpuTensor,
  out: GpuTensor,
  attend: (input: GpuTensor, mixed: GpuTensor) => void,
): void {
  part(recorder, shape, weights.norm, x, out, (input, residual, target) => {
    const mixed = recorder.temp([x.shape[0] ?? 0, shape.heads * shape.headWidth], 'attention output');
    attend(input, mixed);
    linear(recorder, mixed, weights.out, target, { residual, label: 'attention out' });
    recorder.free(mixed);
  });
}

/** What goes into a layer's self-attention, computed again from the state before the layer. */
export function selfInput(recorder: Recorder, { shape, weights }: Stack, l: number, x: GpuTensor): GpuTensor {
  const input = recorder.temp(x.shape, 'input of attention');
  const layer = weights.layers[l];
  if (layer === undefined) throw new RangeError(`Layer ${l} of ${weights.layers.length}.`);
  if (shape.normFirst) norm(recorder, x, layer.self.norm, input);
  else recorder.copy(x, input);
  return input;
}

/** Plain attention of `queries` [T, H·d] over keys and values [S, H·d]. */
export function plainLayer(
  { heads, headWidth, scoreScale }: StackShape,
  queries: GpuTensor,
  keys: GpuTensor,
  values: GpuTensor,
): AttentionLayer {
  const rows = ({ buffer, offset }: GpuTensor) => ({
    buffer,
    offset,
    tokenStride: heads * headWidth,
    headStride: headWidth,
  });
  return {
    heads,
    keyHeads: heads,
    headWidth,
    queries: queries.shape[0] ?? 0,
    keys: keys.shape[0] ?? 0,
    q: rows(queries),
    k: rows(keys),
    v: rows(values),
    scale: scoreScale,
    causal: false,
    firstQuery: 0,
    window: null,
    softCap: null,
    bias: null,
    keyMask: null,
  };
}

/** [rows, V] from rows of the decoder's last states. */
export function recordLogits(
  recorder: Recorder,
  { head, headScale, logitsBias }: EncoderDecoder,
  states: GpuTensor,
  out: GpuTensor,
): void {
  matmul(recorder, {
    a: states,
    b: head,
    transposed: true,
    scale: headScale,
    bias: logitsBias ?? undefined,
    out,
    label: 'logits',
  });
}
