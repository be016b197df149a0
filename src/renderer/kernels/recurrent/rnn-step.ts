import code from '../../../shaders/rnn-step.wgsl?raw';
import { defineKernel } from '../../gpu/kernel.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import {
  SPLITS,
  splitFor,
  stepGroups,
  stepParams,
  stepWork,
  type RecurrentStep,
  type Split,
} from './recurrent.ts';

export const rnnStep = defineKernel(
  'rnn-step',
  code,
  SPLITS.flatMap((split) => [
    { ...split, RELU: false },
    { ...split, RELU: true },
  ]),
);

/** One step of a vanilla RNN, tanh or ReLU: h = f(product + U h′). Cost: one dispatch. */
export function recordRnnStep(
  recorder: Recorder,
  step: RecurrentStep,
  split: Split = splitFor(recorder),
): void {
  const { packed, slabs, product } = step;
  const bind = { product, recurrent: packed.recurrent, lengths: slabs.lengths, hidden: slabs.hidden };
  recorder.dispatch({
    kernel: rnnStep,
    constants: { ...split, RELU: packed.cell === 'rnn-relu' },
    bind,
    params: stepParams(step, bind),
    groups: stepGroups(step, split.SPLIT),
    work: stepWork(step),
  });
}
