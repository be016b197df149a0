import type { Recorder } from '../../gpu/recorder.ts';
import type { GpuTensor } from '../../gpu/tensor.ts';
import { add } from '../../kernels/rows/elementwise.ts';
import { matmul } from '../../kernels/matmul/matmul.ts';
import type { Matrix } from '../../kernels/matmul/weight.ts';

/** ∂y/∂(a row), [1, W], to which parts are added on the way backwards; 0 until then. */
export class GradientRow {
  #value: GpuTensor | null = null;

  constructor(
    private readonly recorder: Recorder,
    private readonly width: number,
  ) {}

  /** Null: nothing was added. */
  get value(): GpuTensor | null {
    return this.#value;
  }

  /** Adds what goes through a matrix [O, W] from ∂y/∂(its outputs) [1, O]. */
  through(gradient: GpuTensor, b: GpuTensor | Matrix): void {
    this.#put((out, residual) => matmul(this.recorder, { a: gradient, b, out, residual }));
  }

  /** Adds a row. */
  plus(row: GpuTensor): void {
    this.#put((out, before) => {
      if (before === undefined) this.recorder.copy(row, out);
      else add(this.recorder, before, row, out);
    });
  }

  /** Hands over what was added, which the caller frees, and begins anew. */
  take(): GpuTensor | null {
    const value = this.#value;
    this.#value = null;
    return value;
  }

  #put(write: (out: GpuTensor, residual: GpuTensor | undefined) => void): void {
    const before = this.take();
    const out = this.recorder.temp([1, this.width], 'gradient by a row');
    write(out, before ?? undefined);
    if (before !== null) this.recorder.free(before);
    this.#value = out;
  }
}
