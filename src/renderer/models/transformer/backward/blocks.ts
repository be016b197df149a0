/** The small parts of a Transformer backward: derivatives of a number y. Shapes: T tokens, D width, I inner width. */
import type { Recorder } from '../../../gpu/recorder.ts';
import type { GpuTensor } from '../../../gpu/tensor.ts';
import { matmul } from '../../../kernels/matmul/matmul.ts';
import type { MatmulCall } from '../../../kernels/matmul/matmul-call.ts';
import { sumOfParts, type RowPiece } from '../../../kernels/matmul/matmul-parts.ts';
import { unpack } from '../../../kernels/matmul/unpack.ts';
import { asMatrix, isQuantized, partsOf, type Matrix } from '../../../kernels/matmul/weight.ts';
import { activationBackward } from '../../../kernels/rows/activation-backward.ts';
import { normBackward } from '../../../kernels/rows/norm-backward.ts';
import { pieceRows } from '../../weight-ranges.ts';
import { linear, outputsOf, type FeedForward, type Linear, type Norm } from '../blocks.ts';

/** ∂y/∂x [T, inputs] of a linear part from ∂y/∂(its outputs) [T, outputs], plus the residual. */
export function linearBackward(
  recorder: Recorder,
  gradient: GpuTensor,
  { weight, byInput }: Linear,
  out: GpuTensor,
  residual?: GpuTensor,
): void {
  const call = { a: gradient, b: weight, out, residual, label: 'gradient of a product' };
  const multiply = (piece: MatmulCall) => matmul(recorder, piece);
  if (byInput || !partsOf(weight).some(needsUnpacking)) multiply({ ...call, transposed: byInput });
  else sumOfParts(recorder, call, unpackedPieces(recorder, weight), multiply);
}

/** True for matrices [outputs, inputs] that no kernel multiplies from the left as they are stored. */
function needsUnpacking(weight: Matrix): boolean {
  return isQuantized(weight) || (weight.dtype !== 'f32' && weight.shape[0] % 4 !== 0);
}

/** The rows of a matrix in f32, as many at once as one buffer holds. */
function unpackedPieces(recorder: Recorder, weight: Matrix): RowPiece[] {
  return partsOf(weight).flatMap((part) => {
    const [rows, columns] = part.shape;
    const step = pieceRows(rows, columns * 4, recorder.gpu.pool.largestPiece);
    return Array.from({ length: Math.ceil(rows / step) }, (_, i): RowPiece => {
      const [from, to] = [i * step, Math.min((i + 1) * step, rows)];
      const use: RowPiece['use'] = (product) => {
        const plain = recorder.temp([to - from, columns], 'unpacked weights');
        unpack(recorder, part, plain, from);
        product(asMatrix(plain));
        recorder.free(plain);
      };
      return { rows: to - from, use };
    });
  });
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
