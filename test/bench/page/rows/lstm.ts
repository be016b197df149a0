/** One LSTM layer over a text, every gate and state kept. */
import type { Gpu } from '../../../../src/renderer/gpu/gpu.ts';
import type { GpuTensor } from '../../../../src/renderer/gpu/tensor.ts';
import { recordRecurrentLayer } from '../../../../src/renderer/kernels/recurrent/recurrent-layer.ts';
import { packCell, randomCell } from '../../../gpu/recurrent/cells.ts';
import type { Row } from '../measure.ts';
import { OnnxGraph } from '../onnx.ts';
import { onnx, tf, tfjs } from '../peers.ts';
import { random } from './data.ts';

const H = 512;
const T = 64;

/** The peers' graphs give the hidden states; TensorFlow.js, step by step, the gates and cells as well. */
export function lstmRow(gpu: Gpu): Row {
  return {
    name: 'lstm 512',
    target: 3,
    async prepare() {
      const cell = randomCell({ cell: 'lstm', inputs: H, units: H }, 8);
      const input = Float32Array.from(cell.input);
      const recurrent = Float32Array.from(cell.recurrent);
      const bias = cell.inputBias.map((value, i) => value + (cell.recurrentBias[i] ?? 0));
      const x = random(T * H, 9);

      const { packed, held } = packCell(gpu, cell);
      const tensor = (shape: readonly number[], label: string): GpuTensor => {
        const made = gpu.tensor(shape, label);
        held.push(made);
        return made;
      };
      const zeros = (shape: readonly number[], label: string) => {
        const made = tensor(shape, label);
        gpu.upload(made, new Float32Array(shape.reduce((product, size) => product * size, 1)));
        return made;
      };
      const lengths = tensor([1], 'lengths');
      gpu.upload(lengths, Uint32Array.of(T));
      const inputs = tensor([T, 1, H], 'x');
      gpu.upload(inputs, x);
      const layer = {
        packed,
        inputs: [inputs],
        slabs: {
          positions: T,
          batch: 1,
          reverse: false,
          lengths,
          hidden: zeros([T + 1, 1, H], 'hidden'),
          cells: zeros([T + 1, 1, H], 'cells'),
          gates: tensor([4, T, 1, H], 'gates'),
          gatesFirst: 0,
        },
      };
      return {
        ours: {
          name: 'headgate',
          async run() {
            await gpu.submit('bench', (recorder) => recordRecurrentLayer(recorder, layer));
            await gpu.idle();
          },
          dispose: () => {
            for (const made of held) gpu.release(made);
          },
        },
        peers: [
          await onnx(lstmGraph(input, recurrent, Float32Array.from(bias)), {
            x: { data: x, shape: [T, 1, H] },
          }),
          await tfjs(
            [
              { data: x, shape: [T, H] },
              { data: input, shape: [4 * H, H] },
              { data: recurrent, shape: [4 * H, H] },
              { data: Float32Array.from(bias), shape: [4 * H] },
            ],
            (values, W, U, b) =>
              steps(values as tf.Tensor2D, W as tf.Tensor2D, U as tf.Tensor2D, b as tf.Tensor1D),
          ),
        ],
      };
    },
  };
}

function steps(x: tf.Tensor2D, W: tf.Tensor2D, U: tf.Tensor2D, b: tf.Tensor1D): tf.Tensor[] {
  const product = tf.add(tf.matMul(x, W, false, true), b);
  let h: tf.Tensor2D = tf.zeros([1, H]);
  let c: tf.Tensor = tf.zeros([1, H]);
  const kept: tf.Tensor[] = [];
  for (let t = 0; t < T; t++) {
    const sums = tf.add(tf.slice(product, [t, 0], [1, 4 * H]), tf.matMul(h, U, false, true));
    const [i, f, g, o] = tf.split(sums, 4, 1) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    const gates = [tf.sigmoid(i), tf.sigmoid(f), tf.tanh(g), tf.sigmoid(o)] as const;
    c = tf.add(tf.mul(gates[1], c), tf.mul(gates[0], gates[2]));
    h = tf.mul(gates[3], tf.tanh(c)) as tf.Tensor2D;
    kept.push(...gates, c, h);
  }
  return kept;
}

/** ONNX orders the gates i, o, f, c. */
function lstmGraph(input: Float32Array, recurrent: Float32Array, bias: Float32Array): Uint8Array {
  const graph = new OnnxGraph();
  const ordered = (values: Float32Array) => {
    const size = values.length / 4;
    const result = new Float32Array(values.length);
    for (const [place, from] of [0, 3, 1, 2].entries())
      result.set(values.subarray(from * size, (from + 1) * size), place * size);
    return result;
  };
  const both = new Float32Array(8 * H);
  both.set(ordered(bias));
  graph.node(
    'LSTM',
    [
      graph.input('x', 'f32', [T, 1, H]),
      graph.floats(ordered(input), [1, 4 * H, H]),
      graph.floats(ordered(recurrent), [1, 4 * H, H]),
      graph.floats(both, [1, 8 * H]),
    ],
    { hidden_size: H },
    ['y'],
  );
  graph.markOutput('y', [T, 1, 1, H]);
  return graph.bytes();
}
