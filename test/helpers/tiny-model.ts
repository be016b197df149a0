/** Models with random weights as files in memory, of any family. */
import type { WeightSource } from '../../src/renderer/models/weights.ts';
import { familySpecs } from '../../src/common/configs/registry.ts';
import { memoryModel } from './fixture-model.ts';

export interface TinyTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/**
 * A model of the tensors that its config calls for.
 * @param change may write over a tensor's values
 */
export async function tinyModel(
  config: Record<string, unknown>,
  change: (name: string, values: Float32Array) => void = () => undefined,
): Promise<WeightSource> {
  return memoryModel('tiny', tinyFiles(config, change), 1 << 20);
}

/** Its files by their names. */
export function tinyFiles(
  config: Record<string, unknown>,
  change: (name: string, values: Float32Array) => void = () => undefined,
): Map<string, Uint8Array<ArrayBuffer>> {
  const spec = familySpecs.find(({ modelTypes }) => modelTypes.includes(String(config['model_type'])));
  if (spec === undefined) throw new Error('There is no such family.');
  const tensors = spec.check(config, []).missing.map(({ name, shape }, seed) => {
    const values = randomTensor(shape, seed + 1).map((value) => value * 0.3);
    change(name, values);
    return { name, shape, values };
  });
  return new Map([
    ['config.json', new TextEncoder().encode(JSON.stringify(config))],
    ['model.safetensors', safetensorsOf(tensors)],
  ]);
}

export function safetensorsOf(tensors: readonly TinyTensor[]): Uint8Array<ArrayBuffer> {
  const header: Record<string, object> = {};
  let at = 0;
  for (const { name, shape, values } of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: [at, at + values.byteLength] };
    at += values.byteLength;
  }
  const text = JSON.stringify(header);
  const head = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 8) * 8));
  const bytes = new Uint8Array(8 + head.length + at);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(head.length), true);
  bytes.set(head, 8);
  let place = 8 + head.length;
  for (const { values } of tensors) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), place);
    place += values.byteLength;
  }
  return bytes;
}

/** Repeatable pseudo-random numbers in [−1, 1). */
export function randomTensor(shape: readonly number[], seed: number): Float32Array<ArrayBuffer> {
  const count = shape.reduce((product, size) => product * size, 1);
  let state = (seed * 2654435761) % 2147483647 || 1;
  return Float32Array.from({ length: count }, () => {
    state = (state * 48271) % 2147483647;
    return (state / 2147483647) * 2 - 1;
  });
}
