import type { WeightSource } from '../../src/renderer/models/weights.ts';
import { expectedGpt2Tensors, parseGpt2Config } from '../../src/common/configs/gpt2.ts';
import { memoryModel } from './fixture-model.ts';

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
  const header: Record<string, object> = {};
  const parts: Float32Array[] = [];
  let at = 0;
  let seed = 1;
  for (const { name, shape } of expectedGpt2Tensors(parseGpt2Config(config), [])) {
    if (without.includes(name)) continue;
    const values = random(
      shape.reduce((product, size) => product * size, 1),
      seed++,
    );
    // Near 1 and 0 as in a trained model's norms, small elsewhere.
    const scale = name.includes('ln_') ? 0.1 : 0.3;
    const shift = name.includes('ln_') && name.endsWith('weight') ? 1 : 0;
    const own = values.map((value) => value * scale + shift);
    change(name, own);
    parts.push(own);
    header[name] = { dtype: 'F32', shape, data_offsets: [at, at + values.byteLength] };
    at += values.byteLength;
  }
  const text = JSON.stringify(header);
  const head = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 8) * 8));
  const bytes = new Uint8Array(8 + head.length + at);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(head.length), true);
  bytes.set(head, 8);
  let place = 8 + head.length;
  for (const part of parts) {
    bytes.set(new Uint8Array(part.buffer), place);
    place += part.byteLength;
  }
  return bytes;
}

/** Repeatable pseudo-random numbers in [−1, 1). */
function random(count: number, seed: number): Float32Array<ArrayBuffer> {
  let state = (seed * 2654435761) % 2147483647 || 1;
  return Float32Array.from({ length: count }, () => {
    state = (state * 48271) % 2147483647;
    return (state / 2147483647) * 2 - 1;
  });
}
