import { expect, test } from 'vitest';
import { HeadgateError } from '../../../src/common/error.ts';
import { BufferPool } from '../../../src/renderer/gpu/pool.ts';
import { loadAgain } from '../../../src/renderer/models/load-again.ts';
import { pieceRows } from '../../../src/renderer/models/weight-ranges.ts';

const GIB = 2 ** 30;

/** A device that promises buffers of `promised` bytes and refuses those above `most`. */
function poolOf(promised: number, most: number): BufferPool {
  let refused = false;
  return new BufferPool({
    limits: { maxBufferSize: promised, maxStorageBufferBindingSize: promised },
    pushErrorScope: () => undefined,
    createBuffer: ({ size }: GPUBufferDescriptor) => {
      refused = size > most;
      return { size, destroy: () => undefined };
    },
    popErrorScope: () => Promise.resolve(refused ? { message: 'no room' } : null),
  } as unknown as GPUDevice);
}

test.each([
  // The table: two pieces of one size, and not one of exactly the limit with a rest.
  [300_000, 4096, GIB, 150_000],
  [262_144, 4096, GIB, 131_072],
  [7, 8, 64, 4],
  [1000, 4, 1 << 20, 1000],
  [3, 1 << 20, 1024, 3],
])('%i rows of %i bytes in pieces of at most %i bytes', (rows, rowBytes, largest, expected) => {
  expect(pieceRows(rows, rowBytes, largest * (15 / 16))).toBe(expected);
});

globalThis.GPUBufferUsage ??= { STORAGE: 0, COPY_SRC: 0, COPY_DST: 0 } as unknown as typeof GPUBufferUsage;

/** Reserves a table of 300,000 × 1,024 in the pool's pieces. @returns the number of pieces */
async function reserve(pool: BufferPool): Promise<number> {
  const step = pieceRows(300_000, 4096, pool.largestPiece);
  const pieces = Math.ceil(300_000 / step);
  const held = Array.from({ length: pieces }, () => pool.acquire(step * 4096, 'weights', 'table'));
  try {
    await pool.settle();
  } catch (error) {
    for (const buffer of held) pool.release(buffer);
    throw error;
  }
  return pieces;
}

test.each([
  ['a device that keeps its promise', GIB, 2],
  ['a device that refuses what it promised', GIB * 0.95, 2],
  ['a device that has half of it in one place', GIB / 2, 3],
])('%s', async (_, most, pieces) => {
  const pool = poolOf(GIB, most);
  expect(await loadAgain(pool, () => reserve(pool))).toBe(pieces);
});

test('a GPU that is full is not asked three times, and other errors not twice', async () => {
  const pool = poolOf(GIB, 1 << 20);
  let tries = 0;
  const load = () => {
    tries++;
    return reserve(pool);
  };
  await expect(loadAgain(pool, load)).rejects.toMatchObject({ code: 'out-of-gpu-memory' });
  expect(tries).toBe(2);
  tries = 0;
  const missing = () => {
    tries++;
    return Promise.reject(new HeadgateError('missing-tensor', 'm', 'h'));
  };
  await expect(loadAgain(pool, missing)).rejects.toMatchObject({ code: 'missing-tensor' });
  expect(tries).toBe(1);
});

test('what a closed model’s runs left for reuse goes with its weights', () => {
  const pool = poolOf(GIB, GIB);
  let told = 0;
  pool.onChange = () => told++;
  const [weights, states] = [pool.acquire(8e6, 'weights', 'w'), pool.acquire(4e6, 'activations', 's')];
  pool.release(states);
  // Another run of the same model finds it again.
  expect(pool.usage().free).toBeGreaterThanOrEqual(4e6);
  told = 0;
  pool.release(weights);
  expect(pool.usage().total).toBe(0);
  expect(told).toBeGreaterThan(0);
});
