/** Attention of a decoder's layer over the source. S source tokens, T tokens, H heads, d head width, D width. */
import type { Recorder } from '../../gpu/recorder.ts';
import type { GpuTensor } from '../../gpu/tensor.ts';
import type { AttentionLayer } from '../../kernels/attention/attention-layer.ts';
import type { Holdings } from '../../runs/activations.ts';
import { linear, type Linear, type Norm } from './blocks.ts';

export interface CrossAttention {
  readonly heads: number;
  readonly headWidth: number;
  /** Multiplies q·k. */
  readonly scale: number;
  /** Before or after the part, as the layer's order says. */
  readonly norm: Norm;
  /** [H·d, D] each. */
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  /** [D, H·d] */
  readonly out: Linear;
}

/** Keys and values of the source, [S, H·d] each: the same for every token and every hypothesis. */
export interface SourceKeys {
  readonly k: GpuTensor;
  readonly v: GpuTensor;
}

/** Room for the source's keys and values of one layer. */
export function sourceKeys(
  holdings: Holdings,
  { heads, headWidth }: CrossAttention,
  length: number,
): SourceKeys {
  const tensor = (label: string) => holdings.tensor([length, heads * headWidth], label);
  return { k: tensor('source keys'), v: tensor('source values') };
}

/** Fills them. @param states the encoder's last, [S, D] */
export function recordSourceKeys(
  recorder: Recorder,
  { key, value }: CrossAttention,
  states: GpuTensor,
  { k, v }: SourceKeys,
): void {
  linear(recorder, states, key, k, { label: 'source keys' });
  linear(recorder, states, value, v, { label: 'source values' });
}

/** How queries [T, H·d] look at the source. */
export function crossLayer(
  { heads, headWidth, scale }: CrossAttention,
  queries: GpuTensor,
  { k, v }: SourceKeys,
): AttentionLayer {
  const rows = ({ buffer, offset }: GpuTensor) => ({
    ...{ buffer, offset },
    tokenStride: heads * headWidth,
    headStride: headWidth,
  });
  return {
    ...{ heads, headWidth, scale, keyHeads: heads },
    queries: queries.shape[0] ?? 0,
    keys: k.shape[0] ?? 0,
    ...{ q: rows(queries), k: rows(k), v: rows(v) },
    ...{ causal: false, firstQuery: 0, window: null, softCap: null, bias: null, keyMask: null },
  };
}
