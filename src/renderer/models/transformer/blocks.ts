/** The small parts that every Transformer is made of. Shapes: T tokens, D width, I inner width. */
import type { Recorder } from '../../gpu/recorder.ts';
import type { GpuTensor } from '../../gpu/tensor.ts';
import type { Activation } from '../../kernels/rows/activation.ts';
import { matmul } from '../../kernels/matmul/matmul.ts';
import { multiply } from '../../kernels/rows/elementwise.ts';
import { layerNorm, rmsNorm } from '../../kernels/rows/norm.ts';
import type { Matrix } from '../../kernels/matmul/weight.ts';

/** A matrix and what is added to its product. */
export interface Linear {
  /** [outputs, inputs], as PyTorch's Linear stores it; [inputs, outputs] when `byInput` (GPT-2's Conv1D). */
  readonly weight: Matrix;
  readonly byInput: boolean;
  /** [outputs] */
  readonly bias: GpuTensor | null;
}

export type Norm =
  | {
      readonly kind: 'layer';
      readonly weight: GpuTensor;
      readonly bias: GpuTensor;
      /** The bias is the model's own; else zeros. */
      readonly hasBias: boolean;
      readonly epsilon: number;
    }
  | {
      readonly kind: 'rms';
      readonly weight: GpuTensor;
      readonly epsilon: number;
      /** Added to the weights: 1 where weight − 1 is stored (Gemma). */
      readonly shift: number;
    };

/** down(act(up(x))), or down(act(gate(x)) ⊙ up(x)) (Shazeer 2020). */
export interface FeedForward {
  /** [I, D]; null: not gated. */
  readonly gate: Linear | null;
  /** [I, D] */
  readonly up: Linear;
  /** [D, I] */
  readonly down: Linear;
  readonly activation: Activation;
}

/** Writes part(input), plus the residual where there is one. */
export type Part = (input: GpuTensor, target: GpuTensor, residual?: GpuTensor) => void;

/** Outputs of a linear part. */
export function outputsOf({ weight, byInput }: Linear): number {
  return weight.shape[byInput ? 1 : 0];
}

/** out [T, outputs] = activate(x·Wᵀ + bias) + residual, from x [T, inputs]. */
export function linear(
  recorder: Recorder,
  x: GpuTensor,
  { weight, byInput, bias }: Linear,
  out: GpuTensor,
  options: { readonly activation?: Activation; readonly residual?: GpuTensor; readonly label?: string } = {},
): void {
  matmul(recorder, { a: x, b: weight, transposed: !byInput, bias: bias ?? undefined, out, ...options });
}

/** out = norm(x), over the last axis. */
export function norm(recorder: Recorder, x: GpuTensor, own: Norm, out: GpuTensor): void {
  const { weight, epsilon } = own;
  if (own.kind === 'layer') layerNorm(recorder, { x, weight, bias: own.bias, out, epsilon });
  else rmsNorm(recorder, { x, weight, out, epsilon, weightShift: own.shift });
}

/** out [T, D] = feedForward(x) + residual. @param tap gets what goes into the last matrix, [T, I] */
export function feedForward(
  recorder: Recorder,
  x: GpuTensor,
  { gate, up, down, activation }: FeedForward,
  out: GpuTensor,
  { residual, tap }: { readonly residual?: GpuTensor | undefined; readonly tap?: GpuTensor | undefined } = {},
): void {
  const size = [x.shape[0] ?? 0, outputsOf(up)];
  const inner = recorder.temp(size, 'feed forward');
  if (gate === null) linear(recorder, x, up, inner, { activation, label: 'feed forward in' });
  else {
    const open = recorder.temp(size, 'gate');
    const values = recorder.temp(size, 'feed forward values');
    linear(recorder, x, gate, open, { activation, label: 'feed forward gate' });
    linear(recorder, x, up, values, { label: 'feed forward in' });
    multiply(recorder, open, values, inner);
    recorder.free(open);
    recorder.free(values);
  }
  if (tap !== undefined) recorder.copy(inner, tap);
  linear(recorder, inner, down, out, { ...(residual && { residual }), label: 'feed forward out' });
  recorder.free(inner);
}
