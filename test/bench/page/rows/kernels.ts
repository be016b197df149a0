/** Single operations: ours against a graph of one node and the same call in TensorFlow.js. */
import { attention } from '../../../../src/renderer/kernels/attention/attention.ts';
import { packedLayer } from '../../../helpers/packed-layer.ts';
import {
  attentionWeights,
  wholePattern,
} from '../../../../src/renderer/kernels/attention/attention-weights.ts';
import { layerNorm } from '../../../../src/renderer/kernels/rows/norm.ts';
import { matmul } from '../../../../src/renderer/kernels/matmul/matmul.ts';
import { repackedBytes } from '../../../../src/renderer/kernels/matmul/quantized.ts';
import type { Matrix } from '../../../../src/renderer/kernels/matmul/weight.ts';
import type { BlockDtype } from '../../../../src/common/blocks/block-types.ts';
import { softmax } from '../../../../src/renderer/kernels/rows/softmax.ts';
import type { Gpu } from '../../../../src/renderer/gpu/gpu.ts';
import type { Recorder } from '../../../../src/renderer/gpu/recorder.ts';
import type { GpuTensor } from '../../../../src/renderer/gpu/tensor.ts';
import type { Contender, Row } from '../measure.ts';
import { OnnxGraph } from '../onnx.ts';
import { onnx, tf, tfjs } from '../peers.ts';
import { random } from './data.ts';

/** Our kernels as a contender; the tensors go back when the row is done. */
function ours(gpu: Gpu, tensors: readonly GpuTensor[], record: (recorder: Recorder) => void): Contender {
  return {
    name: 'headgate',
    async run() {
      await gpu.submit('bench', record);
      await gpu.idle();
    },
    dispose: () => {
      for (const tensor of tensors) gpu.release(tensor);
    },
  };
}

/** out [M, N] = a [M, K] · b [K, N], b a weight. */
function matmulRow(gpu: Gpu, name: string, target: number, M: number, K: number, N: number): Row {
  return {
    name,
    target,
    flop: 2 * M * K * N,
    async prepare() {
      const a = random(M * K, 1);
      const b = random(K * N, 2);
      const graph = new OnnxGraph();
      graph.apply('MatMul', [graph.input('a', 'f32', [M, K]), graph.floats(b, [K, N])], {}, 'out');
      graph.markOutput('out', [M, N]);
      const x = gpu.tensorFrom(a, [M, K], 'a');
      const w = gpu.tensorFrom(b, [K, N], 'b', 'weights');
      const out = gpu.tensor([M, N], 'out');
      return {
        ours: ours(gpu, [x, w, out], (recorder) => matmul(recorder, { a: x, b: w, out })),
        peers: [
          await onnx(graph.bytes(), { a: { data: a, shape: [M, K] } }),
          await tfjs(
            [
              { data: a, shape: [M, K] },
              { data: b, shape: [K, N] },
            ],
            (left, right) => tf.matMul(left as tf.Tensor2D, right as tf.Tensor2D),
          ),
        ],
      };
    },
  };
}

/** A product with packed weights, against ours with f32. @param target left out: it is told only */
function packedRow(
  gpu: Gpu,
  { dtype, target }: { readonly dtype: BlockDtype; readonly target?: number },
  M: number,
  K: number,
  N: number,
): Row {
  return {
    name: `${M === 1 ? 'gemv ' : `matmul ${M}x`}${K}x${N} ${dtype} weights`,
    ...(target !== undefined && { target }),
    flop: 2 * M * K * N,
    prepare() {
      const x = gpu.tensorFrom(random(M * K, 1), [M, K], 'a');
      const w = gpu.tensorFrom(random(K * N, 2), [K, N], 'b', 'weights');
      const outs = [gpu.tensor([M, N], 'out'), gpu.tensor([M, N], 'out')] as const;
      const bytes = repackedBytes(dtype, N, K);
      const values = gpu.tensorFrom(random(bytes.values / 4, 3), [bytes.values / 4], 'values', 'weights');
      const scales = gpu.tensorFrom(random(bytes.scales / 4, 4), [bytes.scales / 4], 'scales', 'weights');
      const blocks: Matrix = {
        dtype,
        values: { buffer: values.buffer, offset: 0, size: bytes.values },
        scales: { buffer: scales.buffer, offset: 0, size: bytes.scales },
        shape: [N, K],
      };
      const f32 = ours(gpu, [w, outs[1]], (recorder) => matmul(recorder, { a: x, b: w, out: outs[1] }));
      return Promise.resolve({
        ours: ours(gpu, [x, values, scales, outs[0]], (recorder) =>
          matmul(recorder, { a: x, b: blocks, transposed: true, out: outs[0] }),
        ),
        peers: [{ ...f32, name: 'headgate f32' }],
      });
    },
  };
}

