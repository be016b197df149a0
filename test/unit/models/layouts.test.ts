import { describe, expect, test } from 'vitest';
import { readCell } from '../../../src/renderer/models/recurrent/layouts.ts';
import { stackTensors, type StackConfig } from '../../../src/common/configs/recurrent-stack.ts';

const base: StackConfig = {
  cell: 'lstm',
  hidden_size: 2,
  num_layers: 1,
  bidirectional: false,
  projection_size: null,
  nonlinearity: 'tanh',
  recurrent_activation: 'sigmoid',
  reset_gate: 'after',
  bias: true,
  layout: 'keras',
};

/** Reads the first direction; a tensor's values are `value(role's last word, index)`. */
async function read(changes: Partial<StackConfig>, values: Record<string, number[]>, direction = 0) {
  const stack = { ...base, ...changes };
  const layer = stackTensors(stack, 'rnn', [1])[direction];
  if (layer === undefined) throw new Error('no layer');
  for (const tensor of Object.values(layer.tensors)) {
    const given = values[tensor.name.split('.').at(-1) ?? ''] ?? [];
    expect(given, tensor.name).toHaveLength(tensor.shape.reduce((a, b) => a * b, 1));
  }
  return readCell(stack, layer, (name) =>
    Promise.resolve(Float32Array.from(values[name.split('.').at(-1) ?? ''] ?? [])),
  );
}

/** Gate k of unit j as 10k + j: what each place of PyTorch's order must hold. */
const gates = (order: number[]) => order.flatMap((gate) => [gate * 10, gate * 10 + 1]);

describe('Keras', () => {
  test('an LSTM’s i, f, c, o are PyTorch’s i, f, g, o; kernels are transposed', async () => {
    const recurrent = [...gates([0, 1, 2, 3]), ...gates([0, 1, 2, 3]).map((x) => x + 100)];
    const cell = await read(
      {},
      { kernel: gates([0, 1, 2, 3]), recurrent_kernel: recurrent, bias: gates([0, 1, 2, 3]) },
    );
    expect([...cell.input]).toEqual(gates([0, 1, 2, 3]));
    expect([...cell.recurrent.slice(0, 4)]).toEqual([0, 100, 1, 101]);
    expect([...cell.recurrentBias]).toEqual(new Array(8).fill(0));
  });

  test('a GRU’s z, r, h become r, z, n, and its two biases stay two', async () => {
    const order = [1, 0, 2];
    const bias = [...gates(order), ...gates(order).map((x) => x + 100)];
    const cell = await read(
      { cell: 'gru' },
      { kernel: gates(order), recurrent_kernel: [...gates(order), ...gates(order)], bias },
    );
    expect([...cell.input]).toEqual(gates([0, 1, 2]));
    expect([...cell.inputBias]).toEqual(gates([0, 1, 2]));
    expect([...cell.recurrentBias]).toEqual(gates([0, 1, 2]).map((x) => x + 100));
  });

  test('a GRU that resets before has one bias', async () => {
    const order = [1, 0, 2];
    const cell = await read(
      { cell: 'gru', reset_gate: 'before' },
      { kernel: gates(order), recurrent_kernel: [...gates(order), ...gates(order)], bias: gates(order) },
    );
    expect([...cell.inputBias]).toEqual(gates([0, 1, 2]));
    expect([...cell.recurrentBias]).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

describe('ONNX', () => {
  test('an LSTM’s i, o, f, c become i, f, g, o; the second direction is cut out', async () => {
    const order = [0, 3, 1, 2];
    const W = [...gates(order), ...gates(order).map((x) => x + 1000)];
    const R = [...W.flatMap((x) => [x, x + 100])];
    const B = [...W.slice(0, 8), ...W.slice(0, 8), ...W.slice(8), ...W.slice(8).map((x) => x + 500)];
    const forward = await read({ layout: 'onnx', bidirectional: true }, { W, R, B });
    expect([...forward.input]).toEqual(gates([0, 1, 2, 3]));
    const reverse = await read({ layout: 'onnx', bidirectional: true }, { W, R, B }, 1);
    expect([...reverse.input]).toEqual(gates([0, 1, 2, 3]).map((x) => x + 1000));
    expect([...reverse.recurrentBias]).toEqual(gates([0, 1, 2, 3]).map((x) => x + 1500));
    expect([...reverse.recurrent.slice(0, 2)]).toEqual([1000, 1100]);
  });
});
