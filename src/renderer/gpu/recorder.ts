import { bindAll, BindGroups, packParams, UNIFORM_STRIDE, type Bindings, type Bound } from './bindings.ts';
import type { GpuContext } from './context.ts';
import type { CompiledKernel, Kernel } from './kernel.ts';
import type { Profile } from './profile.ts';
import type { Constants } from './shader.ts';
import { bytesOf, elements, type GpuTensor } from './tensor.ts';
import { SUBMIT_MILLISECONDS, type Part, type Work, type WorkQueue } from './work-queue.ts';

/** Dispatches in one submit at most: as many sets of parameters as the uniform buffer holds. */
export const UNIFORM_SLOTS = 256;

/** One call of a kernel. */
export interface Dispatch {
  readonly kernel: Kernel;
  /** The variant. */
  readonly constants?: Constants;
  /** What the profile calls it; the kernel's name if left out. */
  readonly label?: string;
  /** Buffers by the names of the WGSL's variables. */
  readonly bind: Bindings;
  /**
   * Parameters by the names in `struct Params`. Two names are filled in by the recorder when the struct has them:
   * `<binding>_offset`: f32 elements from the start of the bound range to the tensor's first value (a tensor whose
   * offset is no multiple of 64 elements can only be bound to a kernel with that parameter);
   * `group_offset`: the first workgroup of a split dispatch along `split`.
   */
  readonly params?: Readonly<Record<string, number | boolean>>;
  /** Workgroups along x, y, z. */
  readonly groups: readonly [number, number?, number?];
  /**
   * The axis (0, 1, 2) along which the dispatch may be cut in several, when it is too long for one submit or has too
   * many workgroups. The kernel must add `params.group_offset` to its workgroup id along that axis.
   */
  readonly split?: 0 | 1 | 2;
  /** Left out: the bytes of everything bound, and one operation per 4 bytes. */
  readonly work?: Work;
}

interface Recorded extends Part {
  readonly compiled: CompiledKernel;
  readonly label: string;
  readonly bound: readonly Bound[];
  readonly words: Uint32Array<ArrayBuffer>;
  readonly groups: readonly [number, number, number];
}

interface Copy extends Part {
  readonly from: Bound;
  readonly to: Bound;
}

type Step = Recorded | Copy;

/**
 * A sequence of kernel calls. Recording is synchronous and touches no device; `submit` compiles what is new, encodes
 * everything into as few submits as the device's speed allows, and can be aborted between them.
 *
 * Tensors from `temp` belong to the recorder: they are reused among its own calls after `free` and go back to the pool
 * once all is submitted, so that work of others, submitted in between, never meets them.
 */
export class Recorder {
  readonly gpu: GpuContext;
  readonly #label: string;
  readonly #profile: Profile | null;
  readonly #steps: Step[] = [];
  readonly #temporaries = new Set<GPUBuffer>();
  readonly #free: GPUBuffer[] = [];
  #closed = false;

  constructor(gpu: GpuContext, label: string, profile: Profile | null = null) {
    this.gpu = gpu;
    this.#label = label;
    this.#profile = profile;
  }

