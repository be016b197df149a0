import { expect, test } from 'vitest';
import type { GpuContext } from '../../../src/renderer/gpu/context.ts';
import type { Kernel } from '../../../src/renderer/gpu/kernel.ts';
import { Recorder } from '../../../src/renderer/gpu/recorder.ts';
import { shaderInterface } from '../../../src/renderer/gpu/shader.ts';

/** Records one call of a kernel whose struct and body are given; no device is needed for that. */
function record(fields: string, body: string, params: Record<string, number> = {}): void {
  const code = `struct Params { ${fields} }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
fn main() { ${body} }`;
  const kernel: Kernel = { name: 'test', code, variants: [{}], features: [] };
  const compiled = { name: 'test', shader: shaderInterface(code), pipeline: null };
  const gpu = { pipelines: { get: () => compiled } } as unknown as GpuContext;
  const weight = { buffer: {} as GPUBuffer, offset: 0, shape: [4] };
  new Recorder(gpu, 'test').dispatch({ kernel, bind: { weight }, params, groups: [1] });
}

test.each([
  ['of a binding', 'weight_offset: u32', 'params.weight_offset'],
  ['of a part', 'group_offset: u32', 'params.group_offset'],
  ['that this variant leaves alone', 'bias_offset: u32', ''],
])('the recorder fills in the offset %s', (_, fields, body) => {
  expect(() => record(fields, body)).not.toThrow();
});

test.each([
  ['an offset whose binding is misspelt', 'wieght_offset: u32', 'params.wieght_offset'],
  ['a parameter that nobody gives', 'count: u32', ''],
])('%s is no 0', (_, fields, body) => {
  expect(() => record(fields, body)).toThrow(/parameter \w+ is missing/);
});

test('a parameter that the shader does not have is named', () => {
  expect(() => record('count: u32', '', { count: 1, cuont: 2 })).toThrow('no parameter cuont');
});
