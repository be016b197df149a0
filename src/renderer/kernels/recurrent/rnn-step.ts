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

/** One step of a vanilla RNN, tanh or ReLU: h = f(product + U h′). Cost: one dispatch for each block of units. */
export function recordRnnStep(
  recorder: Recorder,
  step: RecurrentStep,
  split: Split = splitFor(recorder),
): void {
  const { packed, slabs, product } = step;
  for (const block of packed.recurrent) {
    const bind = { product, recurrent: block.weights, lengths: slabs.lengths, hidden: slabs.hidden };
    recorder.dispatch({
      kernel: rnnStep,
      constants: { ...split, RELU: packed.cell === 'rnn-relu' },
      bind,
      params: stepParams(step, bind, block),
      groups: stepGroups(step, block, split.SPLIT),
      work: stepWork(step, block),
    });
  }
}
