/** A stack of Transformer layers with what stands before and after it. T tokens, D width, E embedding width, V vocabulary. */
import type { Recorder } from '../../gpu/recorder.ts';
import type { GpuTensor } from '../../gpu/tensor.ts';
import { add } from '../../kernels/rows/elementwise.ts';
import { matmul } from '../../kernels/matmul/matmul.ts';
import { softCap } from '../../kernels/attention/soft-cap.ts';
import type { Activation } from '../../kernels/rows/activation.ts';
import type { Matrix } from '../../kernels/matmul/weight.ts';
import {
  feedForward,
  linear,
  norm,
  outputsOf,
  type FeedForward,
  type Linear,
  type Norm,
  type Part,
} from './blocks.ts';
import { measuredPart, type AddedLengths, type AddedPart } from './added-lengths.ts';
import type { CrossAttention } from './cross-attention.ts';
import type { Relative } from './relative-positions.ts';
import type { SelfAttention } from './self-attention.ts';

export interface Embedding {
  /** [V, E] */
  readonly tokens: Matrix;
  /** Multiplies the tokens' rows. */
  readonly scale: number;
  /** [P, E] and the row of token 0; null: none. */
  readonly positions: {
    readonly table: GpuTensor;
    readonly first: number;
    /** Id of tokens that are not counted and have the row before `first`; left out: all are counted. */
    readonly padding?: number;
  } | null;
  /** [types, E], added by token type; null: none. */
  readonly types: Matrix | null;
  /** Of the sum; null: none. */
  readonly norm: Norm | null;
  /** [D, E], last; null: E is D. */
  readonly projection: Linear | null;
}

export interface Layer {
  readonly attention: SelfAttention;
  /** Over the source, between self-attention and the feed-forward part; not with `parallel`. Left out: none. */
  readonly cross?: CrossAttention;
  readonly feedForward: FeedForward;
  /**
   * `norm-first`: x + f(norm(x)) for attention, then for the feed-forward part; `norm-last`: norm(x + f(x));
   * `parallel`: both parts read x, and their sum is added to it.
   */
  readonly order: 'norm-first' | 'norm-last' | 'parallel';
  /** Null: the part reads x itself. */
  readonly attentionNorm: Norm | null;
  readonly feedForwardNorm: Norm | null;
  /** Of what a part gives, before it is added to x (Gemma 2); null: none. Only with `norm-first`. */
  readonly attentionOutNorm: Norm | null;
  readonly feedForwardOutNorm: Norm | null;
}

/** What turns states into the scores of tokens. */
export interface Head {
  /** Before the table (masked language models); null: none. */
  readonly transform: {
    readonly dense: Linear;
    readonly activation: Activation;
    readonly norm: Norm | null;
  } | null;
  /** [V, E] */
  readonly weight: Matrix;
  /** [V]; null: none. */
  readonly bias: GpuTensor | null;
  /** The bias is stored and never learned, so that it is no parameter; left out: it is one. */
  readonly biasIsBuffer?: boolean;
  /** Multiplies the logits. */
  readonly scale: number;
  /** Logits become cap·tanh(logit / cap); null: they stay. */
  readonly softCap: number | null;
}

export interface Stack {
  /** `D` */
  readonly width: number;
  readonly embedding: Embedding;
  readonly layers: readonly Layer[];
  /** After the last layer; null: none. */
  readonly last: Norm | null;
  /** A token sees what stands before it, not what follows. */
  readonly causal: boolean;
  /** Added to the scores of self-attention; left out: nothing. */
  readonly relative?: Relative;
}

/** Weighted values [T, H·d] into `mixed`, from what goes into the attention [T, D]. */
export type Attend = (input: GpuTensor, mixed: GpuTensor) => void;

/** Where a layer puts what happens inside of it, for somebody who looks. */
export interface LayerTaps {
  /** Lengths of what each part adds to x; with `norm-last` before that norm. */
  readonly added?: AddedLengths;
  /** The neurons: after the activation function, of gated ones after the product, [T, I]. */
  readonly neurons?: GpuTensor;
}

