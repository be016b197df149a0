/** The small parts of a Transformer backward: derivatives of a number y. Shapes: T tokens, D width, I inner width. */
import { HeadgateError } from '../../../../common/error.ts';
import type { Recorder } from '../../../gpu/recorder.ts';
import type { GpuTensor } from '../../../gpu/tensor.ts';
import { matmul } from '../../../kernels/matmul/matmul.ts';
import { unpack } from '../../../kernels/matmul/unpack.ts';
import { asMatrix, isQuantized, type Matrix } from '../../../kernels/matmul/weight.ts';
import { activationBackward } from '../../../kernels/rows/activation-backward.ts';
import { normBackward } from '../../../kernels/rows/norm-backward.ts';
import { linear, outputsOf, type FeedForward, type Linear, type Norm } from '../blocks.ts';

/**
 * ∂y/∂x [T, inputs] of a linear part from ∂y/∂(its outputs) [T, outputs], plus the residual.
 * @throws HeadgateError `weights-in-parts` for a matrix [outputs, inputs] that lies in several buffers
 */
export function linearBackward(
  recorder: Recorder,
  gradient: GpuTensor,
  { weight, byInput }: Linear,
  out: GpuTensor,
  residual?: GpuTensor,
): void {
  const product = (b: Matrix) =>
    matmul(recorder, { a: gradient, b, transposed: byInput, out, residual, label: 'gradient of a product' });
  if (!byInput && weight.parts !== undefined)
    throw new HeadgateError(
      'weights-in-parts',
      `A matrix of [${weight.shape.join(', ')}] is too large for one buffer of this GPU, so gradients can’t be taken through it.`,
      'Use a GPU with larger buffers, or a smaller model of the family.',
    );
  if (byInput || !needsUnpacking(weight)) {
    product(weight);
    return;
  }
  const plain = recorder.temp(weight.shape, 'unpacked weights');
  unpack(recorder, weight, plain);
  product(asMatrix(plain));
  recorder.free(plain);
}

/** True for matrices [outputs, inputs] that no kernel multiplies from the left as they are stored. */
function needsUnpacking(weight: Matrix): boolean {
  return isQuantized(weight) || (weight.dtype !== 'f32' && weight.shape[0] % 4 !== 0);
}

/** ∂y/∂x of a norm, from what it read and ∂y/∂(norm(x)). */
export function backThroughNorm(
  recorder: Recorder,
  x: GpuTensor,
  own: Norm,
  gradient: GpuTensor,
  out: GpuTensor,
): void {
  const { weight, epsilon } = own;
  const weightShift = own.kind === 'rms' ? own.shift : 0;
  normBackward(recorder, { x, weight, epsilon, centred: own.kind === 'layer', weightShift, gradient, out });
}

/** ∂y/∂x [T, D] of a feed-forward part, from what it read and ∂y/∂(what it gave) [T, D], plus the residual. */
export function feedForwardBackward(
  recorder: Recorder,
  x: GpuTensor,
  { gate, up, down, activation }: FeedForward,
  gradient: GpuTensor,
  out: GpuTensor,
  residual?: GpuTensor,
): void {
  const size = [x.shape[0] ?? 0, outputsOf(up)];
  const temp = (label: string) => recorder.temp(size, label);
  const free = (...tensors: GpuTensor[]) => {
    for (const tensor of tensors) recorder.free(tensor);
  };
  const inner = temp('gradient of the neurons');
  linearBackward(recorder, gradient, down, inner);
  const [before, byBefore] = [temp('before the activation'), temp('gradient before the activation')];
  if (gate === null) {
    linear(recorder, x, up, before);
    activationBackward(recorder, { activation, x: before, gradient: inner, out: byBefore });
    free(inner, before);
    linearBackward(recorder, byBefore, up, out, residual);
    free(byBefore);
    return;
  }
  const [factor, byFactor] = [temp('feed forward values'), temp('gradient of the values')];
  linear(recorder, x, gate, before);
  linear(recorder, x, up, factor);
  const gated = { factor, out: byFactor };
  activationBackward(recorder, { activation, x: before, gradient: inner, out: byBefore, gated });
  free(inner, before, factor);
  const sum = recorder.temp(out.shape, 'gradient through the values');
  linearBackward(recorder, byFactor, up, sum, residual);
  linearBackward(recorder, byBefore, gate, out, sum);
  free(byBefore, byFactor, sum);
}
