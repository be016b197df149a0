import { expect, test } from 'vitest';
import { add, multiply } from '../../../src/renderer/kernels/rows/elementwise.ts';
import { embedding } from '../../../src/renderer/kernels/rows/embedding.ts';
import { referenceEmbedding } from '../../../src/renderer/kernels/rows/embedding.reference.ts';
import { guarded, largestGap, randomValues, shifted, testGpu } from '../../helpers/gpu.ts';
import { quantizedMatrix, storedMatrix } from '../../helpers/matrices.ts';

const gpu = await testGpu();
const IDS = Uint32Array.from([4, 0, 0, 9, 3, 4, 1]);

test.each([
  { dtype: 'f32', width: 1, positioned: false },
  { dtype: 'f32', width: 7, positioned: true },
  { dtype: 'f32', width: 260, positioned: true },
  { dtype: 'f16', width: 12, positioned: true },
  { dtype: 'f16', width: 20, positioned: false },
  { dtype: 'bf16', width: 12, positioned: false },
  { dtype: 'bf16', width: 64, positioned: true },
] as const)(
  'rows of $width stored as $dtype, positions: $positioned',
  async ({ dtype, width, positioned }) => {
    const { matrix, values } = storedMatrix(gpu, dtype, 10, width, 1);
    const positions = randomValues(16 * width, 2);
    const ids = gpu.tensor([IDS.length], 'ids');
    gpu.upload(ids, IDS);
    const out = guarded(gpu, [IDS.length, width]);
    await gpu.submit('test', (recorder) =>
      embedding(recorder, {
        ids,
        table: matrix,
        // A power of two: exact, however the product and the sum are rounded.
        ...(positioned && { positions: shifted(gpu, positions, [16, width]), first: 5, scale: 4 }),
        out: out.tensor,
      }),
    );
    const expected = positioned
      ? referenceEmbedding(IDS, values, width, positions, 5, 4)
      : referenceEmbedding(IDS, values, width);
    expect(largestGap(await out.read(), Float32Array.from(expected))).toBe(0);
  },
);

test.each(['q8_0', 'q4_0', 'q4_K', 'q5_1', 'q6_K', 'q3_K', 'q2_K'] as const)(
  'rows stored as %s',
  async (dtype) => {
    const [rows, width] = [10, 256];
    const { matrix, values } = quantizedMatrix(gpu, dtype, rows, width, 1);
    const positions = randomValues(16 * width, 2);
    const ids = gpu.tensor([IDS.length], 'ids');
    gpu.upload(ids, IDS);
    const out = guarded(gpu, [IDS.length, width]);
    await gpu.submit('test', (recorder) =>
      embedding(recorder, {
        ...{ ids, table: matrix, first: 5, scale: 4, out: out.tensor },
        positions: shifted(gpu, positions, [16, width]),
      }),
    );
    const expected = referenceEmbedding(IDS, values, width, positions, 5, 4);
    expect(largestGap(await out.read(), Float32Array.from(expected))).toBeLessThan(2e-6);
  },
);

test.each([1, 63, 64, 257, 5000])('the sum and the product of two tensors of %i', async (count) => {
  const x = randomValues(count, 1);
  const y = randomValues(count, 2);
  const of = (values: Float32Array<ArrayBuffer>) => shifted(gpu, values, [count]);
  const sum = guarded(gpu, [count]);
  const product = guarded(gpu, [count]);
  await gpu.submit('test', (recorder) => {
    add(recorder, of(x), of(y), sum.tensor);
    multiply(recorder, of(x), of(y), product.tensor);
  });
  expect(await sum.read()).toEqual(x.map((value, i) => value + (y[i] ?? NaN)));
  expect(await product.read()).toEqual(x.map((value, i) => value * (y[i] ?? NaN)));
});
