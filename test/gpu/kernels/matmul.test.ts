import { describe, expect, test } from 'vitest';
import { Profile } from '../../../src/renderer/gpu/profile.ts';
import type { Recorder } from '../../../src/renderer/gpu/recorder.ts';
import type { Activation } from '../../../src/renderer/kernels/rows/activation.ts';
import { ACTIVATIONS } from '../../../src/renderer/kernels/rows/activation.ts';
import { MATMUL_TILES, tileOf } from '../../../src/renderer/kernels/matmul/matmul-tiles.ts';
import { matmul } from '../../../src/renderer/kernels/matmul/matmul.ts';
import { referenceMatmul } from '../../../src/renderer/kernels/matmul/matmul.reference.ts';
import { asIfSlow, guarded, largestGap, randomValues, shifted, testGpu } from '../../helpers/gpu.ts';
import { quantizedMatrix, storedMatrix } from '../../helpers/matrices.ts';

const gpu = await testGpu();
const TILES = [...MATMUL_TILES.keys()];
/**
 * How stored weights are unpacked is the same code in every tile of a kernel: one tile of each is tried with all dtypes, and
 * both of the register tile's ways with blocks.
 */
const UNPACKING: readonly string[] = [
  'register 1×8',
  'register 4×8',
  'quad 8×16',
  'shared 4×4, 64×64',
  'few 4',
];

interface Size {
  readonly M: number;
  readonly N: number;
  readonly K: number;
}

/** 4·√K·2⁻²⁴·‖a‖·‖b‖ of every element. */
function checkElements(
  actual: Float32Array,
  expected: Float64Array,
  a: Float32Array,
  b: Float32Array,
  { M, N, K }: Size,
  transposed: boolean,
): void {
  const norm = (at: (k: number) => number | undefined) => {
    let sum = 0;
    for (let k = 0; k < K; k++) sum += (at(k) ?? NaN) ** 2;
    return Math.sqrt(sum);
  };
  const rows = Array.from({ length: M }, (_, m) => norm((k) => a[m * K + k]));
  const columns = Array.from({ length: N }, (_, n) => norm((k) => b[transposed ? n * K + k : k * N + n]));
  let worst = 0;
  for (let m = 0; m < M; m++)
    for (let n = 0; n < N; n++) {
      const gap = Math.abs((actual[m * N + n] ?? NaN) - (expected[m * N + n] ?? NaN));
      const bound = 4 * Math.sqrt(K) * 2 ** -24 * (rows[m] ?? 0) * (columns[n] ?? 0);
      worst = Math.max(worst, Number.isNaN(gap) ? Infinity : gap / bound);
    }
  expect(worst, 'largest error as a share of the bound').toBeLessThanOrEqual(1);
}

const SIZES: readonly Size[] = [
  { M: 1, N: 1, K: 1 },
  { M: 1, N: 4, K: 1 },
  { M: 1, N: 4, K: 4 },
  { M: 5, N: 3, K: 1 },
  { M: 7, N: 65, K: 33 },
  { M: 33, N: 68, K: 132 },
  { M: 70, N: 140, K: 64 },
  { M: 9, N: 260, K: 512 },
  { M: 129, N: 132, K: 36 },
];

/** Every way in which packed types lie on the GPU, and sizes that fill no tile. */
const QUANTIZED = [
  { dtype: 'q8_0', M: 1, N: 5, K: 32 },
  { dtype: 'q8_0', M: 33, N: 70, K: 96 },
  { dtype: 'q4_0', M: 3, N: 1, K: 64 },
  { dtype: 'q4_0', M: 40, N: 36, K: 128 },
  { dtype: 'q4_K', M: 1, N: 9, K: 256 },
  { dtype: 'q4_K', M: 35, N: 38, K: 256 },
  { dtype: 'q5_1', M: 6, N: 7, K: 96 },
  { dtype: 'q6_K', M: 18, N: 37, K: 256 },
  { dtype: 'q3_K', M: 5, N: 34, K: 256 },
  { dtype: 'q2_K', M: 5, N: 34, K: 256 },
] as const;

test('every kernel has a tile that is tried with all dtypes', () => {
  const kernels = (names: readonly string[]) =>
    [...new Set(names.map((name) => tileOf(name).kernel.name))].sort();
  expect(kernels(UNPACKING)).toEqual(kernels(TILES));
});

