import { expect, test } from 'vitest';
import { divergence } from '../../../src/renderer/kernels/analysis/divergence.ts';
import { referenceDivergence } from '../../../src/renderer/kernels/analysis/divergence.reference.ts';
import { tokenScore } from '../../../src/renderer/kernels/analysis/token-score.ts';
import { referenceTokenScore } from '../../../src/renderer/kernels/analysis/token-score.reference.ts';
import { editColumns } from '../../../src/renderer/kernels/rows/edit-columns.ts';
import { referenceEditColumns } from '../../../src/renderer/kernels/rows/edit-columns.reference.ts';
import { rotary } from '../../../src/renderer/kernels/attention/rotary.ts';
import { referenceRotary } from '../../../src/renderer/kernels/attention/rotary.reference.ts';
import { softCap } from '../../../src/renderer/kernels/attention/soft-cap.ts';
import { guarded, largestGap, randomValues, shifted, testGpu } from '../../helpers/gpu.ts';

const gpu = await testGpu();

test.each([
  { T: 1, H: 1, d: 2, pairs: 1, first: 0 },
  { T: 5, H: 3, d: 8, pairs: 4, first: 2 },
  { T: 7, H: 2, d: 10, pairs: 3, first: 0 },
  { T: 33, H: 5, d: 64, pairs: 32, first: 40 },
])('rotary positions: $T tokens, $H heads of $d, $pairs pairs', async ({ T, H, d, pairs, first }) => {
  const x = randomValues(T * H * d, 1);
  const table = randomValues((first + T) * pairs * 2, 2);
  const out = guarded(gpu, [T, H, d]);
  gpu.upload(out.tensor, x);
  const rows = { buffer: out.tensor.buffer, offset: out.tensor.offset, tokenStride: H * d, headStride: d };
  await gpu.submit('test', (recorder) =>
    rotary(recorder, {
      rows,
      heads: H,
      tokens: T,
      table: shifted(gpu, table, [first + T, pairs, 2]),
      first,
    }),
  );
  const expected = referenceRotary(x, [T, H, d], table, pairs, first);
  expect(largestGap(await out.read(), expected)).toBeLessThan(3e-7);
});

test.each([1, 64, 257, 1000])('a soft cap over %i values', async (count) => {
  const x = randomValues(count, 3).map((value) => value * 1e3);
  x[0] = 1e4;
  const out = guarded(gpu, [count]);
  gpu.upload(out.tensor, x);
  await gpu.submit('test', (recorder) => softCap(recorder, out.tensor, 30));
  expect(
    largestGap(
      await out.read(),
      x.map((value) => 30 * Math.tanh(value / 30)),
    ),
  ).toBeLessThan(1e-5);
});

test.each([
  { columns: [0, 4], factor: 0, withMeans: false },
  { columns: [4, 12], factor: 0.5, withMeans: false },
  { columns: [9, 12], factor: 0, withMeans: true },
] as const)('columns $columns times $factor, means: $withMeans', async ({ columns, factor, withMeans }) => {
  const x = randomValues(17 * 12, 4);
  const means = randomValues(12, 5);
  const out = guarded(gpu, [17, 12]);
  gpu.upload(out.tensor, x);
  await gpu.submit('test', (recorder) =>
    editColumns(recorder, out.tensor, {
      columns,
      factor,
      ...(withMeans && { means: shifted(gpu, means, [12]) }),
    }),
  );
  const expected = referenceEditColumns(x, 12, columns, factor, withMeans ? means : undefined);
  expect(largestGap(await out.read(), expected)).toBeLessThan(1e-7);
});

test.each([
  { R: 1, V: 1 },
  { R: 3, V: 7 },
  { R: 70, V: 64 },
  { R: 2, V: 4099 },
])('divergence of $R rows of $V logits', async ({ R, V }) => {
  const before = randomValues(R * V, 6).map((value) => value * 20);
  const after = randomValues(R * V, 7).map((value) => value * 20);
  for (const mode of ['thread', 'workgroup'] as const) {
    const out = guarded(gpu, [R]);
    await gpu.submit('test', (recorder) =>
      divergence(recorder, shifted(gpu, before, [R, V]), shifted(gpu, after, [R, V]), out.tensor, mode),
    );
    const expected = referenceDivergence(before, after, V);
    expect(largestGap(await out.read(), expected)).toBeLessThan(1e-4);
  }
});

test.each([
  { V: 64, value: NaN },
  { V: 67, value: NaN },
  { V: 64, value: Infinity },
])(
  '$value among $V logits leaves no divergence and no probability, rank or surprisal',
  async ({ V, value }) => {
    const good = randomValues(3 * V, 6);
    const bad = good.slice();
    bad[V + V - 1] = value;
    bad[2 * V] = -Infinity;
    const ids = gpu.tensorFrom(new Float32Array(Uint32Array.of(1, 1, 1).buffer), [3], 'ids', 'scratch');
    for (const mode of ['thread', 'workgroup'] as const) {
      const [nats, scores] = [gpu.tensor([3], 'nats'), gpu.tensor([3, 4], 'scores')];
      await gpu.submit('test', (recorder) => {
        divergence(recorder, shifted(gpu, bad, [3, V]), shifted(gpu, good, [3, V]), nats, mode);
        tokenScore(recorder, shifted(gpu, bad, [3, V]), ids, scores, mode);
      });
      expect([...(await gpu.read(nats))].slice(0, 2)).toEqual([0, NaN]);
      const found = [...(await gpu.read(scores))].map(Number.isFinite);
      expect(found).toEqual([true, true, true, true, true, false, false, false, true, true, true, true]);
    }
  },
);

test.each([
  { R: 1, V: 1, most: 20 },
  { R: 3, V: 7, most: 20 },
  // Surprisals of tokens whose probabilities are 0 as numbers.
  { R: 9, V: 8, most: 200 },
  { R: 70, V: 64, most: 20 },
  { R: 2, V: 4099, most: 20 },
])('logit, probability, rank and surprisal of a token in $R rows of $V logits', async ({ R, V, most }) => {
  const logits = randomValues(R * V, 8).map((value) => value * most);
  const ids = Uint32Array.from({ length: R }, (_, row) => (row * 31 + V - 1) % V);
  const expected = [...ids].flatMap((id, row) =>
    referenceTokenScore(logits.subarray(row * V, (row + 1) * V), id),
  );
  const words = gpu.tensorFrom(new Float32Array(ids.buffer), [R], 'ids', 'scratch');
  for (const mode of ['thread', 'workgroup'] as const) {
    const out = guarded(gpu, [R, 4]);
    await gpu.submit('test', (recorder) =>
      tokenScore(recorder, shifted(gpu, logits, [R, V]), words, out.tensor, mode),
    );
    expect(largestGap(await out.read(), Float64Array.from(expected))).toBeLessThan(5e-7 * most);
  }
  gpu.release(words);
});
