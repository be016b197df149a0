/** An ONNX graph as one of our recurrent networks: embedding (Gather) → LSTM, GRU or RNN × n → linear × n. */
import type { ByteSource } from '../../byte-source.ts';
import { quote } from '../../error.ts';
import type { StoredTensor } from '../format.ts';
import { turned, whole, zeros, type Arranged, type Block } from '../recurrent/arrange.ts';
import { Unfit, type Network, type NetworkCell } from '../recurrent/network.ts';
import { isCell, throughCell } from './cell.ts';
import { Constants } from './constants.ts';
import type { OnnxModel, OnnxNode } from './model.ts';
import { concat, STEPS, widthOf } from './steps.ts';
import type { CellWeights, DenseLayer, Value } from './values.ts';

const INTEGERS = new Set([0, 6, 7]);
/** For each of PyTorch's gates its place in ONNX: i, o, f, c and z, r, h. */
const ORDERS = { lstm: [0, 2, 3, 1], gru: [1, 0, 2], rnn: [0] } as const;
/** Operators that tell sizes, which carries no text. */
const ASIDE = new Set(['Shape', 'Size']);

/** @throws Unfit naming the node that has no place */
export async function networkOf(
  model: OnnxModel,
  files: ReadonlyMap<string, ByteSource>,
): Promise<{ readonly network: Network; readonly tensors: ReadonlyMap<string, Arranged> }> {
  const constants = new Constants(model, files);
  const values = new Map<string, Value>();
  const refused = new Map<string, string>();
  for (const { name, type, rank } of model.inputs)
    if (INTEGERS.has(type) && !model.tensors.has(name) && rank !== null && (rank === 1 || rank === 2)) {
      const axes = rank === 1 ? (['first'] as const) : (['first', 'second'] as const);
      values.set(name, {
        axes,
        embedding: null,
        cells: [],
        time: null,
        pooling: null,
        picks: null,
        dense: [],
      });
    }
  if (values.size === 0)
    throw new Unfit(
      `it reads ${
        model.inputs
          .filter(({ name }) => !model.tensors.has(name))
          .map(({ name }) => quote(name))
          .join(', ')
          .slice(0, 200) || 'nothing'
      }, which is no list of ids${otherBlocks(model)}`,
    );
  for (const node of model.nodes) {
    const known = node.inputs.flatMap((name) => values.get(name) ?? []);
    const reason = node.inputs.map((name) => refused.get(name)).find((one) => one !== undefined);
    if (ASIDE.has(node.op) || (known.length === 0 && reason === undefined)) continue;
    try {
      if (reason !== undefined) throw new Unfit(reason);
      for (const [k, value] of (await through(node, known, constants)).entries()) {
        const output = node.outputs[k];
        if (output !== undefined) values.set(output, value);
      }
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
      for (const output of node.outputs) refused.set(output, error.message);
    }
  }
  const end = model.outputs.flatMap((name) => values.get(name) ?? []).find(({ dense }) => dense.length > 0);
  if (end !== undefined) return described(end);
  const reason = model.outputs.map((name) => refused.get(name)).find((one) => one !== undefined);
  throw new Unfit(
    reason ?? `no output of it is that of a linear layer behind a recurrent one${otherBlocks(model)}`,
  );
}

async function through(
  node: OnnxNode,
  known: readonly Value[],
  constants: Constants,
): Promise<readonly Value[]> {
  const [input] = known;
  if (input === undefined) return [];
  if (node.op === 'Concat') return [concat(node, known)];
  if (known.length > 1) throw new Unfit(`its ${node.op} node ${quote(node.name)} joins several values`);
  if (isCell(node.op)) return throughCell(node, node.op, input, constants);
  const step = Object.hasOwn(STEPS, node.op) ? STEPS[node.op] : undefined;
  if (step === undefined)
    throw new Unfit(`its ${node.op} node ${quote(node.name)} is none of the blocks that are run`);
  return [await step(node, input, constants)];
}

