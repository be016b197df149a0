/** Operators that move, pool or end the states of a recurrent network. */
import { quote } from '../../error.ts';
import { Unfit } from '../recurrent/network.ts';
import type { Constants } from './constants.ts';
import type { OnnxNode } from './model.ts';
import type { Axis, DenseLayer, Value } from './values.ts';

type Step = (node: OnnxNode, input: Value, constants: Constants) => Promise<Value> | Value;

const named = ({ op, name }: OnnxNode) => `its ${op} node ${quote(name)}`;
const same: Step = (_node, input) => input;

/** By operator; `input` is the first of a node's inputs that carries the text. */
export const STEPS: Readonly<Record<string, Step>> = {
  Identity: same,
  Cast: same,
  Dropout: same,
  Gather: gather,
  Slice: slice,
  Transpose(node, input) {
    const order = node.attributes.get('perm')?.ints ?? input.axes.map((_, k) => input.axes.length - 1 - k);
    const axes = order.flatMap((from) => input.axes[from] ?? []);
    if (axes.length !== input.axes.length || new Set(order).size !== order.length)
      throw new Unfit(`${named(node)} has an order that does not fit`);
    return { ...input, axes };
  },
  async Unsqueeze(node, input, constants) {
    const places = node.attributes.get('axes')?.ints ?? (await constants.ints(node.inputs[1]));
    const [place] = places ?? [];
    if (place === undefined || places?.length !== 1)
      throw new Unfit(`${named(node)} adds axes that are computed`);
    const at = place < 0 ? place + input.axes.length + 1 : place;
    return { ...input, axes: [...input.axes.slice(0, at), 'one', ...input.axes.slice(at)] };
  },
  async Squeeze(node, input, constants) {
    const places = node.attributes.get('axes')?.ints ?? (await constants.ints(node.inputs[1]));
    const gone = new Set(
      places?.map((place) => (place < 0 ? place + input.axes.length : place)) ??
        input.axes.flatMap((axis, k) => (axis === 'one' || axis === 'side' ? k : [])),
    );
    for (const k of gone) {
      const axis = input.axes[k];
      const isBatch = (axis === 'first' || axis === 'second') && axis !== input.time && input.time !== null;
      if (axis !== 'one' && !isBatch && !(axis === 'side' && sidesOf(input) === 1))
        throw new Unfit(`${named(node)} leaves out an axis that is larger than 1`);
    }
    return asFeature({ ...input, axes: input.axes.filter((_, k) => !gone.has(k)) });
  },
  async Reshape(node, input, constants) {
    const sizes = await constants.ints(node.inputs[1]);
    const [before, last] = input.axes.slice(-2);
    if (before === 'side' && last === 'unit' && (sizes === null || sizes.length < input.axes.length))
      return { ...input, axes: [...input.axes.slice(0, -2), 'feature'] };
    if (input.axes.at(-1) === 'feature' && sizes?.length === input.axes.length) return input;
    throw new Unfit(`${named(node)} puts the states in another form`);
  },
  Flatten(node, input) {
    if (input.axes.length === 2 && input.axes[1] === 'feature') return input;
    throw new Unfit(`${named(node)} puts the states in another form`);
  },
  ReduceMean: (node, input, constants) => reduce(node, input, constants, 'mean'),
  ReduceSum: (node, input, constants) => reduce(node, input, constants, 'sum'),
  ReduceMax: (node, input, constants) => reduce(node, input, constants, 'max'),
  GlobalAveragePool: (node, input) => poolAll(node, input, 'mean'),
  GlobalMaxPool: (node, input) => poolAll(node, input, 'max'),
  MatMul(node, input, constants) {
    return dense(node, input, {
      ...matrix(node, node.inputs[1], constants),
      isTurnedByUse: true,
      bias: null,
    });
  },
  Gemm(node, input, constants) {
    const int = (name: string) => node.attributes.get(name)?.ints[0] ?? 0;
    const scale = (name: string) => node.attributes.get(name)?.float ?? 1;
    if (int('transA') === 1 || scale('alpha') !== 1 || scale('beta') !== 1)
      throw new Unfit(`${named(node)} has a factor, which is not run`);
    const bias =
      node.inputs[2] === undefined || node.inputs[2] === '' ? null : vector(node, node.inputs[2], constants);
    return dense(node, input, {
      ...matrix(node, node.inputs[1], constants),
      isTurnedByUse: int('transB') !== 1,
      bias,
    });
  },
  Add(node, input, constants) {
    const other = node.inputs.find((name) => constants.tensor(name) !== null);
    const last = input.dense.at(-1);
    if (other === undefined || last === undefined || last.bias !== null || last.activation !== 'none')
      throw new Unfit(`${named(node)} is no bias of a linear layer`);
    return withLast(input, { ...last, bias: vector(node, other, constants) });
  },
  Relu: (node, input) => activate(node, input, 'relu'),
  Tanh: (node, input) => activate(node, input, 'tanh'),
  Sigmoid: (node, input) => activate(node, input, 'sigmoid'),
  Softmax: (node, input) => activate(node, input, 'softmax'),
  LogSoftmax: (node, input) => activate(node, input, 'softmax'),
};