function softmaxRow(gpu: Gpu, rows: number, width: number): Row {
  return {
    name: `softmax ${rows}x${width}`,
    target: 20,
    async prepare() {
      const data = random(rows * width, 3);
      const graph = new OnnxGraph();
      graph.apply('Softmax', [graph.input('x', 'f32', [rows, width])], { axis: -1 }, 'out');
      graph.markOutput('out', [rows, width]);
      const x = gpu.tensorFrom(data, [rows, width], 'x');
      const out = gpu.tensor([rows, width], 'out');
      return {
        ours: ours(gpu, [x, out], (recorder) => softmax(recorder, x, out)),
        peers: [
          await onnx(graph.bytes(), { x: { data, shape: [rows, width] } }),
          await tfjs([{ data, shape: [rows, width] }], (values) => tf.softmax(values as tf.Tensor)),
        ],
      };
    },
  };
}

function layerNormRow(gpu: Gpu, rows: number, width: number): Row {
  const epsilon = 1e-5;
  return {
    name: `layernorm ${rows}x${width}`,
    target: 8,
    async prepare() {
      const data = random(rows * width, 4);
      const scale = random(width, 5);
      const shift = random(width, 6);
      const graph = new OnnxGraph();
      const input = graph.input('x', 'f32', [rows, width]);
      const values = [input, graph.floats(scale, [width]), graph.floats(shift, [width])];
      graph.apply('LayerNormalization', values, { axis: -1, epsilon: { float: epsilon } }, 'out');
      graph.markOutput('out', [rows, width]);
      const x = gpu.tensorFrom(data, [rows, width], 'x');
      const weight = gpu.tensorFrom(scale, [width], 'weight', 'weights');
      const bias = gpu.tensorFrom(shift, [width], 'bias', 'weights');
      const out = gpu.tensor([rows, width], 'out');
      return {
        ours: ours(gpu, [x, weight, bias, out], (recorder) =>
          layerNorm(recorder, { x, weight, bias, out, epsilon }),
        ),
        peers: [
          await onnx(graph.bytes(), { x: { data, shape: [rows, width] } }),
          await tfjs(
            [
              { data, shape: [rows, width] },
              { data: scale, shape: [width] },
              { data: shift, shape: [width] },
            ],
            (values, gamma, beta) => {
              const { mean, variance } = tf.moments(values as tf.Tensor, -1, true);
              const centred = tf.sub(values as tf.Tensor, mean);
              const scaled = tf.mul(tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon))), gamma as tf.Tensor);
              return tf.add(scaled, beta as tf.Tensor);
            },
          ),
        ],
      };
    },
  };
}

/**
 * Causal attention from packed q, k, v [T, 3·H·d], with the whole patterns [H, T, T] written as well: the peers' graphs
 * have them as outputs.
 */
