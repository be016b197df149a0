import { describe, expect, test } from 'vitest';
import { additiveScoresBackward } from '../../../src/renderer/kernels/attention/additive-backward.ts';
import { referenceAdditiveBackward } from '../../../src/renderer/kernels/attention/additive-attention.reference.ts';
import { rotary } from '../../../src/renderer/kernels/attention/rotary.ts';
import { ACTIVATIONS, type Activation } from '../../../src/renderer/kernels/rows/activation.ts';
import { referenceActivate } from '../../../src/renderer/kernels/rows/activation.reference.ts';
import { activationBackward } from '../../../src/renderer/kernels/rows/activation-backward.ts';
import { referenceSlope } from '../../../src/renderer/kernels/rows/activation-backward.reference.ts';
import { normBackward } from '../../../src/renderer/kernels/rows/norm-backward.ts';
import { referenceNormBackward } from '../../../src/renderer/kernels/rows/norm-backward.reference.ts';
import { softmaxBackward } from '../../../src/renderer/kernels/rows/softmax-backward.ts';
import { referenceSoftmaxBackward } from '../../../src/renderer/kernels/rows/softmax-backward.reference.ts';
import { isBlockDtype } from '../../../src/common/blocks/block-types.ts';
import { unpack } from '../../../src/renderer/kernels/matmul/unpack.ts';
import { ROW_MODES, type RowMode } from '../../../src/renderer/kernels/rows/rows.ts';
import { quantizedMatrix, storedMatrix } from '../../helpers/matrices.ts';
import { guarded, largestGap, randomValues, shifted, testGpu } from '../../helpers/gpu.ts';

const gpu = await testGpu();

describe.each(Object.keys(ROW_MODES) as RowMode[])('norms backward by %s', (mode) => {
  test.each([
    { rows: 1, width: 1, around: 0, centred: true },
    { rows: 3, width: 7, around: 0, centred: false },
    { rows: 65, width: 33, around: 0, centred: true },
    { rows: 130, width: 64, around: 0, centred: false },
    { rows: 4, width: 256, around: 1000, centred: true },
  ])('$rows rows of $width around $around, centred: $centred', async ({ rows, width, around, centred }) => {
    const x = randomValues(rows * width, 1).map((value) => value + around);
    const weight = randomValues(width, 2);
    const gradient = randomValues(rows * width, 3);
    const out = guarded(gpu, [rows, width]);
    const tensors = {
      x: shifted(gpu, x, [rows, width]),
      weight: shifted(gpu, weight, [width]),
      gradient: shifted(gpu, gradient, [rows, width]),
      out: out.tensor,
    };
    const call = { ...tensors, epsilon: 1e-5, centred, weightShift: 1 };
    await gpu.submit('test', (recorder) => normBackward(recorder, call, mode));
    const expected = referenceNormBackward(
      x,
      weight.map((value) => value + 1),
      gradient,
      { epsilon: 1e-5, centred },
    );
    // Of one value a layer norm gives its bias, whatever the value is.
    const most = Math.max(1, ...expected.map(Math.abs));
    expect(largestGap(await out.read(), expected) / most).toBeLessThan(around === 0 ? 3e-6 : 3e-5);
  });
});

test.each(Object.keys(ACTIVATIONS) as Activation[])('%s backward, plain and gated', async (activation) => {
  const count = 1001;
  const x = randomValues(count, 4).map((value) => value * 8);
  x.set([0, 30, -30, 1e4, -1e4]);
  const [gradient, factor] = [randomValues(count, 5), randomValues(count, 6)];
  const held = {
    x: shifted(gpu, x, [count]),
    gradient: shifted(gpu, gradient, [count]),
    factor: shifted(gpu, factor, [count]),
  };
  const [plain, byInput, byFactor] = [guarded(gpu, [count]), guarded(gpu, [count]), guarded(gpu, [count])];
  await gpu.submit('test', (recorder) => {
    const common = { activation, x: held.x, gradient: held.gradient };
    activationBackward(recorder, { ...common, out: plain.tensor });
    const gated = { factor: held.factor, out: byFactor.tensor };
    activationBackward(recorder, { ...common, out: byInput.tensor, gated });
  });
  const slopes = Array.from(x, (value, i) => (gradient[i] ?? NaN) * referenceSlope(value, activation));
  const gated = slopes.map((value, i) => value * (factor[i] ?? NaN));
  const values = Array.from(x, (value, i) => (gradient[i] ?? NaN) * referenceActivate(value, activation));
  expect(largestGap(await plain.read(), Float64Array.from(slopes))).toBeLessThan(2e-6);
  expect(largestGap(await byInput.read(), Float64Array.from(gated))).toBeLessThan(2e-6);
  const most = Math.max(...values.map(Math.abs));
  expect(largestGap(await byFactor.read(), Float64Array.from(values)) / most).toBeLessThan(2e-6);
});

