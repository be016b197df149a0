import { Gpu } from '../gpu/gpu.ts';
import { findFamily } from '../models/registry.ts';
import { createTokenizer } from '../text/tokenizer.ts';
import type { Backend, Device } from './backend.ts';
import { readText } from './weight-source.ts';

/** The GPU of this machine as a session sees it. */
export interface WebGpuDevice extends Device {
  readonly gpu: Gpu;
}

/** The real thing: WebGPU, the families' kernels, tokenizers in a worker. */
export const webgpuBackend: Backend<WebGpuDevice> = {
  async openDevice(onLost) {
    const gpu = await Gpu.create({ onLost });
    const { name, isSoftware } = gpu.facts;
    return { gpu, name, isSoftware, bytes: () => gpu.memory().total, destroy: () => gpu.destroy() };
  },

  async openTokenizer(source, signal) {
    const own = findFamily(source.model).tokenizer;
    if (own !== undefined) return own(source, signal);
    const family = findFamily(source.model);
    if (family.tokenizer !== undefined) return family.tokenizer(source, signal);
    const files: Record<string, string> = {};
    for (const [name, file] of Object.entries(source.model.tokenizer))
      files[name] = await readText(source, file, signal);
    return createTokenizer(files, signal);
  },

  async load({ gpu }, source, onProgress, signal) {
    const family = findFamily(source.model);
    const loaded = await family.load(gpu, source, onProgress, signal);
    return { loaded, family: family.spec.name };
  },
};