const sidesOf = ({ cells, picks }: Value) => picks?.length ?? cells.at(-1)?.cell.directions ?? 1;

/** A value whose directions are gone has whole vectors. */
function asFeature(value: Value): Value {
  if (value.axes.includes('side')) return value;
  return { ...value, axes: value.axes.map((axis): Axis => (axis === 'unit' ? 'feature' : axis)) };
}

async function gather(node: OnnxNode, input: Value, constants: Constants): Promise<Value> {
  // Rows of a table: the ids are the second input.
  const table = constants.tensor(node.inputs[0] ?? '')?.stored ?? null;
  if (table !== null) {
    if (
      input.embedding !== null ||
      table.shape.length !== 2 ||
      (node.attributes.get('axis')?.ints[0] ?? 0) !== 0
    )
      throw new Unfit(`${named(node)} takes rows of a table that is no embedding`);
    return { ...input, embedding: table, axes: [...input.axes, 'feature'] };
  }
  const [index] = (await constants.ints(node.inputs[1])) ?? [];
  const place = node.attributes.get('axis')?.ints[0] ?? 0;
  const at = place < 0 ? place + input.axes.length : place;
  const isScalar =
    constants.tensor(node.inputs[1] ?? '')?.shape.length === 0 ||
    constants.tensor(node.inputs[1] ?? '') === null;
  if (index === undefined) throw new Unfit(`${named(node)} takes a step that is computed`);
  const axes = isScalar
    ? input.axes.filter((_, k) => k !== at)
    : input.axes.map((axis, k): Axis => (k === at ? 'one' : axis));
  return pickAt(node, input, { at, index, axes });
}

async function slice(node: OnnxNode, input: Value, constants: Constants): Promise<Value> {
  const list = (name: string, k: number) => node.attributes.get(name)?.ints ?? constants.ints(node.inputs[k]);
  const [starts, axes] = [await list('starts', 1), await list('axes', 3)];
  const [index] = starts ?? [];
  const [place] = axes ?? [0];
  const steps = (await constants.ints(node.inputs[4])) ?? [1];
  if (index === undefined || place === undefined || starts?.length !== 1 || steps[0] !== 1)
    throw new Unfit(`${named(node)} cuts the text`);
  const at = place < 0 ? place + input.axes.length : place;
  const [end] = (await list('ends', 2)) ?? [];
  const isOne = index === -1 || (end !== undefined && end - index === 1);
  if (!isOne) throw new Unfit(`${named(node)} cuts the text`);
  return pickAt(node, input, {
    at,
    index,
    axes: input.axes.map((axis, k): Axis => (k === at ? 'one' : axis)),
  });
}

/** One step of the text, or one direction of the last states. */
function pickAt(
  node: OnnxNode,
  input: Value,
  { at, index, axes }: { readonly at: number; readonly index: number; readonly axes: readonly Axis[] },
): Value {
  const axis = input.axes[at];
  if (axis === 'side' && input.picks !== null) {
    const picked = input.picks.at(index);
    if (picked === undefined) throw new Unfit(`${named(node)} takes a state that is not there`);
    return asFeature({ ...input, axes, picks: [picked] });
  }
  if (
    axis !== undefined &&
    axis === input.time &&
    input.pooling === null &&
    input.picks === null &&
    index === -1
  ) {
    const isBoth = input.cells.at(-1)?.cell.directions === 2;
    return { ...input, axes, pooling: isBoth ? 'last-step' : 'last' };
  }
  throw new Unfit(`${named(node)} takes a part that is not the last step`);
}

async function reduce(
  node: OnnxNode,
  input: Value,
  constants: Constants,
  pooling: 'mean' | 'sum' | 'max',
): Promise<Value> {
  const places = node.attributes.get('axes')?.ints ?? (await constants.ints(node.inputs[1])) ?? [];
  const keeps = (node.attributes.get('keepdims')?.ints[0] ?? 1) === 1;
  return pooled(node, input, { places, keeps }, pooling);
}

