import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GpuContext } from '../../src/renderer/gpu/context.ts';
import { Gpu } from '../../src/renderer/gpu/gpu.ts';
import { defineKernel } from '../../src/renderer/gpu/kernel.ts';
import { Profile } from '../../src/renderer/gpu/profile.ts';
import { Recorder } from '../../src/renderer/gpu/recorder.ts';

const scale = defineKernel(
  'test-scale',
  `struct Params { count: u32, factor: f32, group_offset: u32, x_offset: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.x + params.group_offset) * 64 + lane;
  if (i < params.count) { out[i] = x[i + params.x_offset] * params.factor; }
}`,
);

let gpu: Gpu;
const errors: Error[] = [];
beforeAll(async () => {
  gpu = await Gpu.create({ onError: (error) => errors.push(error) });
});
afterAll(() => {
  gpu.destroy();
  expect(errors).toEqual([]);
});

test('the adapter has a name, and a software adapter is known as one', () => {
  expect(gpu.facts.name).not.toBe('');
  if (gpu.facts.name === 'SwiftShader') expect(gpu.facts.isSoftware).toBe(true);
});

test('a kernel runs, with an unaligned tensor, and its values come back', async () => {
  const x = gpu.tensorFrom(
    Float32Array.from({ length: 1001 }, (_, i) => i),
    [1001],
    'x',
  );
  const out = gpu.tensor([1000], 'out');
  await gpu.submit('test', (recorder) => {
    recorder.dispatch({
      kernel: scale,
      bind: { x: { buffer: x.buffer, offset: 1, shape: [1000] }, out },
      params: { count: 1000, factor: 0.5 },
      groups: [Math.ceil(1000 / 64)],
      split: 0,
    });
  });
  const values = await gpu.read(out);
  expect(values.length).toBe(1000);
  expect([...values].every((value, i) => value === (i + 1) / 2)).toBe(true);
  gpu.release(x);
  gpu.release(out);
  expect(gpu.memory().activations).toBe(0);
});

test('a long dispatch is cut into several submits that cover it', async () => {
  const count = 1 << 16;
  const x = gpu.tensorFrom(new Float32Array(count).fill(1), [count], 'x');
  const out = gpu.tensor([count], 'out');
  const profile = new Profile();
  await gpu.submit(
    'test',
    (recorder) => {
      const groups = [count / 64] as const;
      const work = { flop: 1e13, bytes: 0 };
      recorder.dispatch({
        kernel: scale,
        bind: { x, out },
        params: { count, factor: 3 },
        groups,
        split: 0,
        work,
      });
    },
    { profile },
  );
  expect((await gpu.read(out)).every((value) => value === 3)).toBe(true);
  expect(profile.entries.length).toBeGreaterThan(10);
  expect(profile.entries.reduce((sum, { flop }) => sum + flop, 0)).toBeCloseTo(1e13, -3);
  gpu.release(x);
  gpu.release(out);
});

test('a broken shader is shown with the line that is wrong', async () => {
  const broken = defineKernel(
    'test-broken',
    '@compute @workgroup_size(1)\nfn main() {\n  let x: u32 = nothing;\n}',
  );
  await expect(
    gpu.submit('test', (recorder) => recorder.dispatch({ kernel: broken, bind: {}, groups: [1] })),
  ).rejects.toThrow(/test-broken.*line 3(.|\n)*let x: u32 = nothing;/);
});

test('an aborted recording runs nothing and gives its temporaries back', async () => {
  const controller = new AbortController();
  controller.abort();
  const attempt = gpu.submit(
    'test',
    (recorder) => {
      const x = recorder.temp([64], 'x');
      const out = recorder.temp([64], 'out');
      recorder.dispatch({ kernel: scale, bind: { x, out }, params: { count: 64, factor: 1 }, groups: [1] });
    },
    { signal: controller.signal },
  );
  await expect(attempt).rejects.toThrow(/abort/i);
  expect(gpu.memory().scratch).toBe(0);
});

test('a recording that is aborted in the middle stops between two submits', async () => {
  const controller = new AbortController();
  const ones = gpu.tensorFrom(new Float32Array(64).fill(1), [64], 'ones');
  const outs = Array.from({ length: 40 }, () => gpu.tensorFrom(new Float32Array(64), [64], 'out'));
  const submit = gpu.device.queue.submit.bind(gpu.device.queue);
  let submits = 0;
  gpu.device.queue.submit = (buffers) => {
    submit(buffers);
    if (++submits === 3) controller.abort();
  };
  try {
    const record = gpu.submit(
      'test',
      (recorder) => {
        // Each is a submit of its own, by what it says of itself.
        for (const out of outs)
          recorder.dispatch({
            kernel: scale,
            bind: { x: ones, out },
            params: { count: 64, factor: 2 },
            groups: [1],
            work: { flop: 1e10, bytes: 0 },
          });
      },
      { signal: controller.signal },
    );
    await expect(record).rejects.toMatchObject({ name: 'AbortError' });
  } finally {
    gpu.device.queue.submit = submit;
  }
  expect(submits).toBe(3);
  const written = await Promise.all(outs.map(async (out) => (await gpu.read(out))[0] === 2));
  expect(written.map(Number).join('')).toMatch(/^1+0+$/);
  for (const tensor of [ones, ...outs]) gpu.release(tensor);
});

