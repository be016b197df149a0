import { HeadgateError } from '../../common/error.ts';
import { lossOr } from './device-loss.ts';
import { assemble, shaderInterface, type Constants, type ShaderInterface } from './shader.ts';

/** One WGSL file with one entry point `main`, and the variants of it that may run. */
export interface Kernel {
  /** The file's name without `.wgsl`. */
  readonly name: string;
  readonly code: string;
  /** Every set of constants that may be asked for; a test compiles them all. */
  readonly variants: readonly Constants[];
  /** Features that the kernel can't do without. */
  readonly features: readonly GPUFeatureName[];
}

const kernels: Kernel[] = [];

/**
 * Declares a kernel. Independent of any device, so it can stand at a module's top level.
 * @param variants left out: one variant without constants
 */
export function defineKernel(
  name: string,
  code: string,
  variants: readonly Constants[] = [{}],
  features: readonly GPUFeatureName[] = [],
): Kernel {
  const kernel = { name, code, variants, features };
  kernels.push(kernel);
  return kernel;
}

/** Every kernel of the modules that have been imported. @internal a test compiles each of them */
export function definedKernels(): readonly Kernel[] {
  return kernels;
}

/** A compiled (or compiling) variant of a kernel on one device. */
export interface CompiledKernel {
  readonly name: string;
  readonly shader: ShaderInterface;
  readonly layout: GPUBindGroupLayout;
  /** Null while the compiler works; `ready` says when. */
  pipeline: GPUComputePipeline | null;
  readonly ready: Promise<void>;
}

/** How many of the kernels that compile together are ready. */
export interface CompileProgress {
  readonly done: number;
  readonly total: number;
}

/** Compiles each variant once, asynchronously, and keeps it. Belongs to one device. */
export class PipelineCache {
  /** Told whenever a kernel begins or ends to compile; `done` equals `total` once none is left. */
  onProgress: (progress: CompileProgress) => void = () => undefined;
  #progress = { done: 0, total: 0 };
  readonly #compiled = new Map<string, CompiledKernel>();
  readonly #device: GPUDevice;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** The variant; its compilation starts now when it is new. */
  get(kernel: Kernel, constants: Constants = {}): CompiledKernel {
    const key = `${kernel.name} ${JSON.stringify(constants)}`;
    const known = this.#compiled.get(key);
    if (known !== undefined) return known;
    const compiled = this.#compile(kernel, constants, key);
    this.#compiled.set(key, compiled);
    this.#count(compiled.ready);
    // Whoever dispatches it meets the error; until then it is not unhandled.
    compiled.ready.catch(() => this.#compiled.delete(key));
    return compiled;
  }

  /** Tells how far the kernels are that compile together. */
  #count(ready: Promise<void>): void {
    this.#progress.total++;
    this.onProgress(this.#progress);
    const end = () => {
      this.#progress.done++;
      this.onProgress(this.#progress);
      if (this.#progress.done === this.#progress.total) this.#progress = { done: 0, total: 0 };
    };
    ready.then(end, end);
  }

  /**
   * Compiles a list, for a progress bar.
   * @throws Error that shows the offending line, for a shader that does not compile.
   */
  async prepare(
    list: readonly { readonly kernel: Kernel; readonly constants?: Constants }[],
    onProgress?: (done: number, total: number) => void,
  ): Promise<void> {
    let done = 0;
    await Promise.all(
      list.map(async ({ kernel, constants }) => {
        await this.get(kernel, constants).ready;
        onProgress?.(++done, list.length);
      }),
    );
  }

  #compile(kernel: Kernel, constants: Constants, label: string): CompiledKernel {
    const code = assemble(kernel.code, constants);
    const shader = shaderInterface(code);
    const layout = this.#device.createBindGroupLayout({
      label,
      entries: shader.bindings.map(({ binding, type }) => ({
        binding,
        visibility: GPUShaderStage.COMPUTE,
        buffer: { type, hasDynamicOffset: type === 'uniform' },
      })),
    });
    const module = compileModule(this.#device, label, code);
    const pending = this.#device.createComputePipelineAsync({
      label,
      layout: this.#device.createPipelineLayout({ label, bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: 'main' },
    });
    const compiled: CompiledKernel = {
      name: kernel.name,
      shader,
      layout,
      pipeline: null,
      ready: pending.then(
        (pipeline) => {
          compiled.pipeline = pipeline;
        },
        async (reason: unknown) => {
          const cause = await lossOr(this.#device, reason);
          throw cause instanceof HeadgateError ? cause : await shaderError(label, code, module, cause);
        },
      ),
    };
    return compiled;
  }
}

/** A shader module whose errors come through the pipeline that uses it, not through the device's error event. */
function compileModule(device: GPUDevice, label: string, code: string): GPUShaderModule {
  device.pushErrorScope('validation');
  const module = device.createShaderModule({ label, code });
  void device.popErrorScope();
  return module;
}

async function shaderError(
  label: string,
  code: string,
  module: GPUShaderModule,
  reason: unknown,
): Promise<Error> {
  const { messages } = await module.getCompilationInfo();
  const fallback = reason instanceof Error ? reason.message : String(reason);
  return new Error(describeMessages(label, code, messages) || `Kernel ${label}: ${fallback}`, {
    cause: reason,
  });
}

/** The compiler's messages, each with the line it is about; empty when there is none. */
export function describeMessages(
  label: string,
  code: string,
  messages: readonly Pick<GPUCompilationMessage, 'type' | 'lineNum' | 'linePos' | 'message'>[],
): string {
  const lines = code.split('\n');
  return messages
    .map(({ type, lineNum, linePos, message }) => {
      const line =
        lineNum > 0 ? `\n  ${lines[lineNum - 1] ?? ''}\n  ${' '.repeat(Math.max(linePos - 1, 0))}^` : '';
      return `Kernel ${label}, line ${lineNum}: ${type}: ${message}${line}`;
    })
    .join('\n');
}
