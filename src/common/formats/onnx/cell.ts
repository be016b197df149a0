/** LSTM, GRU and RNN nodes. */
import { Unfit, type NetworkCell } from '../recurrent/network.ts';
import type { Constants } from './constants.ts';
import { quote } from '../../error.ts';
import type { OnnxNode } from './model.ts';
import type { StoredTensor } from '../format.ts';
import type { CellWeights, Value } from './values.ts';

const GATES = { LSTM: 4, GRU: 3, RNN: 1 } as const;
const USUAL = { LSTM: ['sigmoid', 'tanh', 'tanh'], GRU: ['sigmoid', 'tanh'], RNN: ['tanh'] } as const;

export const isCell = (op: string): op is keyof typeof GATES => Object.hasOwn(GATES, op);

/** What a node's outputs hold: all states, the last ones. @throws Unfit naming the option that is not run */
export async function throughCell(
  node: OnnxNode,
  op: keyof typeof GATES,
  input: Value,
  constants: Constants,
): Promise<Value[]> {
  const what = `its ${op} node ${quote(node.name)}`;
  const { attributes, inputs } = node;
  const int = (name: string) => attributes.get(name)?.ints[0] ?? 0;
  if (input.embedding === null) throw new Unfit(`${what} reads something else than the rows of an embedding`);
  if (input.dense.length > 0 || input.picks !== null || input.pooling !== null)
    throw new Unfit(`${what} does not stand directly behind the embedding or another recurrent layer`);
  const isBatchFirst = int('layout') === 1;
  const [first, second, last] = input.axes;
  const axis = isBatchFirst ? second : first;
  if (input.axes.length !== 3 || last !== 'feature' || (axis !== 'first' && axis !== 'second'))
    throw new Unfit(`${what} reads axes in an order that is not run`);
  if (input.time !== null && input.time !== axis)
    throw new Unfit(`${what} goes along the batch, not along the text`);
  const direction = attributes.get('direction')?.texts[0] ?? 'forward';
  if (direction === 'reverse') throw new Unfit(`${what} reads backwards only`);
  const sides = direction === 'bidirectional' ? 2 : 1;
  for (const [name, value] of attributes)
    if (name === 'clip' || (name === 'input_forget' && value.ints[0] === 1))
      throw new Unfit(`${what} has the option ${name}, which is not run`);
  if ((inputs[7] ?? '') !== '') throw new Unfit(`${what} has peepholes, which are not run`);
  if ((inputs[4] ?? '') !== '') throw new Unfit(`${what} has lengths of its texts, which are not run`);
  for (const state of [inputs[5], inputs[6]])
    if (state !== undefined && state !== '' && !(await constants.isZero(state)))
      throw new Unfit(`${what} starts from other states than zeros`);
  const weights = weightsOf(what, op, sides, inputs, constants);
  const cell: NetworkCell = {
    cell: op === 'LSTM' ? 'lstm' : op === 'GRU' ? 'gru' : 'rnn',
    units: weights.R.shape[2] ?? 0,
    directions: sides,
    ...activationsOf(what, op, sides, attributes),
    reset: int('linear_before_reset') === 1 ? 'after' : 'before',
  };
  const width = (input.cells.at(-1)?.cell.units ?? 0) * (input.cells.at(-1)?.cell.directions ?? 0);
  const reads = input.cells.length === 0 ? (input.embedding.shape[1] ?? 0) : width;
  if (weights.W.shape[2] !== reads)
    throw new Unfit(`${what} has weights for ${weights.W.shape[2] ?? 0} inputs, and reads ${reads}`);
  const value: Value = { ...input, time: axis, cells: [...input.cells, { cell, weights }] };
  const batch = axis === 'first' ? 'second' : 'first';
  const picks = Array.from({ length: sides }, (_, side) => ({ cell: input.cells.length, side }));
  return [
    { ...value, axes: isBatchFirst ? [batch, axis, 'side', 'unit'] : [axis, 'side', batch, 'unit'] },
    { ...value, axes: isBatchFirst ? [batch, 'side', 'unit'] : ['side', batch, 'unit'], picks },
  ];
}

function weightsOf(
  what: string,
  op: keyof typeof GATES,
  sides: number,
  inputs: readonly string[],
  constants: Constants,
): CellWeights {
  const get = (name: string | undefined) =>
    name === undefined || name === '' ? null : (constants.tensor(name)?.stored ?? null);
  const [W, R, B] = [get(inputs[1]), get(inputs[2]), get(inputs[3])];
  if (W === null || R === null || (B === null && (inputs[3] ?? '') !== ''))
    throw new Unfit(`${what} has weights that are computed`);
  const H = R.shape[2] ?? 0;
  const rows = GATES[op] * H;
  const fits = (tensor: StoredTensor | null, ...shape: number[]) =>
    tensor === null || tensor.shape.join() === shape.join();
  if (!fits(R, sides, rows, H) || !fits(W, sides, rows, W.shape[2] ?? 0) || !fits(B, sides, 2 * rows))
    throw new Unfit(`${what} has weights of shapes that do not fit each other`);
  return { W, R, B };
}

function activationsOf(
  what: string,
  op: keyof typeof GATES,
  sides: number,
  attributes: OnnxNode['attributes'],
): Pick<NetworkCell, 'nonlinearity' | 'gates'> {
  const given = (attributes.get('activations')?.texts ?? []).map((name) => name.toLowerCase());
  if (given.length === 0) return { nonlinearity: 'tanh', gates: 'sigmoid' };
  if (op === 'RNN' && given.length === sides && given.every((name) => name === 'relu'))
    return { nonlinearity: 'relu', gates: 'sigmoid' };
  const hard = given.filter((name) => name === 'hardsigmoid').length;
  const gates = hard === sides && op !== 'RNN' ? hardSigmoid(what, sides, attributes) : 'sigmoid';
  // One hard sigmoid for each direction, at the place of the gates.
  const own = gates === 'sigmoid' ? given : given.map((name) => (name === 'hardsigmoid' ? 'sigmoid' : name));
  const usual = Array.from({ length: sides }, () => USUAL[op]).flat();
  if (own.join() !== usual.join())
    throw new Unfit(
      `${what} has the activations ${own.join(', ').slice(0, 80)}; ${USUAL[op].join(', ')} are run${op === 'RNN' ? '' : ', and hardsigmoid in the place of sigmoid'}`,
    );
  return { nonlinearity: 'tanh', gates };
}

/** By alpha and beta of each direction, which are 0.2 and 0.5 where the node does not say them. */
function hardSigmoid(what: string, sides: number, attributes: OnnxNode['attributes']): NetworkCell['gates'] {
  const all = (name: string, usual: number) => {
    const own = attributes.get(name)?.floats ?? [];
    return Array.from({ length: sides }, (_, side) => own[side] ?? usual);
  };
  const [alphas, betas] = [all('activation_alpha', 0.2), all('activation_beta', 0.5)];
  const is = (values: readonly number[], wanted: number) =>
    values.every((value) => Math.abs(value - wanted) < 1e-6);
  if (is(betas, 0.5) && is(alphas, 0.2)) return 'hard_sigmoid_0.2';
  if (is(betas, 0.5) && is(alphas, 1 / 6)) return 'hard_sigmoid';
  const told = (values: readonly number[]) => values.map((value) => Number(value.toPrecision(6))).join(', ');
  throw new Unfit(
    `${what} has a hardsigmoid with alpha ${told(alphas)} and beta ${told(betas)}; alpha 0.2 or 1/6 and beta 0.5 are run`,
  );
}
