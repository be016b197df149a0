import { expect, test } from 'vitest';
import { definedKernels, describeMessages } from '../../../src/renderer/gpu/kernel.ts';
import { assemble } from '../../../src/renderer/gpu/shader.ts';
import { testGpu } from '../../helpers/gpu.ts';

const gpu = await testGpu();
const shaders = import.meta.glob<string>('../../../src/shaders/*.wgsl', {
  query: '?raw',
  import: 'default',
  eager: true,
});
// Every module that may declare a kernel.
import.meta.glob(['../../../src/renderer/{kernels,analysis,gpu}/**/*.ts'], { eager: true });

/** Shaders of the views have no variants and no kernel. */
const drawn = Object.entries(shaders).filter(([, code]) => code.includes('@fragment'));
/** Tests define kernels too, named as theirs. */
const kernels = definedKernels().filter(({ name }) => !name.startsWith('test-'));
const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1, -'.wgsl'.length);

test('every compute shader belongs to a kernel, and every kernel to a file', () => {
  const files = Object.entries(shaders).filter((entry) => !drawn.some(([path]) => path === entry[0]));
  const names = new Set(kernels.map(({ name }) => name));
  expect([...names].toSorted()).toEqual(files.map(([path]) => nameOf(path)).toSorted());
});

test.for(kernels.map((kernel) => [kernel.name, kernel] as const))(
  '%s compiles in every variant without a message',
  async ([name, kernel], { skip }) => {
    const lacking = kernel.features.filter((feature) => !gpu.has(feature));
    skip(lacking.length > 0, `the device lacks ${lacking.join(', ')}`);
    for (const [index, constants] of kernel.variants.entries()) {
      const code = assemble(kernel.code, constants);
      const module = gpu.device.createShaderModule({ code });
      const { messages } = await module.getCompilationInfo();
      expect(describeMessages(name, code, messages)).toBe('');
      // The tests of each kernel run its variants; here one stands for the limits of the pipeline.
      if (index === 0) await gpu.pipelines.prepare([{ kernel, constants }]);
    }
  },
);

test.each(drawn.map(([path, code]) => [nameOf(path), code] as const))(
  '%s, which draws, compiles without a message',
  async (name, code) => {
    const whole = assemble(code, {});
    const { messages } = await gpu.device.createShaderModule({ code: whole }).getCompilationInfo();
    expect(describeMessages(name, whole, messages)).toBe('');
  },
);
