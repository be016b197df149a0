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
 * One step of a GRU: gates and hidden state. Cost: one dispatch for each block of units; two when the reset gate is applied
 * before the product.
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
  // Every reset gate must be there before the first product with it.
  for (const PHASE of packed.cell === 'gru-reset-before' ? [1, 2] : [0])
    for (const block of packed.recurrent) {
      const bind = { product, recurrent: block.weights, lengths, hidden, gates, bias: packed.recurrentBias };
      recorder.dispatch({
        kernel: gruStep,
        constants: { ...split, PHASE },
        bind,
        params: stepParams(step, bind, block),
        groups: stepGroups(step, block, split.SPLIT),
        work: stepWork(step, block),
      });
    }
}
