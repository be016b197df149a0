import { expect, test } from 'vitest';
import { adapterFacts } from '../../../src/renderer/gpu/adapter.ts';
import { sizeClass } from '../../../src/renderer/gpu/pool.ts';
import { reshape, rowsOf } from '../../../src/renderer/gpu/tensor.ts';

test('size classes hold what was asked for and waste a quarter at most', () => {
  for (let bytes = 1; bytes < 1e8; bytes = Math.ceil(bytes * 1.37)) {
    const size = sizeClass(bytes);
    expect(size).toBeGreaterThanOrEqual(bytes);
    expect(size % 16).toBe(0);
    if (bytes > 1024) expect(size).toBeLessThanOrEqual(bytes * 1.25);
  }
});

test('parts of a tensor stay inside it', () => {
  const tensor = { buffer: {} as GPUBuffer, offset: 8, shape: [4, 3] };
  expect(rowsOf(tensor, 1, 3)).toMatchObject({ offset: 11, shape: [2, 3] });
  expect(() => rowsOf(tensor, 3, 5)).toThrow('Rows 3 to 5 are outside a tensor of 4');
  expect(reshape(tensor, [2, 6]).shape).toEqual([2, 6]);
  expect(() => reshape(tensor, [5])).toThrow("[4, 3] can't be seen as [5]");
});

test.each([
  [{ vendor: 'google', architecture: 'swiftshader', description: '' }, 'SwiftShader', true],
  [{ vendor: 'mesa', architecture: '', description: 'llvmpipe (LLVM 17)' }, 'llvmpipe (LLVM 17)', true],
  [{ vendor: 'nvidia', architecture: 'ada-lovelace', description: '' }, 'nvidia ada-lovelace', false],
  [{ vendor: '', architecture: '', description: '' }, 'GPU', false],
])('an adapter of %o is called %s', (info, name, isSoftware) => {
  const facts = adapterFacts(
    {
      device: '',
      subgroupMinSize: 4,
      subgroupMaxSize: 64,
      isFallbackAdapter: false,
      ...info,
    } as GPUAdapterInfo,
    true,
  );
  expect(facts).toMatchObject({ name, isSoftware, subgroupSize: [4, 64], driver: '', memory: null });
});

test('the driver and the GPU’s own memory are told where the browser knows them', () => {
  const info = {
    ...{ vendor: 'nvidia', architecture: 'ada-lovelace', device: '', description: '' },
    ...{ subgroupMinSize: 32, subgroupMaxSize: 32, isFallbackAdapter: false },
    driver: 'NVIDIA 570.1',
    // The second heap is the host's.
    memoryHeaps: [
      { size: 8e9, properties: 1 },
      { size: 32e9, properties: 2 },
    ],
  };
  expect(adapterFacts(info as unknown as GPUAdapterInfo, false)).toMatchObject({
    driver: 'NVIDIA 570.1',
    memory: 8e9,
    subgroupSize: null,
  });
});