/** One layer: out [T, D] from x [T, D]. */
export function recordLayer(
  recorder: Recorder,
  layer: Layer,
  x: GpuTensor,
  out: GpuTensor,
  attend: { readonly self: Attend; readonly cross: Attend },
  taps: LayerTaps = {},
): void {
  const attentionPart =
    ({ heads, headWidth, out: weights }: SelfAttention | CrossAttention, mix: Attend): Part =>
    (input, target, residual) => {
      const mixed = recorder.temp([x.shape[0] ?? 0, heads * headWidth], 'attention output');
      mix(input, mixed);
      linear(recorder, mixed, weights, target, { ...(residual && { residual }), label: 'attention out' });
      recorder.free(mixed);
    };
  const selfPart = attentionPart(layer.attention, attend.self);
  const crossPart = (own: CrossAttention) => attentionPart(own, attend.cross);
  const measured = (own: Part, part: AddedPart) =>
    taps.added === undefined ? own : measuredPart(recorder, own, part, taps.added);
  const { cross } = layer;
  let middle = recorder.temp(x.shape, 'state after attention');
  /** Lets the source in, after self-attention. */
  const lookAtSource = (part: (own: CrossAttention, from: GpuTensor, to: GpuTensor) => void) => {
    if (cross === undefined) return;
    const after = recorder.temp(x.shape, 'state after cross-attention');
    part(cross, middle, after);
    recorder.free(middle);
    middle = after;
  };
  const feedForwardPart: Part = (input, target, residual) =>
    feedForward(recorder, input, layer.feedForward, target, { residual, tap: taps.neurons });
  if (layer.order === 'norm-last') {
    normedAfter(recorder, layer.attentionNorm, x, middle, measured(selfPart, 'attention'));
    lookAtSource((own, from, to) =>
      normedAfter(recorder, own.norm, from, to, measured(crossPart(own), 'cross')),
    );
    normedAfter(recorder, layer.feedForwardNorm, middle, out, measured(feedForwardPart, 'feedForward'));
  } else if (layer.order === 'norm-first') {
    const { attentionOutNorm, feedForwardOutNorm } = layer;
    const adds = (own: Part, after: Norm | null, part: AddedPart) =>
      measured(after === null ? own : normedOutput(recorder, own, after), part);
    const selfAdds = adds(selfPart, attentionOutNorm, 'attention');
    normedBefore(recorder, layer.attentionNorm, x, middle, selfAdds);
    lookAtSource((own, from, to) =>
      normedBefore(recorder, own.norm, from, to, adds(crossPart(own), null, 'cross')),
    );
    const feedForwardAdds = adds(feedForwardPart, feedForwardOutNorm, 'feedForward');
    normedBefore(recorder, layer.feedForwardNorm, middle, out, feedForwardAdds);
  } else {
    const selfAdds = measured(selfPart, 'attention');
    const feedForwardAdds = measured(feedForwardPart, 'feedForward');
    withNorm(recorder, layer.attentionNorm, x, (input) => selfAdds(input, middle, x));
    withNorm(recorder, layer.feedForwardNorm, x, (input) => feedForwardAdds(input, out, middle));
  }
  recorder.free(middle);
}

/** A part whose output is normed before it is added. */
export function normedOutput(recorder: Recorder, part: Part, after: Norm): Part {
  return (input, target, residual) => {
    const plain = recorder.temp(target.shape, 'output of a part');
    part(input, plain);
    if (residual === undefined) norm(recorder, plain, after, target);
    else {
      const normed = recorder.temp(target.shape, 'normed output of a part');
      norm(recorder, plain, after, normed);
      add(recorder, residual, normed, target);
      recorder.free(normed);
    }
    recorder.free(plain);
  };
}

/** out = x + part(before(x)) */
export function normedBefore(
  recorder: Recorder,
  before: Norm | null,
  x: GpuTensor,
  out: GpuTensor,
  part: Part,
): void {
  withNorm(recorder, before, x, (input) => part(input, out, x));
}

/** out = norm(x + part(x)) */
export function normedAfter(
  recorder: Recorder,
  own: Norm | null,
  x: GpuTensor,
  out: GpuTensor,
  part: Part,
): void {
  if (own === null) {
    part(x, out, x);
    return;
  }
  const sum = recorder.temp(x.shape, 'sum');
  part(x, sum, x);
  norm(recorder, sum, own, out);
  recorder.free(sum);
}

/** Hands on norm(x), or x itself without a norm. */
export function withNorm(
  recorder: Recorder,
  own: Norm | null,
  x: GpuTensor,
  use: (input: GpuTensor) => void,
): void {
  if (own === null) {
    use(x);
    return;
  }
  const normed = recorder.temp(x.shape, 'normed');
  norm(recorder, x, own, normed);
  use(normed);
  recorder.free(normed);
}

/** What goes into a layer's attention: normed where the norm comes first. */
export function attentionInput(layer: Layer): Norm | null {
  return layer.order === 'norm-last' ? null : layer.attentionNorm;
}

/** Logits [n, V] from states [n, D]. */
export function recordLogits(recorder: Recorder, head: Head, states: GpuTensor, out: GpuTensor): void {
  const { transform, weight, bias, scale, softCap: cap } = head;
  const score = (a: GpuTensor) => {
    matmul(recorder, {
      ...{ a, b: weight, out, scale },
      transposed: true,
      bias: bias ?? undefined,
      label: 'logits',
    });
    if (cap !== null) softCap(recorder, out, cap);
  };
  if (transform === null) {
    score(states);
    return;
  }
  const { dense, activation, norm: own } = transform;
  const inner = recorder.temp([states.shape[0] ?? 0, outputsOf(dense)], 'head');
  linear(recorder, states, dense, inner, { activation, label: 'head' });
  withNorm(recorder, own, inner, score);
  recorder.free(inner);
}