  /** A tensor for intermediate values; its contents are undefined. */
  temp(shape: readonly number[], label: string): GpuTensor {
    const bytes = elements(shape) * 4;
    let best = -1;
    for (const [index, buffer] of this.#free.entries())
      if (buffer.size >= bytes && buffer.size < (this.#free[best]?.size ?? Infinity)) best = index;
    const reused = best < 0 ? undefined : this.#free.splice(best, 1)[0];
    const buffer = reused ?? this.gpu.pool.acquire(bytes, 'scratch', label);
    this.#temporaries.add(buffer);
    return { buffer, offset: 0, shape };
  }

  /** Calls recorded from now on may overwrite the temporary. @throws Error for one that is not the recorder's. */
  free(tensor: GpuTensor): void {
    if (!this.#temporaries.has(tensor.buffer) || this.#free.includes(tensor.buffer))
      throw new Error('Only a temporary of this recorder can be freed, and only once.');
    this.#free.push(tensor.buffer);
  }

  /** @throws Error when a name is missing or unknown, or an offset is not aligned: a defect in the kernel's binding. */
  dispatch(call: Dispatch): void {
    const compiled = this.gpu.pipelines.get(call.kernel, call.constants);
    const groups = [call.groups[0], call.groups[1] ?? 1, call.groups[2] ?? 1] as const;
    if (groups.includes(0)) return;
    const { bound, offsets } = bindAll(compiled, call.bind);
    const bytes = bound.reduce((sum, { size }) => sum + size, 0);
    const work = call.work ?? { flop: bytes / 4, bytes };
    const label = call.label ?? call.kernel.name;
    const common = { kernel: compiled.name, compiled, label, bound };
    for (const part of this.#cut(compiled.name, groups, work, call.split)) {
      const params = { ...offsets, ...call.params, ...part.params };
      const words = packParams(compiled, params);
      this.#steps.push({ ...common, words, groups: part.groups, work: part.work });
    }
  }

  /** Copies all values of a tensor. @throws Error when the sizes differ. */
  copy(from: GpuTensor, to: GpuTensor): void {
    const size = bytesOf(from);
    if (size !== bytesOf(to)) throw new Error('A copy needs two tensors of one size.');
    this.#steps.push({
      kernel: 'copy',
      work: { flop: 0, bytes: 2 * size },
      from: { buffer: from.buffer, offset: from.offset * 4, size },
      to: { buffer: to.buffer, offset: to.offset * 4, size },
    });
  }

  /**
   * Queues everything; resolves when the last submit is queued, not when it has run. The recorder is used up.
   * @throws the signal's reason, an AbortError when a bound buffer was destroyed meanwhile, HeadgateError `out-of-gpu-memory` or `device-lost`, or an Error for a broken shader.
   */
  async submit(signal?: AbortSignal): Promise<void> {
    if (this.#closed) throw new Error('A recorder can be submitted once.');
    try {
      const waiting = new Set(
        this.#steps.flatMap((step) =>
          'compiled' in step && step.compiled.pipeline === null ? [step.compiled.ready] : [],
        ),
      );
      await Promise.all(waiting);
      await this.gpu.pool.settle();
      for (const chunk of chunks(this.#steps, this.gpu.queue)) {
        await this.gpu.queue.room(chunk.reduce((sum, step) => sum + this.gpu.queue.estimate(step), 0));
        signal?.throwIfAborted();
        this.gpu.assertAlive();
        for (const buffer of chunk.flatMap(buffersOf)) this.gpu.pool.assertHeld(buffer);
        await this.#submitChunk(chunk);
      }
    } finally {
      this.discard();
    }
  }

  /** Gives the temporaries back without running anything. */
  discard(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const buffer of this.#temporaries) this.gpu.pool.release(buffer);
    this.#temporaries.clear();
  }

  /** Parts of a dispatch that fit the device's limits and one submit each. */
  #cut(
    kernel: string,
    groups: readonly [number, number, number],
    work: Work,
    split: 0 | 1 | 2 | undefined,
  ): { groups: readonly [number, number, number]; params: Record<string, number>; work: Work }[] {
    if (split === undefined) return [{ groups, params: {}, work }];
    const most = this.gpu.device.limits.maxComputeWorkgroupsPerDimension;
    const total = groups[split];
    const wanted = Math.ceil(this.gpu.queue.estimate({ kernel, work }) / SUBMIT_MILLISECONDS);
    const parts = Math.max(Math.ceil(total / most), Math.min(wanted, total), 1);
    // Rounded down: parts of two workgroups where one and a half would fit are too long.
    const step = Math.floor(total / parts);
    const result = [];
    for (let from = 0; from < total; from += step) {
      const size = Math.min(step, total - from);
      const part: [number, number, number] = [...groups];
      part[split] = size;
      const share = size / total;
      result.push({
        groups: part,
        params: { group_offset: from },
        work: { flop: work.flop * share, bytes: work.bytes * share },
      });
    }
    return result;
  }

  async #submitChunk(chunk: readonly Step[]): Promise<void> {
    const { device } = this.gpu;
    const uniforms = new Uint32Array((chunk.length * UNIFORM_STRIDE) / 4);
    const encoder = device.createCommandEncoder({ label: this.#label });
    const groups = new BindGroups(this.gpu);
    const timer =
      this.#profile?.begin(
        this.gpu,
        chunk.filter((step) => 'compiled' in step),
      ) ?? null;
    let pass: GPUComputePassEncoder | null = null;
    let dispatches = 0;
    for (const [slot, step] of chunk.entries()) {
      if ('from' in step) {
        pass?.end();
        pass = null;
        encoder.copyBufferToBuffer(
          step.from.buffer,
          step.from.offset,
          step.to.buffer,
          step.to.offset,
          step.from.size,
        );
        continue;
      }
      uniforms.set(step.words, (slot * UNIFORM_STRIDE) / 4);
      if (timer?.perDispatch === true) {
        pass?.end();
        pass = null;
      }
      pass ??= encoder.beginComputePass(timer?.pass(this.#label, dispatches) ?? { label: this.#label });
      dispatches++;
      const { compiled } = step;
      if (compiled.pipeline === null) throw new Error(`Kernel ${compiled.name} is not compiled.`);
      const hasUniform = compiled.shader.bindings.some(({ type }) => type === 'uniform');
      pass.setPipeline(compiled.pipeline);
      pass.setBindGroup(0, groups.get(compiled, step.bound), hasUniform ? [slot * UNIFORM_STRIDE] : []);
      pass.dispatchWorkgroups(...step.groups);
    }
    pass?.end();
    timer?.resolve(encoder);
    device.queue.writeBuffer(this.gpu.uniforms, 0, uniforms);
    this.gpu.queue.submit(encoder.finish(), chunk);
    await timer?.finish();
  }
}

/** Steps of one submit after another; by the estimates of the moment, which get better as submits are done. */
function* chunks(steps: readonly Step[], queue: WorkQueue): Generator<Step[]> {
  let current: Step[] = [];
  let milliseconds = 0;
  for (const step of steps) {
    let own = queue.estimate(step);
    if (current.length > 0 && (milliseconds + own > SUBMIT_MILLISECONDS || current.length >= UNIFORM_SLOTS)) {
      yield current;
      current = [];
      milliseconds = 0;
      own = queue.estimate(step);
    }
    current.push(step);
    milliseconds += own;
  }
  if (current.length > 0) yield current;
}

function buffersOf(step: Step): readonly GPUBuffer[] {
  return ('from' in step ? [step.from, step.to] : step.bound).map(({ buffer }) => buffer);
}
