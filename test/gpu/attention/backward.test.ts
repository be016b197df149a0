import { describe, expect, test } from 'vitest';
import { attentionBackward } from '../../../src/renderer/kernels/attention/attention-backward.ts';
import { referenceAttentionBackward } from '../../../src/renderer/kernels/attention/attention-backward.reference.ts';
import { GPU_TILE, SOFTWARE_TILE } from '../../../src/renderer/kernels/attention/attention-params.ts';
import type { GpuTensor } from '../../../src/renderer/gpu/tensor.ts';
import { asIfSlow, guarded, largestGap, randomValues, shifted, testGpu } from '../../helpers/gpu.ts';
import { CASES, packedCase, type Case } from './layers.ts';

const gpu = await testGpu();

/** Of a tensor [T, heads, d]. */
function headRows({ buffer, offset, shape }: GpuTensor) {
  const [, heads = 1, d = 1] = shape;
  return { buffer, offset, tokenStride: heads * d, headStride: d };
}

/** Largest gaps between the kernels and the reference, over the reference's largest value. */
async function gaps({ layer, values }: Case, tile = SOFTWARE_TILE) {
  const { queries, keys, heads, keyHeads, headWidth: d } = layer;
  const above = randomValues(queries * heads * d, 9);
  const found = {
    q: guarded(gpu, [queries, heads, d]),
    k: guarded(gpu, [keys, keyHeads, d]),
    v: guarded(gpu, [keys, keyHeads, d]),
  };
  const output = headRows(shifted(gpu, above, [queries, heads, d]));
  const [q, k, v] = [headRows(found.q.tensor), headRows(found.k.tensor), headRows(found.v.tensor)];
  await gpu.submit('test', (recorder) => attentionBackward(recorder, layer, { output, q, k, v }, tile));
  const expected = referenceAttentionBackward(layer, values, above);
  const gap = async (name: 'q' | 'k' | 'v') => {
    const most = Math.max(1e-3, ...expected[name].map(Math.abs));
    return largestGap(await found[name].read(), expected[name]) / most;
  };
  return { q: await gap('q'), k: await gap('k'), v: await gap('v') };
}

describe.each([
  ['the software tile', SOFTWARE_TILE],
  ['the GPU tile', GPU_TILE],
])('attention backward with %s', (_tile, tile) => {
  test.each(Object.entries(CASES))('%s', async (_name, make) => {
    const it = make(gpu);
    const { q, k, v } = await gaps(it, tile);
    expect(Math.max(q, k, v), JSON.stringify({ q, k, v })).toBeLessThan(2e-5);
    it.held.forEach((tensor) => gpu.release(tensor));
  });
});

test('work that is cut into many submits gives the same sums', async () => {
  const it = packedCase(gpu, { tokens: 41, heads: 3, headWidth: 8 });
  const { q, k, v } = await asIfSlow(gpu, () => gaps(it));
  expect(Math.max(q, k, v)).toBeLessThan(2e-5);
  it.held.forEach((tensor) => gpu.release(tensor));
});

test('a soft cap beside a bias is refused', async () => {
  const it = packedCase(gpu, { tokens: 3, heads: 1, headWidth: 4, softCap: 5 });
  const { q } = it.layer;
  const bias = { buffer: q.buffer, offset: 0, headStride: 0, queryStride: 0, keyStride: 0 };
  await expect(
    gpu.submit('test', (recorder) =>
      attentionBackward(recorder, { ...it.layer, bias }, { output: q, q, k: q, v: q }),
    ),
  ).rejects.toThrow(/no bias beside a soft cap/);
  it.held.forEach((tensor) => gpu.release(tensor));
});
