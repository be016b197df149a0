import { expect, test } from 'vitest';
import { measurePeaks } from '../../src/renderer/gpu/peaks.ts';
import { applyTuning, tuneMatmul, tuningKey } from '../../src/renderer/kernels/matmul/matmul-tuning.ts';
import {
  candidates,
  defaultTile,
  MATMUL_TILES,
  shapeClass,
} from '../../src/renderer/kernels/matmul/matmul-tiles.ts';
import { testGpu } from '../helpers/gpu.ts';

const gpu = await testGpu();

test('the tuner measures all candidates of all classes and the device takes the fastest', async () => {
  const steps: string[] = [];
  const results = await tuneMatmul(
    gpu,
    (done, total) => steps.push(`${done}/${total}`),
    new AbortController().signal,
  );
  expect(steps.at(-1)).toBe(`${steps.length}/${steps.length}`);
  expect(results.length).toBe(12);
  for (const { name, tile, milliseconds } of results) {
    const times = Object.values(milliseconds);
    expect([3, 4]).toContain(times.length);
    expect(milliseconds[tile]).toBe(Math.min(...times));
    expect(gpu.tuning.get(name)).toBe(tile);
  }
  expect(gpu.memory().scratch).toBe(0);

  const kept: unknown = JSON.parse(JSON.stringify(Object.fromEntries(gpu.tuning)));
  const before = new Map(gpu.tuning);
  applyTuning(gpu, kept);
  expect(gpu.tuning).toEqual(before);
});

test('choices that were kept are taken over only as far as they make sense', () => {
  const name = shapeClass(1, 'rows');
  applyTuning(gpu, {
    [name]: 'register 1×8',
    nonsense: 'register 1×8',
    [shapeClass(99, 'rows')]: 'no such tile',
  });
  expect([...gpu.tuning]).toEqual([[name, 'register 1×8']]);
  // A tile for few rows is none for many.
  applyTuning(gpu, { [shapeClass(99, 'columns')]: 'few 1' });
  expect(gpu.tuning.size).toBe(0);
  for (const kept of [null, 3, 'text', [], { [name]: 4 }]) {
    applyTuning(gpu, kept);
    expect(gpu.tuning.size).toBe(0);
  }
});

test('an aborted tuning stops and gives its buffers back', async () => {
  const abort = new AbortController();
  const tuning = tuneMatmul(gpu, () => abort.abort(), abort.signal);
  await expect(tuning).rejects.toMatchObject({ name: 'AbortError' });
  expect(gpu.memory().scratch).toBe(0);
});

test('another browser and another driver are other keys', () => {
  const chrome = tuningKey(gpu, 'Mozilla/5.0 Chrome/156.0.0.0 Safari/537.36');
  expect(chrome).toContain('Chrome/156');
  expect(tuningKey(gpu, 'Mozilla/5.0 Chrome/157.0.0.0 Safari/537.36')).not.toBe(chrome);
  const facts = { ...gpu.facts, driver: 'driver 2.0' };
  expect(tuningKey({ facts }, 'Chrome/156')).not.toBe(
    tuningKey({ facts: { ...facts, driver: 'driver 2.1' } }, 'Chrome/156'),
  );
});

test.each([1, 2, 3, 5, 8, 9, 16, 33, 64, 65, 500])(
  'the default tile for %i rows is a candidate on every device',
  (M) => {
    const facts = {
      name: '',
      vendor: '',
      architecture: '',
      driver: '',
      memory: null,
      isSoftware: false,
      subgroupSize: null,
    } as const;
    for (const device of [
      { ...facts, isSoftware: true },
      { ...facts, isSoftware: true, subgroupSize: [4, 4] as const },
      { ...facts, vendor: 'apple', subgroupSize: [32, 32] as const },
      { ...facts, vendor: 'nvidia' },
      facts,
    ]) {
      const tile = defaultTile({ M, N: 4096, K: 512 }, device);
      expect(MATMUL_TILES.has(tile)).toBe(true);
      expect(candidates(M, device)).toContain(tile);
      expect([3, 4]).toContain(candidates(M, device).length);
    }
  },
);

test('the peaks of the device are measured', async () => {
  const { flopPerSecond, bytesPerSecond } = await measurePeaks(gpu);
  expect(flopPerSecond).toBeGreaterThan(1e8);
  expect(bytesPerSecond).toBeGreaterThan(1e7);
  expect(gpu.memory().scratch).toBe(0);
});
