import code from '../../../shaders/gru-step.wgsl?raw';
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

export const gruStep = defineKernel(
  'gru-step',
  code,
  SPLITS.flatMap((split) => [0, 1, 2].map((PHASE) => ({ ...split, PHASE }))),
);

/**
 * One step of a GRU: gates and hidden state. Cost: one dispatch; two when the reset gate is applied before the product.
 * @throws Error when the slab of the gates or the recurrent bias is missing.
 */
export function recordGruStep(
  recorder: Recorder,
  step: RecurrentStep,
  split: Split = splitFor(recorder),
): void {
  const { packed, slabs, product } = step;
  const { lengths, hidden, gates } = slabs;
  if (gates === null || packed.recurrentBias === null)
    throw new Error('A GRU step needs a slab for its gates, and its recurrent bias.');
  const bind = { product, recurrent: packed.recurrent, lengths, hidden, gates, bias: packed.recurrentBias };
  for (const PHASE of packed.cell === 'gru-reset-before' ? [1, 2] : [0])
    recorder.dispatch({
      kernel: gruStep,
      constants: { ...split, PHASE },
      bind,
      params: stepParams(step, bind),
      groups: stepGroups(step, split.SPLIT),
      work: stepWork(step),
    });
}
