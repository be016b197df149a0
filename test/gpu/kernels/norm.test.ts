import { describe, expect, test } from 'vitest';
import { layerNorm, rmsNorm } from '../../../src/renderer/kernels/rows/norm.ts';
import { referenceLayerNorm, referenceRmsNorm } from '../../../src/renderer/kernels/rows/norm.reference.ts';
import { ROW_MODES, type RowMode } from '../../../src/renderer/kernels/rows/rows.ts';
import { guarded, largestGap, randomValues, shifted, testGpu } from '../../helpers/gpu.ts';

const gpu = await testGpu();

describe.each(Object.keys(ROW_MODES) as RowMode[])('by %s', (mode) => {
  test.each([
    { rows: 1, width: 1, shift: 0 },
    { rows: 3, width: 7, shift: 0 },
    { rows: 65, width: 33, shift: 0 },
    { rows: 2, width: 1000, shift: 0 },
    { rows: 130, width: 768, shift: 0 },
    // Far from zero, where a one-pass variance cancels and the mean itself is rounded.
    { rows: 4, width: 256, shift: 1000 },
    { rows: 5, width: 769, shift: -5000 },
  ])('$rows rows of $width, around $shift', async ({ rows, width, shift }) => {
    const x = randomValues(rows * width, 1).map((value) => value + shift);
    const weight = randomValues(width, 2);
    const bias = randomValues(width, 3);
    const out = guarded(gpu, [rows, width]);
    await gpu.submit('test', (recorder) =>
      layerNorm(
        recorder,
        {
          x: shifted(gpu, x, [rows, width]),
          weight: shifted(gpu, weight, [width]),
          bias: gpu.tensorFrom(bias, [width], 'bias'),
          out: out.tensor,
          epsilon: 1e-5,
        },
        mode,
      ),
    );
    expect(largestGap(await out.read(), referenceLayerNorm(x, weight, bias, 1e-5))).toBeLessThanOrEqual(1e-5);
  });

  // As in published models, where a few columns are a thousand times larger than the others.
  test.each([[[0]], [[0, 1, 2, 3]], [[5, 300, 1023]], [[0, 512]]])(
    'rows with outliers in columns %j',
    async (outliers) => {
      const [rows, width] = [3, 1024];
      const x = randomValues(rows * width, 4);
      for (let row = 0; row < rows; row++) for (const column of outliers) x[row * width + column] = 2000;
      const ones = new Float32Array(width).fill(1);
      const zeros = new Float32Array(width);
      const out = guarded(gpu, [rows, width]);
      const call = {
        x: shifted(gpu, x, [rows, width]),
        weight: gpu.tensorFrom(ones, [width], 'weight'),
        bias: gpu.tensorFrom(zeros, [width], 'bias'),
        out: out.tensor,
        epsilon: 1e-5,
      };
      await gpu.submit('test', (recorder) => layerNorm(recorder, call, mode));
      const expected = referenceLayerNorm(x, ones, zeros, 1e-5);
      expect(largestGap(await out.read(), expected)).toBeLessThanOrEqual(1e-5);
    },
  );

  test.each([
    { rows: 1, width: 1, weightShift: 0 },
    { rows: 67, width: 31, weightShift: 1 },
    { rows: 20, width: 640, weightShift: 0 },
  ])('RMS norm: $rows rows of $width, weight + $weightShift', async ({ rows, width, weightShift }) => {
    const x = randomValues(rows * width, 1);
    const weight = randomValues(width, 2);
    const out = guarded(gpu, [rows, width]);
    const call = {
      x: shifted(gpu, x, [rows, width]),
      weight: shifted(gpu, weight, [width]),
      out: out.tensor,
      epsilon: 1e-6,
      weightShift,
    };
    await gpu.submit('test', (recorder) => rmsNorm(recorder, call, mode));
    const expected = referenceRmsNorm(x, weight, 1e-6, weightShift);
    expect(largestGap(await out.read(), expected)).toBeLessThanOrEqual(1e-5);
  });

  test('a constant row becomes the bias', async () => {
    const bias = randomValues(48, 3);
    const out = guarded(gpu, [2, 48]);
    await gpu.submit('test', (recorder) =>
      layerNorm(
        recorder,
        {
          x: gpu.tensorFrom(new Float32Array(96).fill(3.25), [2, 48], 'x'),
          weight: gpu.tensorFrom(randomValues(48, 2), [48], 'weight'),
          bias: gpu.tensorFrom(bias, [48], 'bias'),
          out: out.tensor,
          epsilon: 1e-5,
        },
        mode,
      ),
    );
    expect(await out.read()).toEqual(Float32Array.from([...bias, ...bias]));
  });
});
