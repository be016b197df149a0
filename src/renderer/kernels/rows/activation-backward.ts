import { defineKernel } from '../../gpu/kernel.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { elements, type GpuTensor } from '../../gpu/tensor.ts';
import code from '../../../shaders/activation-backward.wgsl?raw';
import { ACTIVATIONS, type Activation } from './activation.ts';

const kernel = defineKernel(
  'activation-backward',
  code,
  Object.values(ACTIVATIONS).flatMap((ACTIVATION) => [
    { ACTIVATION, GATED: false },
    { ACTIVATION, GATED: true },
  ]),
);

/** Tensors of one size; what is written is no buffer that is read. */
export interface ActivationBackwardCall {
  readonly activation: Activation;
  /** What the function read. */
  readonly x: GpuTensor;
  /** ∂y/∂(what it gave), of gated ones ∂y/∂(activate(x) ⊙ factor). */
  readonly gradient: GpuTensor;
  /** ∂y/∂x */
  readonly out: GpuTensor;
  /** What a gated one is multiplied by, and ∂y/∂factor; left out: it is not gated. */
  readonly gated?: { readonly factor: GpuTensor; readonly out: GpuTensor };
}

/** Derivatives by what an activation function read, from those by what it gave. */
export function activationBackward(recorder: Recorder, call: ActivationBackwardCall): void {
  const { activation, x, gradient, out, gated } = call;
  const count = elements(x.shape);
  if ([gradient, out, gated?.factor ?? x, gated?.out ?? x].some(({ shape }) => elements(shape) !== count))
    throw new Error('activationBackward: the tensors differ in size.');
  recorder.dispatch({
    kernel,
    constants: { ACTIVATION: ACTIVATIONS[activation], GATED: gated !== undefined },
    bind: { x, gradient, out, ...(gated && { factor: gated.factor, by_factor: gated.out }) },
    params: { count },
    groups: [Math.ceil(count / 256)],
    split: 0,
    work: { flop: count * 20, bytes: count * (gated === undefined ? 12 : 20) },
  });
}
