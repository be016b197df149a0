import type { AdapterFacts } from './adapter.ts';
import type { PipelineCache } from './kernel.ts';
import type { BufferPool } from './pool.ts';
import type { WorkQueue } from './work-queue.ts';

/** The parts of a device that recorders, profiles and kernels work with; `Gpu` is the whole. */
export interface GpuContext {
  readonly device: GPUDevice;
  readonly facts: AdapterFacts;
  readonly pipelines: PipelineCache;
  readonly pool: BufferPool;
  readonly queue: WorkQueue;
  /** Parameters of one submit; written and submitted in one go, so one buffer serves all. */
  readonly uniforms: GPUBuffer;
  /** What kernels were tuned to on this adapter: the name of a variant by the class of a call. */
  readonly tuning: Map<string, string>;
  /** @throws HeadgateError `device-lost`. */
  assertAlive(): void;
  /** Bytes of a buffer, offset and size multiples of 4, after all work that was submitted before. */
  readBytes(buffer: GPUBuffer, offset: number, size: number, signal?: AbortSignal): Promise<ArrayBuffer>;
  /** Resolves when everything submitted so far has run, or the device is lost. */
  idle(): Promise<void>;
}
