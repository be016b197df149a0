/** What a dispatch binds: ranges of buffers and parameters, as the WGSL names them. */
import type { GpuContext } from './context.ts';
import type { CompiledKernel } from './kernel.ts';
import { bytesOf, type BufferRange, type GpuTensor } from './tensor.ts';

/** Bytes between two sets of parameters in the uniform buffer: the largest alignment that WebGPU asks for. */
export const UNIFORM_STRIDE = 256;

/** Buffers by the names of the WGSL's variables. */
export type Bindings = Readonly<Record<string, GpuTensor | BufferRange | GPUBuffer>>;

export interface Bound {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly size: number;
}

/** Bind groups of one submit, each made once. */
export class BindGroups {
  readonly #made = new Map<string, GPUBindGroup>();
  readonly #ids = new Map<object, number>();
  readonly #gpu: GpuContext;

  constructor(gpu: GpuContext) {
    this.#gpu = gpu;
  }

  get(compiled: CompiledKernel, bound: readonly Bound[]): GPUBindGroup {
    const key = [
      this.#id(compiled),
      ...bound.map(({ buffer, offset, size }) => `${this.#id(buffer)}:${offset}:${size}`),
    ].join(' ');
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const storage = bound.values();
    const entries = compiled.shader.bindings.map(({ binding, type }) => ({
      binding,
      resource:
        type === 'uniform'
          ? { buffer: this.#gpu.uniforms, offset: 0, size: UNIFORM_STRIDE }
          : (storage.next().value as Bound),
    }));
    const group = this.#gpu.device.createBindGroup({
      label: compiled.name,
      layout: compiled.layout,
      entries,
    });
    this.#made.set(key, group);
    return group;
  }

  #id(object: object): number {
    const id = this.#ids.get(object) ?? this.#ids.size;
    this.#ids.set(object, id);
    return id;
  }
}

function toRange(view: GpuTensor | BufferRange | GPUBuffer): Bound {
  if ('shape' in view) return { buffer: view.buffer, offset: view.offset * 4, size: bytesOf(view) };
  if ('buffer' in view) return view;
  return { buffer: view, offset: 0, size: view.size };
}

/** Storage ranges in the order of the bindings, and the `_offset` parameters. */
export function bindAll(
  compiled: CompiledKernel,
  bind: Bindings,
): { bound: Bound[]; offsets: Record<string, number> } {
  const bound: Bound[] = [];
  const offsets: Record<string, number> = {};
  const storage = compiled.shader.bindings.filter(({ type }) => type !== 'uniform');
  if (storage.length !== Object.keys(bind).length)
    throw new Error(
      `Kernel ${compiled.name} binds ${storage.map(({ name }) => name).join(', ')}; it was given ${Object.keys(bind).join(', ')}.`,
    );
  for (const { name } of storage) {
    const view = bind[name];
    if (view === undefined) throw new Error(`Kernel ${compiled.name}: nothing is bound to ${name}.`);
    const range = toRange(view);
    const rest = range.offset % UNIFORM_STRIDE;
    const takesOffset = compiled.shader.params.some((param) => param.name === `${name}_offset`);
    if (takesOffset) offsets[`${name}_offset`] = rest / 4;
    else if (rest !== 0) throw new Error(`Kernel ${compiled.name}: ${name} is not aligned to 256 bytes.`);
    bound.push({
      buffer: range.buffer,
      offset: range.offset - rest,
      size: Math.ceil((range.size + rest) / 4) * 4,
    });
  }
  return { bound, offsets };
}

/** The words of `struct Params`. @throws Error for a parameter that is missing or unknown. */
export function packParams(
  compiled: CompiledKernel,
  params: Readonly<Record<string, number | boolean>>,
): Uint32Array<ArrayBuffer> {
  const { params: fields } = compiled.shader;
  if (fields.length * 4 > UNIFORM_STRIDE) throw new Error(`Kernel ${compiled.name} has too many parameters.`);
  const words = new Uint32Array(fields.length);
  const [floats, integers] = [new Float32Array(words.buffer), new Int32Array(words.buffer)];
  let taken = 0;
  for (const [index, { name, type, isRead }] of fields.entries()) {
    const given = params[name];
    if (given !== undefined) taken++;
    // An unsplit dispatch starts at its first workgroup; a variant may lack a binding whose offset the struct has.
    else if (name !== 'group_offset' && (isRead || !name.endsWith('_offset')))
      throw new Error(`Kernel ${compiled.name}: parameter ${name} is missing.`);
    const into = type === 'f32' ? floats : type === 'i32' ? integers : words;
    into[index] = Number(given ?? 0);
  }
  const names = Object.keys(params);
  if (taken < names.length) {
    const unknown = names.filter((name) => fields.every((field) => field.name !== name));
    throw new Error(`Kernel ${compiled.name} has no parameter ${unknown.join(', ')}.`);
  }
  return words;
}
