import { requestDevice, type AdapterFacts } from './adapter.ts';
import type { GpuContext } from './context.ts';
import { deviceLost, lossOr } from './device-loss.ts';
import { PipelineCache } from './kernel.ts';
import { BufferPool, type MemoryUsage, type MemoryUse } from './pool.ts';
import type { Profile } from './profile.ts';
import { Readback } from './readback.ts';
import { UNIFORM_STRIDE } from './bindings.ts';
import { Recorder, UNIFORM_SLOTS } from './recorder.ts';
import { bytesOf, elements, type GpuTensor } from './tensor.ts';
import { WorkQueue } from './work-queue.ts';

export interface GpuOptions {
  /**
   * The device is gone (driver reset, GPU process killed, GPU unplugged). Everything on it is gone too: make a new Gpu,
   * load the model again and repeat the run. Not called after `destroy`.
   */
  readonly onLost?: (reason: string) => void;
  /** A WebGPU error that no call was waiting for: a defect. Left out: it goes to the console. */
  readonly onError?: (error: Error) => void;
}

/**
 * The GPU: one device, its compiled kernels, its buffers and its queue. Kernels, models and runs hold on to a Gpu, so
 * that after a loss all of them are rebuilt on a new one.
 */
export class Gpu implements GpuContext {
  readonly device: GPUDevice;
  readonly facts: AdapterFacts;
  readonly pipelines: PipelineCache;
  readonly pool: BufferPool;
  readonly queue: WorkQueue;
  /** Parameters of one submit; written and submitted in one go, so one buffer serves all. */
  readonly uniforms: GPUBuffer;
  /** What kernels were tuned to on this adapter: the name of a variant by the class of a call. */
  readonly tuning = new Map<string, string>();
  /** Bytes of q, k and v that a run may keep for its attention patterns; beyond, they are computed again. */
  activationBudget = 256 * 2 ** 20;
  readonly #readback: Readback;
  #lost: string | null = null;
  #destroyed = false;

  private constructor(device: GPUDevice, facts: AdapterFacts, options: GpuOptions) {
    this.device = device;
    this.facts = facts;
    this.pipelines = new PipelineCache(device);
    this.pool = new BufferPool(device, facts.memory);
    this.queue = new WorkQueue(device, facts.isSoftware);
    this.#readback = new Readback(device);
    this.uniforms = device.createBuffer({
      label: 'parameters',
      size: UNIFORM_STRIDE * UNIFORM_SLOTS,
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    });
    // A listener and not `onuncapturederror`: Three.js takes that one over when it shares the device.
    device.addEventListener('uncapturederror', ({ error }) => {
      const wrapped = new Error(`WebGPU: ${error.message}`);
      if (options.onError) options.onError(wrapped);
      else console.error(wrapped);
    });
    void device.lost.then(({ message }) => {
      this.#lost = message || 'the device was lost';
      if (!this.#destroyed) options.onLost?.(this.#lost);
    });
  }

  /** @throws HeadgateError `no-webgpu` or `no-gpu-adapter` with what the user can do. */
  static async create(options: GpuOptions = {}): Promise<Gpu> {
    const { device, facts } = await requestDevice();
    return new Gpu(device, facts, options);
  }

  /** True once the device is gone, by loss or by `destroy`. */
  get isLost(): boolean {
    return this.#lost !== null || this.#destroyed;
  }

  /** @throws HeadgateError `device-lost`. */
  assertAlive(): void {
    if (this.isLost) throw deviceLost(this.#lost);
  }

  has(feature: GPUFeatureName): boolean {
    return this.device.features.has(feature);
  }

  /** GPU bytes that are held now. */
  memory(): MemoryUsage {
    return this.pool.usage();
  }

  /** A tensor that lives until `release`; its contents are undefined. */
  tensor(shape: readonly number[], label: string, use: MemoryUse = 'activations'): GpuTensor {
    return { buffer: this.pool.acquire(elements(shape) * 4, use, label), offset: 0, shape };
  }

  /** A tensor with values, row-major. @throws Error when their number does not fit the shape. */
  tensorFrom(
    values: Float32Array<ArrayBuffer>,
    shape: readonly number[],
    label: string,
    use?: MemoryUse,
  ): GpuTensor {
    const tensor = this.tensor(shape, label, use);
    this.upload(tensor, values);
    return tensor;
  }

  /** Gives the tensor's whole buffer back. Work that was submitted before still sees it. */
  release(tensor: GpuTensor): void {
    this.pool.release(tensor.buffer);
  }

  /** Writes all values of a tensor, before any work that is submitted later. 4-byte integers are stored as they are. */
  upload(
    tensor: GpuTensor,
    values: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Int32Array<ArrayBuffer>,
  ): void {
    if (values.length !== elements(tensor.shape))
      throw new Error(`${values.length} values for a tensor of [${tensor.shape.join(', ')}].`);
    this.device.queue.writeBuffer(tensor.buffer, tensor.offset * 4, values);
  }

  /** The values on the CPU, after all work that was submitted before. @throws the signal's reason; `device-lost`. */
  async read(tensor: GpuTensor, signal?: AbortSignal): Promise<Float32Array<ArrayBuffer>> {
    return new Float32Array(await this.readBytes(tensor.buffer, tensor.offset * 4, bytesOf(tensor), signal));
  }

  /** Bytes of a buffer, offset and size multiples of 4. @throws as `read`; AbortError for a destroyed buffer. */
  async readBytes(
    buffer: GPUBuffer,
    offset: number,
    size: number,
    signal?: AbortSignal,
  ): Promise<ArrayBuffer> {
    this.assertAlive();
    this.pool.assertHeld(buffer);
    try {
      return await this.#readback.read(buffer, offset, size, signal);
    } catch (error) {
      signal?.throwIfAborted();
      throw await lossOr(this.device, error);
    }
  }

  /** Resolves when everything submitted so far has run, or the device is lost. */
  async idle(): Promise<void> {
    await Promise.race([this.device.queue.onSubmittedWorkDone(), this.device.lost]);
  }

  /**
   * Records with `record` and submits. Resolves, with what `record` returned, when all is queued; temporaries go back
   * whatever happens.
   */
  async submit<Result>(
    label: string,
    record: (recorder: Recorder) => Result,
    options: { readonly signal?: AbortSignal | undefined; readonly profile?: Profile | null } = {},
  ): Promise<Result> {
    const recorder = new Recorder(this, label, options.profile ?? null);
    try {
      const result = record(recorder);
      await recorder.submit(options.signal);
      return result;
    } catch (error) {
      throw await lossOr(this.device, error);
    } finally {
      recorder.discard();
    }
  }

  /** Frees everything. */
  destroy(): void {
    this.#destroyed = true;
    this.device.destroy();
  }
}