test('without timestamps a profile has the wall time of each submit', async () => {
  const x = gpu.tensorFrom(new Float32Array(64).fill(1), [64], 'x');
  const out = gpu.tensor([64], 'out');
  const profile = new Profile();
  const features = new Set([...gpu.device.features].filter((feature) => feature !== 'timestamp-query'));
  const device = new Proxy(gpu.device, {
    get: (target, name) => {
      if (name === 'features') return features;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const { facts, pipelines, pool, queue, uniforms, tuning } = gpu;
  const plain: GpuContext = {
    ...{ device, facts, pipelines, pool, queue, uniforms, tuning },
    assertAlive: () => gpu.assertAlive(),
    readBytes: (...range) => gpu.readBytes(...range),
    idle: () => gpu.idle(),
  };
  const recorder = new Recorder(plain, 'test', profile);
  for (const [label, flop] of [
    ['short', 10],
    ['short', 10],
    ['long', 1e13],
  ] as const)
    recorder.dispatch({
      kernel: scale,
      label,
      bind: { x, out },
      params: { count: 64, factor: 2 },
      groups: [1],
      work: { flop, bytes: 64 },
    });
  await recorder.submit();
  expect(profile.entries).toEqual([
    { label: 'short', milliseconds: expect.any(Number), flop: 20, bytes: 128 },
    { label: 'long', milliseconds: expect.any(Number), flop: 1e13, bytes: 64 },
  ]);
  expect(profile.entries.every(({ milliseconds }) => milliseconds > 0)).toBe(true);
  gpu.release(x);
  gpu.release(out);
});

test('names that do not fit the shader are refused', async () => {
  const attempt = (bind: object, params: object) =>
    gpu.submit('test', (recorder) =>
      recorder.dispatch({ kernel: scale, bind: { ...bind }, params: { ...params }, groups: [1] }),
    );
  const x = gpu.tensor([64], 'x');
  const out = gpu.tensor([64], 'out');
  await expect(attempt({ x }, {})).rejects.toThrow('binds x, out; it was given x');
  await expect(attempt({ x, out }, { count: 1 })).rejects.toThrow('parameter factor is missing');
  await expect(attempt({ x, out }, { count: 1, factor: 1, extra: 1 })).rejects.toThrow('no parameter extra');
  gpu.release(x);
  gpu.release(out);
});

test('more than the device can have in one piece is refused with the numbers', () => {
  expect(() => gpu.tensor([2 ** 40], 'huge')).toThrow(
    /“huge” needs \S+ TB in one piece; this GPU allows \S+ [MG]B/,
  );
});

test('a lost device is told once, and what waits for it fails as lost', async () => {
  const reasons: string[] = [];
  const doomed = await Gpu.create({ onLost: (reason) => reasons.push(reason) });
  const x = doomed.tensor([1 << 20], 'x');
  const out = doomed.tensor([1 << 20], 'out');
  const work = doomed.submit('test', (recorder) => {
    for (let i = 0; i < 100; i++)
      recorder.dispatch({
        kernel: scale,
        bind: { x, out },
        params: { count: 1 << 20, factor: 1 },
        groups: [(1 << 20) / 64],
        work: { flop: 1e8, bytes: 0 },
      });
  });
  doomed.device.destroy();
  await expect(work.then(() => doomed.read(out))).rejects.toMatchObject({ code: 'device-lost' });
  await doomed.device.lost;
  // Whatever the browser says of a kernel that can't be compiled any more.
  const late = doomed.pipelines.get(scale, {}).ready.then(() => doomed.read(out));
  await expect(late).rejects.toMatchObject({ code: 'device-lost' });
  const work2 = doomed.submit('test', (recorder) =>
    recorder.dispatch({ kernel: scale, bind: { x, out }, params: { count: 1, factor: 1 }, groups: [1] }),
  );
  await expect(work2).rejects.toMatchObject({ code: 'device-lost' });
  expect(reasons.length).toBe(1);
});

test('work over a buffer that was destroyed meanwhile is called off, not handed to the device', async () => {
  const weights = gpu.tensorFrom(new Float32Array(64).fill(1), [64], 'x', 'weights');
  const out = gpu.tensor([64], 'out');
  const submitted = gpu.submit('test', (recorder) => {
    recorder.dispatch({
      kernel: scale,
      bind: { x: weights, out },
      params: { count: 64, factor: 2 },
      groups: [1],
    });
  });
  gpu.release(weights);
  await expect(submitted).rejects.toMatchObject({ name: 'AbortError' });
  await expect(gpu.read(weights)).rejects.toMatchObject({ name: 'AbortError' });
  gpu.release(out);
});
