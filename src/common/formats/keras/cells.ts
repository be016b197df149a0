/** Recurrent layers of Keras, turned round to PyTorch's names, shapes and order of gates. */
import type { StoredTensor } from '../format.ts';
import { APART, turned, whole, zeros, type Arranged, type Block, type Joined } from '../recurrent/arrange.ts';
import { Unfit, type NetworkCell } from '../recurrent/network.ts';
import { layerOf, shown, type KerasLayer } from './layers.ts';
import type { HardSigmoid } from './version.ts';

const KINDS: Readonly<Record<string, { readonly cell: NetworkCell['cell']; readonly isCuDnn: boolean }>> = {
  LSTM: { cell: 'lstm', isCuDnn: false },
  GRU: { cell: 'gru', isCuDnn: false },
  SimpleRNN: { cell: 'rnn', isCuDnn: false },
  CuDNNLSTM: { cell: 'lstm', isCuDnn: true },
  CuDNNGRU: { cell: 'gru', isCuDnn: true },
};
/** For each of PyTorch's gates its place in Keras: i, f, c, o and z, r, h. */
const ORDERS = { lstm: [0, 1, 2, 3], gru: [1, 0, 2], rnn: [0] } as const;

/** By Bidirectional's `merge_mode`. */
const JOINED: ReadonlyMap<unknown, Joined> = new Map([
  ['concat', APART],
  ['sum', { repeats: 2, scale: 1 }],
  ['ave', { repeats: 2, scale: 0.5 }],
]);

export function isRecurrent({ kind }: KerasLayer): boolean {
  return Object.hasOwn(KINDS, kind) || kind === 'Bidirectional';
}

export interface ReadCell {
  readonly cell: NetworkCell;
  /** It gives its states at every step, not only the last. */
  readonly sequences: boolean;
  /** How what reads its states must be put together. */
  readonly joined: Joined;
  readonly hasBias: boolean;
  /** By PyTorch's names: `weight_ih_l0_reverse`. */
  readonly tensors: ReadonlyMap<string, Arranged>;
}

/**
 * @param weights in Keras' order: kernel, recurrent kernel, bias; forward before reverse
 * @param inputs width of what it reads; null: its kernel tells. @param joined how the states that it reads were made
 * @param hard what `hard_sigmoid` is in the file's version of Keras
 * @throws Unfit naming the option that is not run
 */
export function readCell(
  layer: KerasLayer,
  weights: readonly StoredTensor[],
  place: {
    readonly index: number;
    readonly inputs: number | null;
    readonly joined: Joined;
    readonly hard: HardSigmoid;
  },
): ReadCell {
  const isBoth = layer.kind === 'Bidirectional';
  const inner = isBoth ? layerOf(layer.config['layer']) : layer;
  const kind = KINDS[inner.kind];
  if (kind === undefined)
    throw new Unfit(
      `The layer “${shown(layer.name)}” is a Bidirectional ${shown(inner.kind)}, which is no LSTM, GRU or SimpleRNN.`,
    );
  const { merge_mode: merge = 'concat' } = layer.config;
  const joined = isBoth ? JOINED.get(merge) : APART;
  if (joined === undefined)
    throw new Unfit(
      merge === null
        ? `The layer “${shown(layer.name)}” gives its two directions apart (merge_mode None); concat, sum and ave are run.`
        : `The layer “${shown(layer.name)}” joins its directions by “${shown(String(merge))}”; concat, sum and ave are run.`,
    );
  const sides = isBoth ? 2 : 1;
  const each = weights.length / sides;
  if (each !== 2 && each !== 3)
    throw new Unfit(
      `The layer “${shown(layer.name)}” (${shown(layer.kind)}) has ${weights.length} weights in the file; ${2 * sides} or ${3 * sides} are expected.`,
    );
  const { units } = inner.config;
  const nonlinearity = nonlinearityOf(inner, kind);
  const gates = gatesOf(inner, kind, place.hard);
  const tensors = new Map<string, Arranged>();
  let reset: NetworkCell['reset'] = inner.config['reset_after'] === true || kind.isCuDnn ? 'after' : 'before';
  let H = 0;
  for (let side = 0; side < sides; side++) {
    const own = weights.slice(side * each, (side + 1) * each);
    const parts = partsOf(layer, kind, own, place);
    H = parts.units;
    if (typeof units === 'number' && units !== H)
      throw new Unfit(
        `The layer “${shown(layer.name)}” has ${units} units in its config and ${H} in its weights.`,
      );
    if (parts.reset !== null) reset = parts.reset;
    for (const [role, arranged] of parts.tensors)
      tensors.set(`${role}_l${place.index}${side === 1 ? '_reverse' : ''}`, arranged);
  }
  return {
    cell: { cell: kind.cell, units: H, directions: sides, nonlinearity, gates, reset },
    sequences: inner.config['return_sequences'] === true,
    joined,
    hasBias: each === 3,
    tensors,
  };
}

/** @throws Unfit for activations that no cell here has */
function nonlinearityOf(
  { name, kind, config }: KerasLayer,
  { cell, isCuDnn }: { readonly cell: NetworkCell['cell']; readonly isCuDnn: boolean },
): NetworkCell['nonlinearity'] {
  if (config['go_backwards'] === true)
    throw new Unfit(
      `The layer “${shown(name)}” (${kind}) reads backwards (go_backwards), which is run only inside of Bidirectional.`,
    );
  if (isCuDnn) return 'tanh';
  const activation = activationName(config['activation'] ?? 'tanh');
  const isKnown = activation === 'tanh' || (cell === 'rnn' && activation === 'relu');
  if (!isKnown)
    throw new Unfit(
      `The layer “${shown(name)}” (${kind}) has the activation “${shown(activation)}”; ${cell === 'rnn' ? 'tanh and relu are' : 'tanh is'} run.`,
    );
  return activation === 'relu' ? 'relu' : 'tanh';
}

