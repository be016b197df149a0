import { expect, test } from 'vitest';
import { gpuSwitches } from '../../../src/main/electron/switches.ts';

const VULKAN = [
  ['enable-unsafe-webgpu'],
  ['enable-features', 'Vulkan'],
  ['ignore-gpu-blocklist'],
  ['enable-webgpu-developer-features'],
  ['disable-domain-blocking-for-3d-apis'],
  ['disable-gpu-process-crash-limit'],
];

test('Linux with a GPU: Vulkan', () => {
  expect(gpuSwitches('linux', true)).toEqual(VULKAN);
});

test('without a GPU: SwiftShader', () => {
  expect(gpuSwitches('linux', false)).toEqual([
    ...VULKAN,
    ['use-vulkan', 'swiftshader'],
    ['use-angle', 'swiftshader'],
    ['disable-gpu-rasterization'],
  ]);
});

test.each(['darwin', 'win32'])('%s needs none to run; kernels are timed to the microsecond', (platform) => {
  expect(gpuSwitches(platform, true)).toEqual(VULKAN.slice(3));
});
