import { describe, expect, test } from 'vitest';
import { rotary } from '../../../src/renderer/kernels/attention/rotary.ts';
import { ACTIVATIONS, type Activation } from '../../../src/renderer/kernels/rows/activation.ts';
import { referenceActivate } from '../../../src/renderer/kernels/rows/activation.reference.ts';
import { activationBackward } from '../../../src/renderer/kernels/rows/activation-backward.ts';
import { referenceSlope } from '../../../src/renderer/kernels/rows/activation-backward.reference.ts';
import { normBackward } from '../../../src/renderer/kernels/rows/norm-backward.ts';
import { referenceNormBackward } from '../../../src/renderer/kernels/rows/norm-backward.reference.ts';
import { ROW_MODES, type RowMode } from '../../../src/renderer/kernels/rows/rows.ts';
import { guarded, largestGap, randomValues, shifted, testGpu } from '../../helpers/gpu.ts';

const holder = testGpu();

describe.each(Object.keys(ROW_MODES) as RowMode[])('norms backward by %s', (mode) => {
  test.each([
    { rows: 1, width: 1, around: 0, centred: true },
    { rows: 3, width: 7, around: 0, centred: false },
    { rows: 65, width: 33, around: 0, centred: true },
    { rows: 130, width: 64, around: 0, centred: false },
    { rows: 4, width: 256, around: 1000, centred: true },
  ])('$rows rows of $width around $around, centred: $centred', async ({ rows, width, around, centred }) => {
    const { gpu } = holder;
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
  const { gpu } = holder;
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

test('turning back takes rotary positions away', async () => {
  const { gpu } = holder;
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