describe.each(TILES)('tile %s', (tile) => {
  describe.each([false, true])('transposed: %s', (transposed) => {
    test.each(SIZES)('$M × $K by $K × $N', async (size) => {
      const { M, N, K } = size;
      const a = randomValues(M * K, 1);
      const b = randomValues(K * N, 2);
      const out = guarded(gpu, [M, N]);
      const left = shifted(gpu, a, [M, K]);
      const right = shifted(gpu, b, transposed ? [N, K] : [K, N]);
      await gpu.submit('test', (recorder) =>
        matmul(recorder, { a: left, b: right, transposed, out: out.tensor }, tile),
      );
      checkElements(await out.read(), referenceMatmul(a, b, size, { transposed }), a, b, size, transposed);
    });

    test.each(UNPACKING.includes(tile) ? (['f16', 'bf16'] as const) : [])(
      'weights stored as %s',
      async (dtype) => {
        const size = { M: 19, N: 44, K: 52 };
        const { M, N, K } = size;
        const a = randomValues(M * K, 3);
        const { matrix, values } = storedMatrix(gpu, dtype, transposed ? N : K, transposed ? K : N, 4);
        const out = guarded(gpu, [M, N]);
        await gpu.submit('test', (recorder) =>
          matmul(recorder, { a: shifted(gpu, a, [M, K]), b: matrix, transposed, out: out.tensor }, tile),
        );
        checkElements(
          await out.read(),
          referenceMatmul(a, values, size, { transposed }),
          a,
          values,
          size,
          transposed,
        );
      },
    );
  });

  test.each(UNPACKING.includes(tile) ? QUANTIZED : [])(
    'weights stored as $dtype, $M × $K by $N',
    async ({ dtype, M, N, K }) => {
      const a = randomValues(M * K, 11);
      const { matrix, values } = quantizedMatrix(gpu, dtype, N, K, 12);
      const out = guarded(gpu, [M, N]);
      await gpu.submit('test', (recorder) =>
        matmul(recorder, { a: shifted(gpu, a, [M, K]), b: matrix, transposed: true, out: out.tensor }, tile),
      );
      const size = { M, N, K };
      checkElements(
        await out.read(),
        referenceMatmul(a, values, size, { transposed: true }),
        a,
        values,
        size,
        true,
      );
    },
  );

  test('rows of [N, K] give the bits of rows of [K, N]', async () => {
    const [M, N, K] = [21, 52, 72];
    const a = shifted(gpu, randomValues(M * K, 13), [M, K]);
    const b = randomValues(K * N, 14);
    const turned = b.map((_, i) => b[(i % K) * N + Math.floor(i / K)] ?? NaN);
    const [plain, transposed] = [guarded(gpu, [M, N]), guarded(gpu, [M, N])];
    await gpu.submit('test', (recorder) => {
      matmul(recorder, { a, b: shifted(gpu, b, [K, N]), out: plain.tensor }, tile);
      matmul(
        recorder,
        { a, b: shifted(gpu, turned, [N, K]), transposed: true, out: transposed.tensor },
        tile,
      );
    });
    const [x, y] = [await plain.read(), await transposed.read()];
    // A register tile adds up four values of k in another order for each way of reading.
    expect(largestGap(x, y)).toBeLessThanOrEqual(tile.startsWith('register') ? 2e-6 * Math.sqrt(K) : 0);
  });

  test('on a slow device, rows and columns in pieces give the same bits', async () => {
    const [M, N, K] = [150, 132, 20];
    const a = shifted(gpu, randomValues(M * K, 15), [M, K]);
    const b = shifted(gpu, randomValues(K * N, 16), [K, N]);
    const bias = shifted(gpu, randomValues(N, 17), [N]);
    const residual = shifted(gpu, randomValues(M * N, 18), [M, N]);
    const run = async () => {
      const out = guarded(gpu, [M, N]);
      const profile = new Profile();
      // The epilogue of the test below, so that each tile compiles one kernel less.
      const record = (recorder: Recorder) =>
        matmul(recorder, { a, b, bias, residual, activation: 'gelu_tanh', out: out.tensor }, tile);
      await gpu.submit('test', record, { profile });
      return { values: await out.read(), dispatches: profile.entries.length };
    };
    const whole = await run();
    const pieces = await asIfSlow(gpu, run);
    expect(pieces.values).toEqual(whole.values);
    expect(pieces.dispatches).toBeGreaterThan(Math.max(3, whole.dispatches));
  });

  test('a batch, with and without a b of its own', async () => {
    const size = { M: 9, N: 20, K: 16 };
    const { M, N, K } = size;
    const a = randomValues(3 * M * K, 5);
    const b = randomValues(3 * K * N, 6);
    const own = guarded(gpu, [3, M, N]);
    const shared = guarded(gpu, [3, M, N]);
    const left = shifted(gpu, a, [3, M, K]);
    const right = shifted(gpu, b, [3, K, N]);
    await gpu.submit('test', (recorder) => {
      matmul(recorder, { a: left, b: right, out: own.tensor }, tile);
      matmul(recorder, { a: left, b: { ...right, shape: [K, N] }, out: shared.tensor }, tile);
    });
    const ownValues = await own.read();
    const sharedValues = await shared.read();
    for (let i = 0; i < 3; i++) {
      const x = a.slice(i * M * K, (i + 1) * M * K);
      const y = b.slice(i * K * N, (i + 1) * K * N);
      const part = (values: Float32Array) => values.slice(i * M * N, (i + 1) * M * N);
      checkElements(part(ownValues), referenceMatmul(x, y, size), x, y, size, false);
      checkElements(part(sharedValues), referenceMatmul(x, b, size), x, b, size, false);
    }
  });

  // The epilogue is the same code for every tile: all of it once, a part of it everywhere.
  test.each(tile === TILES[0] ? (Object.keys(ACTIVATIONS) as Activation[]) : (['gelu_tanh'] as const))(
    'epilogue with %s, bias, scale and residual',
    async (activation) => {
      for (const size of [
        { M: 13, N: 20, K: 8 },
        // No multiples of 4: the kernel for any shape.
        ...(tile === TILES[0] ? [{ M: 6, N: 21, K: 5 }] : []),
      ]) {
        const { M, N, K } = size;
        const a = randomValues(M * K, 7).map((value) => value * 8);
        const b = randomValues(K * N, 8).map((value) => value * 8);
        const bias = randomValues(N, 9);
        const residual = randomValues(M * N, 10);
        const out = guarded(gpu, [M, N]);
        await gpu.submit('test', (recorder) =>
          matmul(
            recorder,
            {
              a: gpu.tensorFrom(a, [M, K], 'a'),
              b: gpu.tensorFrom(b, [K, N], 'b'),
              bias: shifted(gpu, bias, [N]),
              residual: shifted(gpu, residual, [M, N]),
              out: out.tensor,
              activation,
              scale: 0.25,
            },
            tile,
          ),
        );
        const expected = referenceMatmul(a, b, size, { bias, residual, activation, scale: 0.25 });
        expect(largestGap(await out.read(), expected)).toBeLessThanOrEqual(1e-4);
      }
    },
  );
});