/** Operators that have no counterpart here, for a sentence. */
function otherBlocks({ nodes, innerOps }: OnnxModel): string {
  const known = new Set([
    ...Object.keys(STEPS),
    'LSTM',
    'GRU',
    'RNN',
    'Concat',
    'Constant',
    'ConstantOfShape',
    'Expand',
    ...ASIDE,
  ]);
  const others = [...new Set([...nodes.map(({ op }) => op), ...innerOps])]
    .filter((op) => !known.has(op))
    .sort();
  if (others.length === 0) return '';
  const more = others.length > 8 ? ` and ${others.length - 8} more` : '';
  return `; blocks that are missing: ${others
    .slice(0, 8)
    .map((op) => op.slice(0, 40))
    .join(', ')}${more}`;
}

function described(value: Value): {
  readonly network: Network;
  readonly tensors: ReadonlyMap<string, Arranged>;
} {
  const { embedding, cells, dense } = value;
  const last = dense.at(-1);
  if (embedding === null || last === undefined) throw new Unfit('it has no embedding');
  const tensors = new Map<string, Arranged>([['embedding.weight', whole(embedding)]]);
  const hasBias = cells.some(({ weights }) => weights.B !== null);
  for (const [k, { cell, weights }] of cells.entries()) addCell(tensors, k, cell, weights, hasBias);
  for (const [k, layer] of dense.entries())
    addDense(tensors, k + 1 === dense.length ? 'linear' : `hidden.${k}`, layer);
  const hidden = dense.slice(0, -1).map((layer) => {
    if (layer.activation === 'softmax') throw new Unfit('it has a softmax between two linear layers');
    return { size: widthOf(layer), activation: layer.activation };
  });
  const final = last.activation;
  if (final === 'relu' || final === 'tanh') throw new Unfit(`its last linear layer is followed by ${final}`);
  const network: Network = {
    vocabulary: embedding.shape[0] ?? 0,
    embedding: embedding.shape[1] ?? 0,
    cells: cells.map(({ cell }) => cell),
    hasBias,
    pooling: pooledBy(value),
    hidden,
    outputs: widthOf(last),
    final,
  };
  return { network, tensors };
}

/** @throws Unfit where the last states are not those of the last layer, forward first */
function pooledBy({ picks, pooling, cells }: Value): Network['pooling'] {
  if (picks === null) return pooling;
  const sides = cells.at(-1)?.cell.directions ?? 1;
  const isLast =
    picks.length === sides && picks.every(({ cell, side }, k) => cell === cells.length - 1 && side === k);
  if (!isLast)
    throw new Unfit(
      'its linear layer reads other states than the last ones of the last layer, forward first',
    );
  return 'last';
}

function addCell(
  tensors: Map<string, Arranged>,
  layer: number,
  { cell, units: H, directions }: NetworkCell,
  { W, R, B }: CellWeights,
  hasBias: boolean,
): void {
  const order = ORDERS[cell];
  const rows = order.length * H;
  const matrix = (from: StoredTensor, side: number): Arranged => {
    const columns = from.shape[2] ?? 0;
    const blocks = order.map((gate): Block => ({
      offset: (side * rows + gate * H) * columns,
      shape: [H, columns],
      stride: [columns, 1],
    }));
    return { from, shape: [rows, columns], blocks };
  };
  const bias = (side: number, half: number): Arranged =>
    B === null
      ? zeros(rows)
      : {
          from: B,
          shape: [rows],
          blocks: order.map((gate) => ({
            offset: (2 * side + half) * rows + gate * H,
            shape: [H],
            stride: [1],
          })),
        };
  for (let side = 0; side < directions; side++) {
    const add = (role: string, arranged: Arranged) =>
      tensors.set(`rnn.${role}_l${layer}${side === 1 ? '_reverse' : ''}`, arranged);
    add('weight_ih', matrix(W, side));
    add('weight_hh', matrix(R, side));
    if (hasBias) add('bias_ih', bias(side, 0));
    if (hasBias) add('bias_hh', bias(side, 1));
  }
}

function addDense(
  tensors: Map<string, Arranged>,
  name: string,
  { weight, isTurned, bias, ...layer }: DenseLayer,
): void {
  tensors.set(`${name}.weight`, isTurned ? turned(weight) : whole(weight));
  if (bias === null) return;
  const outputs = widthOf({ weight, isTurned, bias, ...layer });
  const count = bias.shape.reduce((product, size) => product * size, 1);
  if (count !== outputs) throw new Unfit(`a bias of ${count} numbers is added to ${outputs} outputs`);
  tensors.set(`${name}.bias`, whole(bias, [outputs]));
}
