/** One vector of the states of a text. */
import type { Pooling } from '../../../common/configs/pooling.ts';
import { reshape, rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { rmsNorm } from '../../kernels/rows/norm.ts';
import { reduceTime } from '../../kernels/recurrent/reduce-time.ts';

/** Weights [D] with which an RMS norm divides by the length: x / √(mean of squares) · 1/√D. */
export function unitWeights(width: number): Float32Array<ArrayBuffer> {
  return new Float32Array(width).fill(1 / Math.sqrt(width));
}

/** target [D] from states [T, D]. @param unit as `unitWeights` has them */
export function recordPooling(
  recorder: Recorder,
  { how, normalized }: Pooling,
  states: GpuTensor,
  unit: GpuTensor,
  target: GpuTensor,
): void {
  const pooled = normalized ? recorder.temp(target.shape, 'pooled states') : target;
  if (how === 'first') recorder.copy(reshape(rowsOf(states, 0, 1), target.shape), pooled);
  else reduceTime(recorder, states, pooled, how);
  if (!normalized) return;
  // As in PyTorch: what is shorter than 10⁻¹² stays as short.
  rmsNorm(recorder, { x: pooled, weight: unit, out: target, epsilon: 1e-24 / (target.shape[0] ?? 1) });
  recorder.free(pooled);
}