test.each(Object.keys(ACTIVATIONS) as Activation[])('the slope of %s is that of its values', (activation) => {
  for (const x of [-7, -2.5, -0.4, 0.3, 1.9, 6]) {
    const step = 1e-5;
    const rise = referenceActivate(x + step, activation) - referenceActivate(x - step, activation);
    expect(referenceSlope(x, activation)).toBeCloseTo(rise / (2 * step), 6);
  }
});

test.each([
  { rows: 1, width: 1 },
  { rows: 70, width: 33 },
  { rows: 3, width: 1000 },
])('softmax backward: $rows rows of $width', async ({ rows, width }) => {
  const weights = randomValues(rows * width, 9).map((value) => Math.abs(value) / width);
  const gradient = randomValues(rows * width, 10);
  for (const mode of ['thread', 'workgroup'] as const) {
    const out = guarded(gpu, [rows, width]);
    const tensors = {
      weights: shifted(gpu, weights, [rows, width]),
      gradient: shifted(gpu, gradient, [rows, width]),
      out: out.tensor,
    };
    await gpu.submit('test', (recorder) => softmaxBackward(recorder, tensors, mode));
    const expected = referenceSoftmaxBackward(weights, gradient, width);
    expect(largestGap(await out.read(), expected)).toBeLessThan(1e-6);
  }
});

test.each([
  { S: 1, A: 1 },
  { S: 37, A: 70 },
])('additive scores backward: $S keys of $A', async ({ S, A }) => {
  const [query, key] = [randomValues(A, 11), randomValues(S * A, 12)];
  const [v, gradient, before] = [randomValues(A, 13), randomValues(S, 14), randomValues(S * A, 15)];
  const [byQuery, byKey] = [guarded(gpu, [1, A]), guarded(gpu, [S, A])];
  gpu.upload(byKey.tensor, before);
  const call = {
    query: shifted(gpu, query, [1, A]),
    key: shifted(gpu, key, [S, A]),
    v: shifted(gpu, v, [A]),
    gradient: shifted(gpu, gradient, [1, S]),
    ...{ byQuery: byQuery.tensor, byKey: byKey.tensor },
  };
  await gpu.submit('test', (recorder) => additiveScoresBackward(recorder, call));
  const expected = referenceAdditiveBackward(query, key, v, gradient);
  expect(largestGap(await byQuery.read(), expected.byQuery)).toBeLessThan(1e-5);
  const added = expected.byKey.map((value, i) => value + (before[i] ?? NaN));
  expect(largestGap(await byKey.read(), added)).toBeLessThan(1e-6);
});

test.each(['f16', 'bf16', 'q8_0', 'q4_0', 'q4_K', 'q6_K'] as const)(
  'rows of %s are unpacked',
  async (dtype) => {
    const [N, K] = [11, 256];
    const { matrix, values } = isBlockDtype(dtype)
      ? quantizedMatrix(gpu, dtype, N, K, 16)
      : storedMatrix(gpu, dtype, N, K, 16);
    for (const [first, rows] of [
      [0, N],
      [5, 3],
    ] as const) {
      const out = guarded(gpu, [rows, K]);
      await gpu.submit('test', (recorder) => unpack(recorder, matrix, out.tensor, first));
      expect(largestGap(await out.read(), values.slice(first * K, (first + rows) * K))).toBeLessThan(1e-6);
    }
  },
);

test('turning back takes rotary positions away', async () => {
  const [T, H, d, pairs] = [5, 3, 8, 3];
  const x = randomValues(T * H * d, 7);
  const angles = randomValues(T * pairs, 8);
  const table = Float32Array.from([...angles].flatMap((angle) => [Math.cos(angle), Math.sin(angle)]));
  const out = guarded(gpu, [T, H, d]);
  gpu.upload(out.tensor, x);
  const rows = { buffer: out.tensor.buffer, offset: out.tensor.offset, tokenStride: H * d, headStride: d };
  const call = { rows, heads: H, tokens: T, first: 0, table: shifted(gpu, table, [T, pairs, 2]) };
  await gpu.submit('test', (recorder) => {
    rotary(recorder, call);
    rotary(recorder, { ...call, back: true });
  });
  expect(largestGap(await out.read(), Float64Array.from(x))).toBeLessThan(1e-6);
});
