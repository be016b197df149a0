/** A Keras model as one of our recurrent networks. */
import type { HeadActivation } from '../../configs/recurrent-head.ts';
import type { StoredTensor } from '../format.ts';
import { APART, turned, whole, type Arranged, type Joined } from '../recurrent/arrange.ts';
import { Unfit, type Network, type NetworkCell } from '../recurrent/network.ts';
import { activationName, isRecurrent, readCell } from './cells.ts';
import { layerOf, shown, type KerasLayer } from './layers.ts';
import type { HardSigmoid } from './version.ts';

/** Layers that do nothing when a model is not trained. */
const IDLE = new Set([
  'InputLayer', 'Dropout', 'SpatialDropout1D', 'GaussianNoise', 'GaussianDropout', 'AlphaDropout',
  'ActivityRegularization', 'Masking',
]); // prettier-ignore
const POOLINGS: Readonly<Record<string, 'mean' | 'max'>> = {
  GlobalAveragePooling1D: 'mean',
  GlobalMaxPooling1D: 'max',
};
const ACTIVATION_LAYERS: Readonly<Record<string, string>> = { ReLU: 'relu', Softmax: 'softmax' };
const HEAD: Readonly<Record<string, HeadActivation>> = {
  linear: 'none',
  relu: 'relu',
  tanh: 'tanh',
  sigmoid: 'sigmoid',
};
const RUN =
  'Embedding, LSTM, GRU, SimpleRNN, CuDNNLSTM, CuDNNGRU, Bidirectional, TimeDistributed, GlobalMaxPooling1D, GlobalAveragePooling1D, Dense and Activation';

export interface KerasNetwork {
  readonly network: Network;
  readonly tensors: ReadonlyMap<string, Arranged>;
  /** Layers that were left aside. */
  readonly idle: readonly string[];
  /** What differs from Keras, a sentence each. */
  readonly notes: readonly string[];
}

interface Dense {
  readonly kernel: StoredTensor;
  readonly bias: StoredTensor | null;
  readonly name: string;
  activation: string;
}

/**
 * @param weightsOf the stored weights of a layer by its place in the list, in Keras' order
 * @param hard what `hard_sigmoid` is in the file's version of Keras
 * @throws Unfit naming the layer that has no place
 */
export function networkOf(
  layers: readonly KerasLayer[],
  weightsOf: (index: number) => readonly StoredTensor[],
  hard: HardSigmoid,
): KerasNetwork {
  const reader = new ModelReader(hard);
  for (const [index, layer] of layers.entries()) reader.add(layer, weightsOf(index));
  return reader.result();
}

class ModelReader {
  readonly #tensors = new Map<string, Arranged>();
  readonly #cells: NetworkCell[] = [];
  readonly #dense: Dense[] = [];
  readonly #idle: string[] = [];
  readonly #notes: string[] = [];
  #embedding: StoredTensor | null = null;
  #oneHot: number | null = null;
  #pooling: Network['pooling'] = null;
  /** Width of what the next layer reads; null: not told yet. */
  #width: number | null = null;
  /** How what the next layer reads was made of two directions. */
  #joined: Joined = APART;
  #biases = { with: 0, without: 0 };
  readonly #hard: HardSigmoid;

  constructor(hard: HardSigmoid) {
    this.#hard = hard;
  }