/** The steps as one, perhaps together with axes of the size 1. */
function pooled(
  node: OnnxNode,
  input: Value,
  { places, keeps }: { readonly places: readonly number[]; readonly keeps: boolean },
  pooling: 'mean' | 'sum' | 'max',
): Value {
  const gone = new Set(places.map((place) => (place < 0 ? place + input.axes.length : place)));
  const isTime = [...gone].map((k) => input.axes[k]).filter((axis) => axis !== 'one');
  if (isTime.length !== 1 || isTime[0] !== input.time || input.time === null)
    throw new Unfit(`${named(node)} reduces something else than the steps of the text`);
  if (input.pooling !== null || input.picks !== null || input.dense.length > 0)
    throw new Unfit(`${named(node)} does not stand directly behind the recurrent layers`);
  const axes = keeps
    ? input.axes.map((axis, k): Axis => (gone.has(k) ? 'one' : axis))
    : input.axes.filter((_, k) => !gone.has(k));
  return { ...input, axes, pooling };
}

/** GlobalAveragePool and GlobalMaxPool reduce what follows the batch and the channels. */
function poolAll(node: OnnxNode, input: Value, pooling: 'mean' | 'max'): Value {
  return pooled(node, input, { places: input.axes.map((_, k) => k).slice(2), keeps: true }, pooling);
}

function matrix(node: OnnxNode, name: string | undefined, constants: Constants) {
  const found = constants.matrix(name ?? '');
  const weight = found?.tensor.stored ?? null;
  if (weight?.shape.length !== 2 || found === null)
    throw new Unfit(`${named(node)} multiplies by something else than a stored matrix`);
  return { weight, isTurned: found.isTurned };
}

function vector(node: OnnxNode, name: string, constants: Constants) {
  const stored = constants.tensor(name)?.stored ?? null;
  if (stored === null) throw new Unfit(`${named(node)} adds something that is computed`);
  return stored;
}

interface Use extends Pick<DenseLayer, 'weight' | 'isTurned' | 'bias'> {
  /** The operator reads its matrix as [I, O]. */
  readonly isTurnedByUse: boolean;
}

function dense(node: OnnxNode, input: Value, { weight, isTurned, isTurnedByUse, bias }: Use): Value {
  if (input.cells.length === 0)
    throw new Unfit(
      `${named(node)} reads the embedding itself, as in a layer that was exported step by step; torch.onnx.export(…, dynamo=False) keeps the layer as one node`,
    );
  if (input.axes.at(-1) !== 'feature')
    throw new Unfit(`${named(node)} does not read the states of a recurrent layer`);
  const isInput = isTurned !== isTurnedByUse;
  const [rows = 0, columns = 0] = weight.shape;
  const reads = isInput ? rows : columns;
  const last = input.dense.at(-1);
  const before = last === undefined ? stateWidth(input) : widthOf(last);
  if (reads !== before) throw new Unfit(`${named(node)} reads ${reads} numbers, and ${before} are there`);
  return { ...input, dense: [...input.dense, { weight, isTurned: isInput, bias, activation: 'none' }] };
}

/** Outputs of a linear layer. */
export const widthOf = ({ weight, isTurned }: DenseLayer) => weight.shape[isTurned ? 1 : 0] ?? 0;

/** Width of what stands behind the recurrent layers. */
function stateWidth({ cells, picks }: Value): number {
  const last = cells.at(-1)?.cell;
  return (last?.units ?? 0) * (picks?.length ?? last?.directions ?? 0);
}

function activate(node: OnnxNode, input: Value, activation: DenseLayer['activation']): Value {
  const last = input.dense.at(-1);
  if (last?.activation !== 'none') throw new Unfit(`${named(node)} does not follow a linear layer`);
  return withLast(input, { ...last, activation });
}

function withLast(input: Value, last: DenseLayer): Value {
  return { ...input, dense: [...input.dense.slice(0, -1), last] };
}

/** Last states side by side, or one after another. @throws Unfit */
export function concat(node: OnnxNode, inputs: readonly Value[]): Value {
  const [first] = inputs;
  const place = node.attributes.get('axis')?.ints[0] ?? 0;
  if (
    first === undefined ||
    inputs.length !== node.inputs.length ||
    inputs.some(({ picks, axes }) => picks === null || axes.join() !== first.axes.join())
  )
    throw new Unfit(`${named(node)} joins several values`);
  const axis = first.axes.at(place);
  const deepest = inputs.reduce(
    (most, value) => (value.cells.length > most.cells.length ? value : most),
    first,
  );
  const picks = inputs.flatMap((value) => value.picks ?? []);
  if (axis !== 'side' && axis !== 'feature')
    throw new Unfit(`${named(node)} joins along another axis than the states`);
  return { ...deepest, picks, axes: first.axes };
}
