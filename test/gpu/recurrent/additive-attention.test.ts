import { describe, expect, test } from 'vitest';
import {
  additiveScores,
  attend,
  tanhOf,
} from '../../../src/renderer/kernels/attention/additive-attention.ts';
import {
  referenceAdditiveScores,
  referenceAttend,
} from '../../../src/renderer/kernels/attention/additive-attention.reference.ts';
import { reduceTime } from '../../../src/renderer/kernels/recurrent/reduce-time.ts';
import { guarded, largestGap, randomValues, testGpu } from '../../helpers/gpu.ts';

const gpu = await testGpu();

describe('additive scores', () => {
  test.each([
    { R: 1, S: 1, A: 1, scale: 1 },
    { R: 3, S: 37, A: 19, scale: 1 },
    { R: 2, S: 70, A: 64, scale: 1e4 },
  ])('$R queries, $S keys, size $A, inputs of ±$scale', async ({ R, S, A, scale }) => {
    const query = randomValues(R * A, 1).map((value) => value * scale);
    const key = randomValues(S * A, 2).map((value) => value * scale);
    const v = randomValues(A, 3);
    const scores = guarded(gpu, [R, S]);
    await gpu.submit('scores', (recorder) =>
      additiveScores(recorder, {
        query: gpu.tensorFrom(query, [R, A], 'query'),
        key: gpu.tensorFrom(key, [S, A], 'key'),
        v: gpu.tensorFrom(v, [A], 'v'),
        bias: 0.25,
        scores: scores.tensor,
      }),
    );
    expect(largestGap(await scores.read(), referenceAdditiveScores(query, key, v, 0.25))).toBeLessThan(1e-5);
  });
});

describe('attend', () => {
  const all = (S: number) => new Array<number>(S).fill(1);
  test.each<[string, { R: number; mask: number[]; K: number; scale: number }]>([
    ['one key', { R: 1, mask: [1], K: 1, scale: 1 }],
    ['odd sizes', { R: 3, mask: all(67), K: 65, scale: 2 }],
    ['padding hides keys', { R: 2, mask: [1, 1, 0, 1, 0, 0], K: 5, scale: 3 }],
    ['all hidden', { R: 2, mask: [0, 0, 0], K: 4, scale: 1 }],
    ['scores of ±10,000', { R: 2, mask: all(9), K: 3, scale: 1e4 }],
  ])('%s', async (_name, { R, mask, K, scale }) => {
    const S = mask.length;
    const scores = randomValues(R * S, 4).map((value) => value * scale);
    const key = randomValues(S * K, 5);
    const weights = guarded(gpu, [R, S]);
    const context = guarded(gpu, [R, K]);
    const maskTensor = gpu.tensor([S], 'mask');
    gpu.upload(maskTensor, Uint32Array.from(mask));
    await gpu.submit('attend', (recorder) =>
      attend(recorder, {
        scores: gpu.tensorFrom(scores, [R, S], 'scores'),
        mask: maskTensor,
        key: gpu.tensorFrom(key, [S, K], 'key'),
        weights: weights.tensor,
        context: context.tensor,
      }),
    );
    const expected = referenceAttend(scores, mask, key);
    expect(largestGap(await weights.read(), expected.weights)).toBeLessThan(2e-6);
    expect(largestGap(await context.read(), expected.context)).toBeLessThan(4e-6);
  });

  test('forced weights are kept, and make the context', async () => {
    const given = Float32Array.of(0, 1, 0);
    const weights = gpu.tensorFrom(given, [1, 3], 'weights');
    const key = randomValues(6, 6);
    const mask = gpu.tensor([3], 'mask');
    gpu.upload(mask, Uint32Array.of(1, 1, 1));
    const context = guarded(gpu, [1, 2]);
    await gpu.submit('attend', (recorder) =>
      attend(
        recorder,
        {
          scores: gpu.tensorFrom(randomValues(3, 7), [1, 3], 'scores'),
          mask,
          key: gpu.tensorFrom(key, [3, 2], 'key'),
          weights,
          context: context.tensor,
        },
        true,
      ),
    );
    expect(await context.read()).toEqual(key.slice(2, 4));
    expect(await gpu.read(weights)).toEqual(given);
  });
});

test('tanh from 10⁻⁶ to 10,000', async () => {
  const x = Float32Array.from(
    { length: 401 },
    (_, i) => Math.sign(i - 200) * 10 ** ((Math.abs(i - 200) - 120) / 20),
  );
  const out = guarded(gpu, [401]);
  await gpu.submit('tanh', (recorder) => tanhOf(recorder, gpu.tensorFrom(x, [401], 'x'), out.tensor));
  const values = await out.read();
  for (const [i, value] of values.entries()) {
    const exact = Math.tanh(x[i] as number);
    expect(Math.abs(value - exact)).toBeLessThanOrEqual(5e-7 * Math.abs(exact));
  }
});

test.each(['mean', 'sum', 'max'] as const)('the %s over time', async (how) => {
  const x = randomValues(7 * 67, 8);
  const out = guarded(gpu, [67]);
  await gpu.submit('reduce', (recorder) =>
    reduceTime(recorder, gpu.tensorFrom(x, [7, 67], 'x'), out.tensor, how),
  );
  const expected = Float64Array.from({ length: 67 }, (_, unit) => {
    const column = Array.from({ length: 7 }, (_row, t) => x[t * 67 + unit] as number);
    const sum = column.reduce((all, value) => all + value, 0);
    return { mean: sum / 7, sum, max: Math.max(...column) }[how];
  });
  expect(largestGap(await out.read(), expected)).toBeLessThan(2e-6);
});
