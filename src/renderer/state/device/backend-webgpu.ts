import { createSubscriber } from 'svelte/reactivity';
import { Gpu } from '../../gpu/gpu.ts';
import { findFamily } from '../../families/registry.ts';
import { loadAgain } from '../../models/load-again.ts';
import { lookThrough } from '../../models/look-through.ts';
import { invalidWeights } from '../../runs/invalid.ts';
import { scanned } from '../../models/scan-weights.ts';
import { openSourceTokenizer, sourceReader } from '../../models/source-files.ts';
import { checkFilesBeside } from '../../../common/configs/files-beside.ts';
import { loadReport } from '../../../common/load-report.ts';
import { withRecognisedConfig } from '../../../common/configs/recognised.ts';
import type { WeightSource } from '../../models/weights.ts';
import type { Backend, Device } from './backend.ts';

/** The GPU of this machine as a session sees it. */
export interface WebGpuDevice extends Device {
  readonly gpu: Gpu;
}

const TELL_MILLISECONDS = 200;

/** The real thing: WebGPU, the families' kernels, tokenizers in a worker. */
export const webgpuBackend: Backend<WebGpuDevice> = {
  async openDevice(onLost, activationBudget) {
    const gpu = await Gpu.create({ onLost });
    if (activationBudget !== undefined) gpu.activationBudget = activationBudget;
    const { name, isSoftware } = gpu.facts;
    return { gpu, name, isSoftware, bytes: heldBytes(gpu), destroy: () => gpu.destroy() };
  },

  async openTokenizer(given, signal) {
    const source = recognised(given);
    const own = findFamily(source.model).tokenizer;
    return own === undefined ? openSourceTokenizer(source, signal) : own(source, signal);
  },

  async load({ gpu }, given, onProgress, signal) {
    const own = withRecognisedConfig(given.model);
    const family = findFamily(own.model);
    const looked = await lookThrough(family.spec, { ...given, model: own.model }, signal);
    const beside = await checkFilesBeside(own.model, family.spec, sourceReader(given, signal));
    const { source, invalid } = scanned(looked.source);
    const loaded = await loadAgain(gpu.pool, () => family.load(gpu, source, onProgress, signal));
    const { sentences, head } = looked.remarks;
    const weights = invalid.size === 0 ? [] : [invalidWeights([...invalid])];
    const remarks = { head, sentences: [...sentences, ...(loaded.remarks ?? []), ...weights] };
    const parts = { ...looked.found, beside, remarks, recognised: own.recognised };
    return {
      ...{ loaded, remarks, family: family.spec.name, invalid: [...invalid] },
      report: loadReport(own.model, { ...parts, isSoftware: gpu.facts.isSoftware }),
    };
  },
};

/** GPU bytes that are held, as a number that what shows it follows; told a few times a second at most. */
function heldBytes(gpu: Gpu): () => number {
  const follow = createSubscriber((update) => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    gpu.pool.onChange = () => {
      timer ??= setTimeout(() => {
        timer = null;
        update();
      }, TELL_MILLISECONDS);
    };
    return () => {
      gpu.pool.onChange = () => undefined;
      if (timer !== null) clearTimeout(timer);
    };
  });
  return () => {
    follow();
    return gpu.memory().total;
  };
}

/** The source with the config of the well-known shape that its tensors have, where it has no model_type of its own. */
function recognised(source: WeightSource): WeightSource {
  return { ...source, model: withRecognisedConfig(source.model).model };
}
