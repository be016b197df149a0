import type { WeightSource } from '../../src/renderer/models/weights.ts';
import { expectedGpt2Tensors, parseGpt2Config } from '../../src/common/configs/gpt2.ts';
import { memoryModel } from './fixture-model.ts';
import { randomTensor, safetensorsOf } from './tiny-model.ts';

/** A GPT-2 with random weights as files in memory. @param change may write over a tensor's values */
export async function tinyGpt2(
  config: Record<string, unknown>,
  without: readonly string[] = [],
  change: (name: string, values: Float32Array) => void = () => undefined,
): Promise<WeightSource> {
  const files = new Map([
    ['config.json', new TextEncoder().encode(JSON.stringify({ model_type: 'gpt2', ...config }))],
    ['model.safetensors', safetensors(config, without, change)],
  ]);
  return memoryModel('tiny', files, 1 << 20);
}

function safetensors(
  config: Record<string, unknown>,
  without: readonly string[],
  change: (name: string, values: Float32Array) => void,
): Uint8Array<ArrayBuffer> {
  let seed = 1;
  const tensors = expectedGpt2Tensors(parseGpt2Config(config), [])
    .filter(({ name }) => !without.includes(name))
    .map(({ name, shape }) => {
      // Near 1 and 0 as in a trained model's norms, small elsewhere.
      const scale = name.includes('ln_') ? 0.1 : 0.3;
      const shift = name.includes('ln_') && name.endsWith('weight') ? 1 : 0;
      const values = randomTensor(shape, seed++).map((value) => value * scale + shift);
      change(name, values);
      return { name, shape, values };
    });
  return safetensorsOf(tensors);
}