test('activations are finite and right for sums of ±1e4', async () => {
  const a = Float32Array.from([1e4, -1e4, 0, 20, -20, 90, -90, 5]);
  for (const activation of Object.keys(ACTIVATIONS) as Activation[]) {
    const out = guarded(gpu, [8, 4]);
    await gpu.submit('test', (recorder) =>
      matmul(recorder, {
        a: gpu.tensorFrom(a, [8, 1], 'a'),
        b: gpu.tensorFrom(new Float32Array(4).fill(1), [1, 4], 'b'),
        out: out.tensor,
        activation,
      }),
    );
    const expected = referenceMatmul(a, [1, 1, 1, 1], { M: 8, N: 4, K: 1 }, { activation });
    const gaps = (await out.read()).map(
      (value, i) => Math.abs(value - (expected[i] ?? NaN)) / Math.max(1, Math.abs(expected[i] ?? NaN)),
    );
    expect(Math.max(...gaps), activation).toBeLessThanOrEqual(3e-6);
  }
});

test('shapes that do not fit are refused', async () => {
  const a = gpu.tensor([2, 3], 'a');
  const b = gpu.tensor([4, 5], 'b');
  const out = gpu.tensor([2, 5], 'out');
  await expect(gpu.submit('test', (recorder) => matmul(recorder, { a, b, out }))).rejects.toThrow(
    '[2, 3] by [4, 5] does not give [2, 5]',
  );
});
