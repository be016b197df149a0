/** A stack of recurrent layers as a config describes it, and the tensors that it calls for. */
import * as v from 'valibot';
import { badConfig, size, layerCount } from './fields.ts';
import type { ExpectedTensor } from './spec.ts';

/** Fields of a `rnn`, `encoder` or `decoder` block. */
export const stackEntries = {
  cell: v.picklist(['rnn', 'lstm', 'gru']),
  hidden_size: size,
  num_layers: v.optional(layerCount, 1),
  bidirectional: v.optional(v.boolean(), false),
  projection_size: v.optional(v.nullable(size), null),
  nonlinearity: v.optional(v.picklist(['tanh', 'relu']), 'tanh'),
  reset_gate: v.optional(v.picklist(['after', 'before']), 'after'),
  bias: v.optional(v.boolean(), true),
  layout: v.optional(v.picklist(['pytorch', 'keras', 'onnx']), 'pytorch'),
  prefix: v.optional(v.string()),
};
export type StackConfig = v.InferOutput<v.StrictObjectSchema<typeof stackEntries, undefined>>;

/** As `Cell` of the kernels; the spec folder imports nothing of them. */
export type CellName = 'rnn-tanh' | 'rnn-relu' | 'lstm' | 'gru' | 'gru-reset-before';

export function cellOf({ cell, nonlinearity, reset_gate: reset }: StackConfig): CellName {
  if (cell === 'rnn') return nonlinearity === 'relu' ? 'rnn-relu' : 'rnn-tanh';
  if (cell === 'gru') return reset === 'before' ? 'gru-reset-before' : 'gru';
  return 'lstm';
}

/** G: blocks of rows in the weights. */
export function gatesOf({ cell }: StackConfig): 1 | 3 | 4 {
  return cell === 'lstm' ? 4 : cell === 'gru' ? 3 : 1;
}

/** P: width of one direction's hidden state. */
export function stateOf({ hidden_size: H, projection_size: P }: StackConfig): number {
  return P ?? H;
}

/** Width of the stack's output: both directions side by side. */
export function outputOf(stack: StackConfig): number {
  return stateOf(stack) * (stack.bidirectional ? 2 : 1);
}

/** Rules between the fields of a block. @throws HeadgateError `bad-config` that names the field. */
export function checkStack(block: string, stack: StackConfig): void {
  const { cell, projection_size: P, hidden_size: H, layout } = stack;
  if (P !== null && cell !== 'lstm')
    throw badConfig(`${block}.projection_size`, `is ${P}; only an LSTM has a projection, not a ${cell}`);
  if (P !== null && P >= H)
    throw badConfig(
      `${block}.projection_size`,
      `is ${P}; it must be smaller than hidden_size, which is ${H}`,
    );
  if (P !== null && layout !== 'pytorch')
    throw badConfig(`${block}.projection_size`, `is ${P}; the ${layout} layout has no projections`);
}

/** One direction of one layer: the names of its tensors by their role. */
export interface LayerTensors {
  readonly layer: number;
  readonly reverse: boolean;
  /** I: widths of the parts that the input is joined of. */
  readonly inputs: readonly number[];
  readonly tensors: Readonly<Record<string, ExpectedTensor>>;
}

/**
 * The tensors of a stack in its layout, layer by layer, forward before reverse.
 * @param inputs widths of the parts of the first layer's input
 */
export function stackTensors(
  stack: StackConfig,
  defaultPrefix: string,
  inputs: readonly number[],
): LayerTensors[] {
  const { num_layers: layers, bidirectional } = stack;
  const prefix = stack.prefix ?? defaultPrefix;
  const P = stateOf(stack);
  return Array.from({ length: layers }, (_, layer) => {
    const own = layer === 0 ? inputs : bidirectional ? [P, P] : [P];
    return (bidirectional ? [false, true] : [false]).map((reverse) => ({
      layer,
      reverse,
      inputs: own,
      tensors: LAYOUTS[stack.layout](stack, prefix === '' ? '' : `${prefix}.`, layer, reverse, sum(own)),
    }));
  }).flat();
}

type Layout = (
  stack: StackConfig,
  prefix: string,
  layer: number,
  reverse: boolean,
  inputs: number,
) => Record<string, ExpectedTensor>;

const LAYOUTS: Record<StackConfig['layout'], Layout> = {
  /** weight_ih_l{k} [G·H, I], weight_hh_l{k} [G·H, P], bias_ih_l{k}, bias_hh_l{k} [G·H], weight_hr_l{k} [P, H]. */
  pytorch(stack, prefix, layer, reverse, I) {
    const { hidden_size: H, projection_size: projection, bias } = stack;
    const rows = gatesOf(stack) * H;
    const name = (role: string) => `${prefix}${role}_l${layer}${reverse ? '_reverse' : ''}`;
    return {
      input: expect(name('weight_ih'), rows, I),
      recurrent: expect(name('weight_hh'), rows, stateOf(stack)),
      ...(bias && { inputBias: expect(name('bias_ih'), rows), recurrentBias: expect(name('bias_hh'), rows) }),
      ...(projection !== null && { projection: expect(name('weight_hr'), projection, H) }),
    };
  },
  /** {layer}.kernel [I, G·H], recurrent_kernel [H, G·H], bias [G·H], or [2, 3H] of a GRU that resets after. */
  keras(stack, prefix, layer, reverse, I) {
    const { hidden_size: H, bias, cell, reset_gate: reset } = stack;
    const rows = gatesOf(stack) * H;
    const name = (role: string) => `${prefix}${layer}.${reverse ? 'reverse.' : ''}${role}`;
    const biasShape = cell === 'gru' && reset === 'after' ? [2, rows] : [rows];
    return {
      kernel: expect(name('kernel'), I, rows),
      recurrentKernel: expect(name('recurrent_kernel'), H, rows),
      ...(bias && { kernelBias: expect(name('bias'), ...biasShape) }),
    };
  },
  /** {layer}.W [D, G·H, I], {layer}.R [D, G·H, H], {layer}.B [D, 2·G·H], D directions in one tensor. */
  onnx(stack, prefix, layer, _reverse, I) {
    const { hidden_size: H, bias, bidirectional } = stack;
    const rows = gatesOf(stack) * H;
    const D = bidirectional ? 2 : 1;
    const name = (role: string) => `${prefix}${layer}.${role}`;
    return {
      W: expect(name('W'), D, rows, I),
      R: expect(name('R'), D, rows, H),
      ...(bias && { B: expect(name('B'), D, 2 * rows) }),
    };
  },
};

export function expect(name: string, ...shape: number[]): ExpectedTensor {
  return { name, shape, optional: false };
}

/** A tensor that is used when it is there: the bias of a linear layer. */
export function optional(name: string, ...shape: number[]): ExpectedTensor {
  return { name, shape, optional: true };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
