import { outputsOf, type RecurrentConfig } from '../../../common/configs/recurrent.ts';
import { headInput, type HeadActivation } from '../../../common/configs/recurrent-head.ts';
import { outputOf } from '../../../common/configs/recurrent-stack.ts';
import type { Gpu } from '../../gpu/gpu.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { reshape, rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import { rowOf, type Matrix } from '../../kernels/matmul/weight.ts';
import { matmul } from '../../kernels/matmul/matmul.ts';
import { reduceTime } from '../../kernels/recurrent/reduce-time.ts';
import { tanhOf } from '../../kernels/attention/additive-attention.ts';
import { joinColumns } from '../../kernels/rows/copy-columns.ts';
import { layerNorm } from '../../kernels/rows/norm.ts';
import { softmax } from '../../kernels/rows/softmax.ts';
import type { FloatLoader } from './float-loader.ts';
import { gradientOfHead, type HeadOnCpu } from './head-gradient.ts';

/** x → activation(x Wᵀ + b) */
interface Linear {
  /** [rows, columns] */
  readonly weight: GpuTensor;
  /** [rows] */
  readonly bias: GpuTensor;
  readonly activation: HeadActivation;
}

export interface HeadWeights {
  /** Pooling by attention; null: another pooling, or none. */
  readonly attention: {
    readonly key: Linear | null;
    readonly score: Linear;
    /** Without a key: what the states go through before they are scored. */
    readonly activation: 'tanh' | 'none';
  } | null;
  /** Of what the linear layers read, [W] each; null: none. */
  readonly norm: { readonly weight: GpuTensor; readonly bias: GpuTensor; readonly epsilon: number } | null;
  /** The linear layers before the last. */
  readonly hidden: readonly Linear[];
  /** [C, W], in parts where one buffer can't hold it. */
  readonly output: Matrix;
  /** [C] */
  readonly bias: GpuTensor;
}

/** Positions [from, to). */
export type PositionRange = readonly [from: number, to: number];

/** @param table the embedding, [V, E], which is the output matrix too when it is tied */
export async function loadHead(
  loader: FloatLoader,
  config: RecurrentConfig,
  table: Matrix,
): Promise<HeadWeights> {
  const width = outputOf(config.rnn);
  const biasOf = (name: string, rows: number) =>
    loader.has(`${name}.bias`)
      ? loader.load(`${name}.bias`, [rows])
      : Promise.resolve(loader.put(new Float32Array(rows), [rows], `${name}, no bias`));
  const linear = async (name: string, rows: number, columns: number, activation: HeadActivation) => ({
    weight: await loader.load(`${name}.weight`, [rows, columns]),
    bias: await biasOf(name, rows),
    activation,
  });
  const { attention, layer_norm: norm, hidden_layers: layers } = config;
  const hidden: Linear[] = [];
  for (const [k, { size, activation }] of layers.entries())
    hidden.push(await linear(`hidden.${k}`, size, layers[k - 1]?.size ?? width, activation));
  return {
    attention:
      attention === undefined
        ? null
        : {
            key:
              attention.size === null
                ? null
                : await linear('attention.key', attention.size, width, attention.activation),
            score: await linear('attention.score', 1, attention.size ?? width, 'none'),
            activation: attention.activation,
          },
    norm:
      norm === undefined
        ? null
        : {
            weight: await loader.load('norm.weight', [width]),
            bias: await biasOf('norm', width),
            epsilon: norm.epsilon,
          },
    hidden,
    output: config.tie_embeddings ? table : await loader.matrix('linear.weight', headInput(config, width)),
    bias: await biasOf('linear', outputsOf(config)),
  };
}

/** From the states of a network's last layer to its outputs. */
export class RecurrentHead {
  readonly #gpu: Gpu;
  readonly #config: RecurrentConfig;
  readonly #weights: HeadWeights;

  constructor(gpu: Gpu, config: RecurrentConfig, weights: HeadWeights) {
    this.#gpu = gpu;
    this.#config = config;
    this.#weights = weights;
  }

