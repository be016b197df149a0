/** A stack of recurrent layers as a config describes it, and the tensors that it calls for. */
import * as v from 'valibot';
import { badConfig, size, layerCount } from './fields.ts';
import type { ExpectedTensor } from './spec.ts';

export const GATE_ACTIVATIONS = ['sigmoid', 'hard_sigmoid', 'hard_sigmoid_0.2'] as const;

/** Fields of a `rnn`, `encoder` or `decoder` block. */
export const stackEntries = {
  cell: v.picklist(['rnn', 'lstm', 'gru']),
  hidden_size: size,
  num_layers: v.optional(layerCount, 1),
  bidirectional: v.optional(v.boolean(), false),
  projection_size: v.optional(v.nullable(size), null),
  nonlinearity: v.optional(v.picklist(['tanh', 'relu']), 'tanh'),
  /** What squashes the gates; x / 6 + 1/2 or 0.2·x + 1/2, clamped to [0, 1], of the hard ones. */
  recurrent_activation: v.optional(v.picklist(GATE_ACTIVATIONS), 'sigmoid'),
  reset_gate: v.optional(v.picklist(['after', 'before']), 'after'),
  bias: v.optional(v.boolean(), true),
  layout: v.optional(v.picklist(['pytorch', 'keras', 'onnx']), 'pytorch'),
  prefix: v.optional(v.string()),
};
type PlainStack = v.InferOutput<v.StrictObjectSchema<typeof stackEntries, undefined>>;

const layerSizes = v.pipe(v.array(size), v.minLength(1), v.maxLength(1000));
const layerFlags = v.pipe(v.array(v.boolean()), v.minLength(1), v.maxLength(1000));

/** The same of a stack whose layers may differ: a list has one value for each layer. */
export const layeredStackEntries = {
  ...stackEntries,
  hidden_size: v.union([size, layerSizes]),
  bidirectional: v.optional(v.union([v.boolean(), layerFlags]), false),
};
export interface StackConfig extends Omit<PlainStack, 'hidden_size' | 'bidirectional'> {
  readonly hidden_size: number | readonly number[];
  readonly bidirectional: boolean | readonly boolean[];
}

/** H of a layer. */
export function unitsOf({ hidden_size: H }: Pick<StackConfig, 'hidden_size'>, layer: number): number {
  return typeof H === 'number' ? H : (H[layer] ?? 0);
}

/** D of a layer: one direction or two. */
export function directionsOf({ bidirectional }: Pick<StackConfig, 'bidirectional'>, layer: number): 1 | 2 {
  return (typeof bidirectional === 'boolean' ? bidirectional : bidirectional[layer]) === true ? 2 : 1;
}

/** True when any layer reads in both directions. */
export function hasReverse({ bidirectional }: Pick<StackConfig, 'bidirectional'>): boolean {
  return typeof bidirectional === 'boolean' ? bidirectional : bidirectional.includes(true);
}

/** As `Cell` of the kernels; the spec folder imports nothing of them. */
export type CellName = 'rnn-tanh' | 'rnn-relu' | 'lstm' | 'gru' | 'gru-reset-before';

export function cellOf({
  cell,
  nonlinearity,
  reset_gate: reset,
}: Pick<StackConfig, 'cell' | 'nonlinearity' | 'reset_gate'>): CellName {
  if (cell === 'rnn') return nonlinearity === 'relu' ? 'rnn-relu' : 'rnn-tanh';
  if (cell === 'gru') return reset === 'before' ? 'gru-reset-before' : 'gru';
  return 'lstm';
}

/** G: blocks of rows in the weights. */
export function gatesOf({ cell }: StackConfig): 1 | 3 | 4 {
  return cell === 'lstm' ? 4 : cell === 'gru' ? 3 : 1;
}

/** P: width of one direction's hidden state, of the last layer where none is named. */
export function stateOf(stack: StackConfig, layer = stack.num_layers - 1): number {
  return stack.projection_size ?? unitsOf(stack, layer);
}

/** Width of a layer's output, of the last where none is named: both directions side by side. */
export function outputOf(stack: StackConfig, layer = stack.num_layers - 1): number {
  return stateOf(stack, layer) * directionsOf(stack, layer);
}

/** Rules between the fields of a block. @throws HeadgateError `bad-config` that names the field. */
export function checkStack(block: string, stack: StackConfig): void {
  const { cell, projection_size: P, layout, num_layers: layers } = stack;
  for (const field of ['hidden_size', 'bidirectional'] as const) {
    const value = stack[field];
    if (typeof value === 'object' && value.length !== layers)
      throw badConfig(`${block}.${field}`, `lists ${value.length} layers; num_layers is ${layers}`);
  }
  if (cell === 'rnn' && stack.recurrent_activation !== 'sigmoid')
    throw badConfig(
      `${block}.recurrent_activation`,
      `is “${stack.recurrent_activation}”; a rnn has no gates, and its activation is “nonlinearity”`,
    );
  const H = Math.min(...Array.from({ length: layers }, (_, layer) => unitsOf(stack, layer)));
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
  const prefix = stack.prefix ?? defaultPrefix;
  return Array.from({ length: stack.num_layers }, (_, layer) => {
    const own = layer === 0 ? inputs : partsOf(stack, layer - 1);
    return (directionsOf(stack, layer) === 2 ? [false, true] : [false]).map((reverse) => ({
      layer,
      reverse,
      inputs: own,
      tensors: LAYOUTS[stack.layout](stack, prefix === '' ? '' : `${prefix}.`, layer, reverse, sum(own)),
    }));
  }).flat();
}

/** Widths of a layer's output by direction. */
export function partsOf(stack: StackConfig, layer = stack.num_layers - 1): number[] {
  return new Array<number>(directionsOf(stack, layer)).fill(stateOf(stack, layer));
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
    const { projection_size: projection, bias } = stack;
    const H = unitsOf(stack, layer);
    const rows = gatesOf(stack) * H;
    const name = (role: string) => `${prefix}${role}_l${layer}${reverse ? '_reverse' : ''}`;
    return {
      input: expect(name('weight_ih'), rows, I),
      recurrent: expect(name('weight_hh'), rows, stateOf(stack, layer)),
      ...(bias && { inputBias: expect(name('bias_ih'), rows), recurrentBias: expect(name('bias_hh'), rows) }),
      ...(projection !== null && { projection: expect(name('weight_hr'), projection, H) }),
    };
  },
  /** {layer}.kernel [I, G·H], recurrent_kernel [H, G·H], bias [G·H], or [2, 3H] of a GRU that resets after. */
  keras(stack, prefix, layer, reverse, I) {
    const { bias, cell, reset_gate: reset } = stack;
    const H = unitsOf(stack, layer);
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
    const { bias } = stack;
    const H = unitsOf(stack, layer);
    const rows = gatesOf(stack) * H;
    const D = directionsOf(stack, layer);
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