  add(layer: KerasLayer, weights: readonly StoredTensor[]): void {
    const { kind, name, config } = layer;
    if (IDLE.has(kind)) this.#setAside(layer);
    else if (kind === 'Embedding') this.#embed(layer, weights);
    else if (isRecurrent(layer)) this.#recur(layer, weights);
    else if (POOLINGS[kind] !== undefined) this.#pool(name, kind, POOLINGS[kind]);
    else if (kind === 'Dense') this.#add(name, config, weights);
    else if (kind === 'TimeDistributed') {
      const inner = layerOf(config['layer']);
      if (IDLE.has(inner.kind)) this.#setAside(inner);
      else if (inner.kind === 'Dense' && this.#pooling === null) this.#add(name, inner.config, weights);
      else
        throw new Unfit(
          `The layer “${shown(name)}” applies ${shown(inner.kind)} at every step; only Dense is run there.`,
        );
    } else if (kind === 'Activation') this.#activate(name, activationName(config['activation']));
    else if (ACTIVATION_LAYERS[kind] !== undefined) this.#activate(name, ACTIVATION_LAYERS[kind]);
    else {
      const article = /^[AEIOU]/.test(kind) ? 'an' : 'a';
      throw new Unfit(`The layer “${shown(name)}” is ${article} ${shown(kind)}; ${RUN} are run.`);
    }
  }

  result(): KerasNetwork {
    const last = this.#dense.at(-1);
    if (this.#cells.length === 0) throw new Unfit('It has no recurrent layer.');
    if (last === undefined)
      throw new Unfit('It ends without a Dense layer, so there is nothing that it predicts.');
    const final = last.activation;
    if (final !== 'softmax' && final !== 'sigmoid' && final !== 'linear')
      throw new Unfit(
        `Its last layer “${shown(last.name)}” has the activation “${shown(final)}”; softmax, sigmoid and none are run.`,
      );
    const hidden = this.#dense.slice(0, -1).map(({ kernel, activation, name }) => {
      const known = Object.hasOwn(HEAD, activation) ? HEAD[activation] : undefined;
      if (known === undefined)
        throw new Unfit(
          `The layer “${shown(name)}” has the activation “${shown(activation)}”; relu, tanh, sigmoid and none are run.`,
        );
      return { size: kernel.shape[1] ?? 0, activation: known };
    });
    const vocabulary = this.#embedding?.shape[0] ?? this.#oneHot ?? 0;
    if (vocabulary === 0) throw new Unfit('Nothing tells how many words it reads.');
    if (this.#joined !== APART && this.#pooling === 'max')
      throw new Unfit('It takes the largest of the sum or mean of two directions, which is not run.');
    for (const [k, dense] of this.#dense.entries()) this.#place(dense, k);
    return {
      network: {
        vocabulary,
        embedding: this.#embedding?.shape[1] ?? null,
        cells: this.#cells,
        hasBias: this.#biases.with > 0,
        pooling: this.#pooling,
        hidden,
        outputs: last.kernel.shape[1] ?? 0,
        final: final === 'linear' ? 'none' : final,
      },
      tensors: this.#tensors,
      idle: this.#idle,
      notes: this.#notes,
    };
  }

  #setAside({ kind, name, config }: KerasLayer): void {
    if (kind !== 'InputLayer') this.#idle.push(`${name} (${kind})`);
    // An input of vectors is one-hot: its last size is the vocabulary.
    const shape = config['batch_shape'] ?? config['batch_input_shape'];
    if (kind === 'InputLayer' && Array.isArray(shape) && shape.length === 3 && typeof shape[2] === 'number')
      this.#oneHot = shape[2];
  }

  #embed({ name, config }: KerasLayer, [table]: readonly StoredTensor[]): void {
    if (this.#cells.length > 0 || this.#embedding !== null || this.#oneHot !== null)
      throw new Unfit(`The layer “${shown(name)}” is an Embedding that is not the first layer.`);
    if (table?.shape.length !== 2)
      throw new Unfit(`The layer “${shown(name)}” (Embedding) has no table in the file.`);
    this.#embedding = table;
    this.#width = table.shape[1] ?? 0;
    this.#tensors.set('embedding.weight', whole(table));
    if (config['mask_zero'] === true)
      this.#notes.push(
        'Keras passes over id 0, which is padding (mask_zero); here it is a token like others.',
      );
  }

  #recur(layer: KerasLayer, weights: readonly StoredTensor[]): void {
    if (this.#dense.length > 0 || this.#pooling !== null)
      throw new Unfit(
        `The layer “${shown(layer.name)}” (${layer.kind}) stands behind ${this.#dense.length > 0 ? 'a Dense layer' : 'a layer that gives only its last state'}; recurrent layers are run one directly behind the other.`,
      );
    const index = this.#cells.length;
    const { cell, tensors, sequences, joined, hasBias } = readCell(layer, weights, {
      index,
      inputs: this.#width,
      joined: this.#joined,
      hard: this.#hard,
    });
    if (this.#embedding === null && index === 0) this.#oneHot = weights[0]?.shape[0] ?? null;
    this.#biases[hasBias ? 'with' : 'without']++;
    if (this.#biases.with > 0 && this.#biases.without > 0)
      throw new Unfit('Some of its recurrent layers have biases and others do not.');
    for (const [role, arranged] of tensors) this.#tensors.set(`rnn.${role}`, arranged);
    this.#cells.push(cell);
    this.#joined = joined;
    this.#width = (cell.units * cell.directions) / joined.repeats;
    if (!sequences) this.#pooling = 'last';
  }

  #pool(name: string, kind: string, pooling: 'mean' | 'max'): void {
    if (this.#cells.length === 0 || this.#dense.length > 0 || this.#pooling !== null)
      throw new Unfit(
        `The layer “${shown(name)}” (${kind}) does not stand directly behind the recurrent layers.`,
      );
    this.#pooling = pooling;
  }

  #add(name: string, config: KerasLayer['config'], [kernel, second]: readonly StoredTensor[]): void {
    if (this.#cells.length === 0)
      throw new Unfit(`The layer “${shown(name)}” is a Dense layer in front of the recurrent layers.`);
    if (kernel?.shape.length !== 2 || kernel.shape[0] !== this.#width)
      throw new Unfit(
        `The layer “${shown(name)}” (Dense) has a kernel of the shape [${kernel?.shape.join(', ') ?? ''}] for ${this.#width ?? 0} inputs.`,
      );
    const outputs = kernel.shape[1] ?? 0;
    const bias = second ?? null;
    if (bias !== null && bias.shape.join() !== String(outputs))
      throw new Unfit(
        `The layer “${shown(name)}” (Dense) has a bias of the shape [${bias.shape.join(', ')}] for ${outputs} outputs.`,
      );
    this.#dense.push({ kernel, bias, name, activation: activationName(config['activation'] ?? 'linear') });
    this.#width = outputs;
  }

  #activate(name: string, activation: string): void {
    const last = this.#dense.at(-1);
    if (last?.activation !== 'linear')
      throw new Unfit(`The layer “${shown(name)}” is an activation that does not follow a Dense layer.`);
    last.activation = activation;
  }

  #place({ kernel, bias }: Dense, k: number): void {
    const name = k + 1 === this.#dense.length ? 'linear' : `hidden.${k}`;
    this.#tensors.set(`${name}.weight`, turned(kernel, k === 0 ? this.#joined : APART));
    if (bias !== null) this.#tensors.set(`${name}.bias`, whole(bias));
  }
}