  get #pools(): boolean {
    return this.#config.model_type === 'rnn-classifier';
  }

  /**
   * Outputs of positions (null: of all) into `target`; a classifier has one set for the whole text.
   * @param states of the last layer, [T, 1, P] by direction
   */
  record(
    recorder: Recorder,
    states: readonly GpuTensor[],
    target: GpuTensor,
    range: PositionRange | null,
  ): void {
    const parts = states.map(asRows);
    let x = this.#pools
      ? this.#pool(recorder, parts)
      : joined(recorder, range === null ? parts : parts.map((part) => rowsOf(part, ...range)));
    const { norm, hidden, output, bias } = this.#weights;
    const rows = x.shape[0] ?? 1;
    if (norm !== null) {
      const out = recorder.temp(x.shape, 'normed states');
      layerNorm(recorder, { x, ...norm, out });
      x = out;
    }
    for (const layer of hidden) {
      const out = recorder.temp([rows, layer.weight.shape[0] ?? 0], 'hidden layer of the head');
      apply(recorder, layer, x, out, 'hidden layer of the head');
      x = out;
    }
    const out = reshape(target, [rows, output.shape[0]]);
    matmul(recorder, { a: x, b: output, transposed: true, bias, out, label: 'logits' });
  }

  /** The weight of each step in pooling by attention, into [1, T]. */
  recordAttention(recorder: Recorder, states: readonly GpuTensor[], target: GpuTensor): void {
    this.#attend(recorder, joined(recorder, states.map(asRows)), target);
  }

  /** ∂(output)/∂(states) by direction, [T, P] each, of an output at a position (a classifier's: of the text). */
  async gradient(
    states: readonly GpuTensor[],
    output: number,
    position: number,
    signal?: AbortSignal,
  ): Promise<Float32Array<ArrayBuffer>[]> {
    const parts = states.map(asRows);
    const [first] = parts;
    const T = first?.shape[0] ?? 0;
    if (!(output >= 0 && output < outputsOf(this.#config) && position >= 0 && position < T))
      throw new RangeError(`There is no output ${output} at position ${position}.`);
    const values = await Promise.all(
      parts.map(async (part) => ({
        values: await this.#gpu.read(part, signal),
        width: part.shape[1] ?? 0,
      })),
    );
    return gradientOfHead(await this.#onCpu(output, signal), {
      parts: values,
      position,
      pooling: this.#config.pooling ?? null,
    });
  }

  async #onCpu(output: number, signal?: AbortSignal): Promise<HeadOnCpu> {
    const gpu = this.#gpu;
    const read = async ({ weight, bias, activation }: Linear) => ({
      weight: await gpu.read(weight, signal),
      bias: await gpu.read(bias, signal),
      activation,
    });
    const { attention, norm, hidden, output: matrix } = this.#weights;
    return {
      attention:
        attention === null
          ? null
          : {
              key: attention.key === null ? null : await read(attention.key),
              score: await read(attention.score),
              activation: attention.activation,
            },
      norm:
        norm === null
          ? null
          : {
              weight: await gpu.read(norm.weight, signal),
              bias: await gpu.read(norm.bias, signal),
              epsilon: norm.epsilon,
            },
      hidden: await Promise.all(hidden.map(read)),
      row: await gpu.read(rowOf(matrix, output), signal),
    };
  }

  /** [1, W]: one vector for the whole text. @param parts [T, P] by direction */
  #pool(recorder: Recorder, parts: readonly GpuTensor[]): GpuTensor {
    const { pooling } = this.#config;
    const [T = 0] = parts[0]?.shape ?? [];
    if (pooling === 'attention') {
      const all = joined(recorder, parts);
      const weights = recorder.temp([1, T], 'weights of the steps');
      this.#attend(recorder, all, weights);
      const out = recorder.temp([1, all.shape[1] ?? 0], 'pooled');
      matmul(recorder, { a: weights, b: all, out, label: 'pooling' });
      return out;
    }
    const pooled = parts.map((rows, direction) => {
      if (pooling === 'mean' || pooling === 'sum' || pooling === 'max') {
        const out = recorder.temp([1, rows.shape[1] ?? 0], 'pooled');
        reduceTime(recorder, rows, out, pooling);
        return out;
      }
      // `last`: what each direction ends with, the reverse one at the first token.
      return direction === 1 && pooling === 'last' ? rowsOf(rows, 0, 1) : rowsOf(rows, T - 1, T);
    });
    return joined(recorder, pooled);
  }

  /** out [1, T] = softmax over the steps of the score of each. @param states [T, W] */
  #attend(recorder: Recorder, states: GpuTensor, out: GpuTensor): void {
    const { attention } = this.#weights;
    const [T = 0] = states.shape;
    if (attention === null) throw new Error('Only pooling by attention has weights of steps.');
    const { key, score, activation } = attention;
    let keys = states;
    if (key !== null) {
      keys = recorder.temp([T, key.weight.shape[0] ?? 0], 'keys');
      apply(recorder, key, states, keys, 'keys');
    } else if (activation === 'tanh') {
      keys = recorder.temp(states.shape, 'keys');
      tanhOf(recorder, states, keys);
    }
    const scores = recorder.temp([T, 1], 'scores');
    apply(recorder, score, keys, scores, 'scores');
    softmax(recorder, reshape(scores, [1, T]), reshape(out, [1, T]));
  }
}

function apply(
  recorder: Recorder,
  { weight, bias, activation }: Linear,
  a: GpuTensor,
  out: GpuTensor,
  label: string,
): void {
  matmul(recorder, { a, b: weight, transposed: true, bias, activation, out, label });
}

/** [T, 1, P] → [T, P] */
function asRows(states: GpuTensor): GpuTensor {
  return reshape(states, [states.shape[0] ?? 0, states.shape.at(-1) ?? 0]);
}

/** [rows, W]: directions side by side. @param parts [rows, P] each */
function joined(recorder: Recorder, parts: readonly GpuTensor[]): GpuTensor {
  const [first] = parts;
  if (first === undefined) throw new Error('A stack has at least one direction.');
  if (parts.length === 1) return first;
  const width = parts.reduce((sum, { shape }) => sum + (shape[1] ?? 0), 0);
  const out = recorder.temp([first.shape[0] ?? 1, width], 'both directions');
  joinColumns(recorder, parts, out);
  return out;
}
