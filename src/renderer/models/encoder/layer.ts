import type { EncoderConfig } from '../../../common/configs/encoder.ts';
import type { Reader } from '../transformer/reader.ts';
import type { Layer } from '../transformer/stack.ts';

/** Names of a layer's tensors, after the layer's own name. */
export interface EncoderLayerNames {
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly out: string;
  readonly attentionNorm: string;
  readonly up: string;
  readonly down: string;
  readonly feedForwardNorm: string;
}

/** A layer of the first Transformer's kind (Vaswani et al. 2017): norm(x + f(x)), biases everywhere. */
export function readEncoderLayer(
  read: Reader,
  { width, heads, activation, epsilon }: Pick<EncoderConfig, 'width' | 'heads' | 'activation' | 'epsilon'>,
  name: string,
  names: EncoderLayerNames,
): Layer {
  const linear = (part: string) => read.linear(`${name}.${part}`, { bias: true });
  const norm = (part: string) => read.layerNorm(`${name}.${part}`, epsilon);
  const headWidth = width / heads;
  return {
    order: 'norm-last',
    attention: {
      ...{ heads, keyHeads: heads, headWidth },
      projection: {
        kind: 'separate',
        query: linear(names.query),
        key: linear(names.key),
        value: linear(names.value),
      },
      ...{ queryNorm: null, keyNorm: null, rotary: null, window: null, softCap: null },
      scale: 1 / Math.sqrt(headWidth),
      out: linear(names.out),
    },
    attentionNorm: norm(names.attentionNorm),
    feedForward: { ...{ gate: null, activation }, up: linear(names.up), down: linear(names.down) },
    feedForwardNorm: norm(names.feedForwardNorm),
    ...{ attentionOutNorm: null, feedForwardOutNorm: null },
  };
}