/** @throws Unfit for what no gates here are squashed by */
function gatesOf(
  { name, kind, config }: KerasLayer,
  { cell, isCuDnn }: { readonly cell: NetworkCell['cell']; readonly isCuDnn: boolean },
  hard: HardSigmoid,
): NetworkCell['gates'] {
  if (isCuDnn || cell === 'rnn') return 'sigmoid';
  const gates = activationName(config['recurrent_activation'] ?? 'sigmoid');
  if (gates === 'sigmoid') return 'sigmoid';
  if (gates === 'hard_sigmoid') return hard;
  throw new Unfit(
    `The layer “${shown(name)}” (${kind}) has the recurrent_activation “${shown(gates)}”; sigmoid and hard_sigmoid are run.`,
  );
}

/** A name, or an object of Keras 3 that has one. */
export function activationName(value: unknown): string {
  if (typeof value === 'string') return value;
  const found = (value as { config?: unknown; class_name?: unknown } | null) ?? {};
  if (typeof found.config === 'string') return found.config;
  const inner = (found.config as { name?: unknown } | undefined)?.name;
  return String(typeof inner === 'string' ? inner : (found.class_name ?? 'linear'));
}

interface Parts {
  readonly units: number;
  /** What the bias tells of a GRU; null: nothing. */
  readonly reset: NetworkCell['reset'] | null;
  readonly tensors: ReadonlyMap<string, Arranged>;
}

/** One direction. */
function partsOf(
  layer: KerasLayer,
  { cell, isCuDnn }: { readonly cell: NetworkCell['cell']; readonly isCuDnn: boolean },
  [kernel, recurrent, bias]: readonly StoredTensor[],
  { inputs, joined }: { readonly inputs: number | null; readonly joined: Joined },
): Parts {
  const order = ORDERS[cell];
  const G = order.length;
  const [I = 0, rows = 0] = kernel?.shape ?? [];
  const H = rows / G;
  const bad = (what: string) =>
    new Unfit(`The layer “${shown(layer.name)}” (${shown(layer.kind)}) has ${what}, which does not fit.`);
  const isShape = (tensor: StoredTensor | undefined, ...shape: number[]) =>
    tensor?.shape.join() === shape.join();
  if (kernel === undefined || !Number.isInteger(H) || H < 1 || !isShape(kernel, I, rows))
    throw bad(`a kernel of the shape [${kernel?.shape.join(', ') ?? ''}]`);
  if (inputs !== null && I !== inputs) throw bad(`a kernel for ${I} inputs behind a layer of ${inputs}`);
  if (recurrent === undefined || !isShape(recurrent, H, rows))
    throw bad(`a recurrent kernel of the shape [${recurrent?.shape.join(', ') ?? ''}]`);
  const tensors = new Map<string, Arranged>([
    ['weight_ih', matrix(kernel, order, { H, isCuDnn, joined })],
    ['weight_hh', matrix(recurrent, order, { H, isCuDnn, joined: APART })],
  ]);
  if (bias === undefined) return { units: H, reset: null, tensors };
  // Both biases in one row (CuDNN), in two rows (a GRU that resets after), or only the first.
  const isPair = isShape(bias, 2 * rows) || (cell === 'gru' && isShape(bias, 2, rows));
  if (!isPair && !isShape(bias, rows)) throw bad(`a bias of the shape [${bias.shape.join(', ')}]`);
  tensors.set('bias_ih', vector(bias, order, H, 0));
  tensors.set('bias_hh', isPair ? vector(bias, order, H, rows) : zeros(rows));
  return { units: H, reset: cell === 'gru' ? (isPair ? 'after' : 'before') : null, tensors };
}

/** [I, G·H] → [G·H, I] with PyTorch's order of gates. */
function matrix(
  from: StoredTensor,
  order: readonly number[],
  { H, isCuDnn, joined }: { readonly H: number; readonly isCuDnn: boolean; readonly joined: Joined },
): Arranged {
  const [I = 0, rows = 0] = from.shape;
  const isSame = order.every((gate, g) => gate === g);
  if (isSame && !isCuDnn) return turned(from, joined);
  const { repeats, scale } = joined;
  const blocks = order.map((gate): Block => {
    const offset = gate * H;
    // CuDNN keeps the block of a gate as [H, I] already, under the shape [I, H].
    if (isCuDnn && repeats === 1) return { offset, shape: [I, H], stride: [rows, 1] };
    if (isCuDnn)
      throw new Unfit('A CuDNN layer reads the sum or the mean of two directions, which is not run.');
    return { offset, shape: [H, repeats, I], stride: [1, 0, rows] };
  });
  return { from, shape: [rows, repeats * I], blocks, scale };
}

function vector(from: StoredTensor, order: readonly number[], H: number, first: number): Arranged {
  const shape = [order.length * H];
  const blocks = order.map((gate) => ({ offset: first + gate * H, shape: [H], stride: [1] }));
  const isSame = order.every((gate, g) => gate === g) && first === 0 && from.shape.join() === shape.join();
  return isSame ? whole(from) : { from, shape, blocks };
}
