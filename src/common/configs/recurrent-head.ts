/** What stands behind a recurrent network: how a text becomes one vector, a norm, and the linear layers up to the outputs. */
import * as v from 'valibot';
import { badConfig, size } from './fields.ts';
import { expect, optional } from './recurrent-stack.ts';
import type { ExpectedTensor } from './spec.ts';

export const POOLINGS = ['last', 'last-step', 'mean', 'sum', 'max', 'attention'] as const;
export const HEAD_ACTIVATIONS = ['none', 'relu', 'tanh', 'sigmoid'] as const;
export type HeadActivation = (typeof HEAD_ACTIVATIONS)[number];

/** Fields of a `rnn-…` config. */
export const headEntries = {
  pooling: v.optional(v.picklist(POOLINGS)),
  /** Of pooling by attention: the weight of a step is softmax(u · activation(W h + b)). */
  attention: v.optional(
    v.strictObject({
      /** A, rows of W; null: no W, the states themselves. */
      size: v.optional(v.nullable(size), null),
      activation: v.optional(v.picklist(['tanh', 'none']), 'tanh'),
    }),
  ),
  /** A LayerNorm between the states, pooled or not, and the linear layers. */
  layer_norm: v.optional(
    v.strictObject({ epsilon: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 1e-5) }),
  ),
  /** Linear layers between the network and the outputs, each with what follows it. */
  hidden_layers: v.optional(
    v.pipe(
      v.array(v.strictObject({ size, activation: v.optional(v.picklist(HEAD_ACTIVATIONS), 'relu') })),
      v.maxLength(100),
    ),
    [],
  ),
};
export type HeadConfig = v.InferOutput<v.ObjectSchema<typeof headEntries, undefined>>;

/** Rules between these fields. @throws HeadgateError `bad-config` that names the field */
export function checkHead(type: string, { pooling, attention }: HeadConfig): void {
  if (type === 'rnn-classifier' && pooling === undefined)
    throw badConfig(
      'pooling',
      'is missing; it must be “last”, “last-step”, “mean”, “sum”, “max” or “attention”: how a text becomes one vector',
    );
  if (type !== 'rnn-classifier' && pooling !== undefined)
    throw badConfig('pooling', `is “${pooling}”; only a rnn-classifier pools its states`);
  if (pooling === 'attention' && attention === undefined)
    throw badConfig('attention', 'is missing; pooling by attention needs its “size” and “activation”');
  if (pooling !== 'attention' && attention !== undefined)
    throw badConfig('attention', 'is there, but “pooling” is not “attention”');
}

/** Width of what the last linear layer reads. @param width of the states, both directions */
export function headInput({ hidden_layers: layers }: HeadConfig, width: number): number {
  return layers.at(-1)?.size ?? width;
}

/** The tensors of pooling, of a norm and of the layers before the last. @param width of the states, both directions */
export function headTensors(
  { attention, layer_norm: norm, hidden_layers: layers }: HeadConfig,
  width: number,
): ExpectedTensor[] {
  const scored = attention?.size ?? width;
  const ofAttention =
    attention === undefined
      ? []
      : [
          ...(attention.size === null
            ? []
            : [
                expect('attention.key.weight', attention.size, width),
                optional('attention.key.bias', attention.size),
              ]),
          expect('attention.score.weight', 1, scored),
          optional('attention.score.bias', 1),
        ];
  const ofLayers = layers.flatMap(({ size: rows }, k) => [
    expect(`hidden.${k}.weight`, rows, layers[k - 1]?.size ?? width),
    optional(`hidden.${k}.bias`, rows),
  ]);
  const ofNorm = norm === undefined ? [] : [expect('norm.weight', width), optional('norm.bias', width)];
  return [...ofAttention, ...ofNorm, ...ofLayers];
}
