import { expect, test } from 'vitest';
import { decodeBlocks, keptCodeBits } from '../../../src/common/blocks/block-type.ts';
import { BLOCK_TYPES, isBlockDtype } from '../../../src/common/blocks/block-types.ts';
import { keptBytes } from '../../../src/common/stored-type.ts';
import {
  repack,
  repackedBytes,
  storedRowBytes,
  type Repacked,
} from '../../../src/renderer/kernels/matmul/quantized.ts';
import { randomBlocks } from '../../helpers/matrices.ts';

const dtypes = Object.keys(BLOCK_TYPES).filter(isBlockDtype);

/** What the shaders read: the code of row n at k, and what it is multiplied by and moved by. */
function valueAt(
  { values, scales }: Repacked,
  dtype: (typeof dtypes)[number],
  n: number,
  k: number,
  K: number,
) {
  const { span, hasMinima } = BLOCK_TYPES[dtype];
  const [group, row] = [Math.floor(n / 4), n % 4];
  const at = (((group * K + k - (k % span)) / span) * (hasMinima ? 8 : 4)) | 0;
  const minimum = hasMinima ? (scales[at + 4 + row] ?? NaN) : 0;
  const scale = (scales[at + row] ?? NaN) * 256 ** row;
  if (keptCodeBits(BLOCK_TYPES[dtype]) === 8) {
    const byte = values[(group * K + k) * 4 + row] ?? NaN;
    return scale * (row === 3 ? (byte << 24) >> 24 : byte - 128) + minimum;
  }
  const pair = values[(group * K + k - (k % 2)) * 2 + row] ?? NaN;
  const nibble = k % 2 === 0 ? pair & 15 : pair >> 4;
  // What holds a word's sign is in two's complement.
  return scale * (row === 3 && k % 2 === 1 ? (nibble << 28) >> 28 : nibble - 8) + minimum;
}

test.each(dtypes)('%s: what is repacked are the values of the blocks', (dtype) => {
  const [N, K] = [6, 512];
  const stored = randomBlocks(dtype, N, K, 3);
  const expected = new Float32Array(N * K);
  decodeBlocks(BLOCK_TYPES[dtype], stored, expected);
  const packed = repack(dtype, stored, N, K);
  const bytes = repackedBytes(dtype, N, K);
  expect([packed.values.byteLength, packed.scales.byteLength]).toEqual([bytes.values, bytes.scales]);
  let worst = 0;
  for (let n = 0; n < N; n++)
    for (let k = 0; k < K; k++)
      worst = Math.max(worst, Math.abs(valueAt(packed, dtype, n, k, K) - (expected[n * K + k] ?? NaN)));
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  expect(largest).toBeGreaterThan(0);
  expect(worst / largest).toBeLessThan(1e-6);
  // The rows that fill the last group up have no weight.
  expect(valueAt(packed, dtype, 6, 0, K)).toBe(0);
  expect(valueAt(packed, dtype, 7, 511, K)).toBe(0);
});

test.each(dtypes)('what %s takes on the GPU is told before it is loaded', (dtype) => {
  const [rows, columns] = [64, 512];
  const packed = { dtype, file: '0', begin: 0, end: rows * storedRowBytes(dtype, columns), turned: false };
  const { values, scales } = repackedBytes(dtype, rows, columns);
  expect(keptBytes({ begin: 0, end: 4 * rows * columns, shape: [rows, columns], packed })).toBe(
    values + scales,
  );
});