function attentionRow(gpu: Gpu, H: number, T: number, d: number): Row {
  const scale = 1 / Math.sqrt(d);
  return {
    name: `attention ${H}x${T}x${d} causal, patterns available`,
    target: 5,
    async prepare() {
      const data = random(T * 3 * H * d, 7);
      const mask = new Float32Array(T * T).map((_, i) => (i % T > Math.floor(i / T) ? -3.4e38 : 0));
      const qkv = gpu.tensorFrom(data, [T, 3 * H * d], 'qkv');
      const output = gpu.tensor([T, H * d], 'output');
      const statistics = gpu.tensor([H, T, 2], 'statistics');
      const patterns = gpu.tensor([H, T, T], 'patterns');
      const layer = packedLayer(qkv, H, true);
      return {
        ours: ours(gpu, [qkv, output, statistics, patterns], (recorder) => {
          attention(recorder, layer, { output, statistics });
          attentionWeights(recorder, { layer, statistics }, wholePattern(layer), patterns);
        }),
        peers: [
          await onnx(attentionGraph(H, T, d, mask), { qkv: { data, shape: [T, 3 * H * d] } }),
          await tfjs(
            [
              { data, shape: [T, 3, H, d] },
              { data: mask, shape: [T, T] },
            ],
            (packed, causal) => {
              const [q, k, v] = tf
                .unstack(tf.transpose(packed as tf.Tensor, [1, 2, 0, 3]))
                .map((part) => part as tf.Tensor3D) as [tf.Tensor3D, tf.Tensor3D, tf.Tensor3D];
              const scores = tf.add(tf.mul(tf.matMul(q, k, false, true), scale), causal as tf.Tensor);
              const weights = tf.softmax(scores) as tf.Tensor3D;
              return [weights, tf.transpose(tf.matMul(weights, v), [1, 0, 2])];
            },
          ),
        ],
      };
    },
  };
}

function attentionGraph(H: number, T: number, d: number, mask: Float32Array): Uint8Array {
  const graph = new OnnxGraph();
  const packed = graph.input('qkv', 'f32', [T, 3 * H * d]);
  const parts = [graph.fresh(), graph.fresh(), graph.fresh()];
  const [q, k, v] = graph.node(
    'Split',
    [packed, graph.integers([H * d, H * d, H * d])],
    { axis: 1 },
    parts,
  ) as [string, string, string];
  const heads = (x: string, perm: readonly number[]) =>
    graph.apply('Transpose', [graph.apply('Reshape', [x, graph.integers([T, H, d])])], { perm });
  const product = graph.apply('MatMul', [heads(q, [1, 0, 2]), heads(k, [1, 2, 0])]);
  const scores = graph.apply('Mul', [product, graph.floats(Float32Array.of(1 / Math.sqrt(d)), [])]);
  const masked = graph.apply('Add', [scores, graph.floats(mask, [1, T, T])]);
  const patterns = graph.apply('Softmax', [masked], { axis: -1 }, 'patterns');
  graph.markOutput(patterns, [H, T, T]);
  const mixed = graph.apply('MatMul', [patterns, heads(v, [1, 0, 2])]);
  graph.apply('Transpose', [mixed], { perm: [1, 0, 2] }, 'out');
  graph.markOutput('out', [T, H, d]);
  return graph.bytes();
}

export function kernelRows(gpu: Gpu): Row[] {
  return [
    matmulRow(gpu, 'matmul 256x768x768 f32', 7, 256, 768, 768),
    matmulRow(gpu, 'matmul 512x768x3072 f32', 7, 512, 768, 3072),
    packedRow(gpu, { dtype: 'q8_0', target: 1.2 }, 256, 768, 768),
    packedRow(gpu, { dtype: 'q4_K' }, 256, 768, 768),
    softmaxRow(gpu, 3072, 256),
    layerNormRow(gpu, 512, 768),
    attentionRow(gpu, 12, 256, 64),
    matmulRow(gpu, 'gemv 768x50304', 3, 1, 768, 50304),
    packedRow(gpu, { dtype: 'q8_0' }, 1, 768, 50304),
    packedRow(gpu, { dtype: 'q4_K' }, 1, 768, 50304),
  ];
}
