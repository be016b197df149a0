import code from '../../../shaders/lstm-step.wgsl?raw';
import projectCode from '../../../shaders/recurrent-project.wgsl?raw';
import { defineKernel } from '../../gpu/kernel.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import type { GpuTensor } from '../../gpu/tensor.ts';
import {
  SPLITS,
  splitFor,
  stepGroups,
  stepParams,
  stepWork,
  type RecurrentStep,
  type Split,
} from './recurrent.ts';

export const lstmStep = defineKernel(
  'lstm-step',
  code,
  SPLITS.flatMap((split) => [
    { ...split, PROJECTED: false },
    { ...split, PROJECTED: true },
  ]),
);

export const recurrentProject = defineKernel('recurrent-project', projectCode);

/**
 * One step of an LSTM: gates, cell and hidden state. Cost: one dispatch for each block of units, and one for a projection.
 * @param raw scratch [B, H] for the output before the projection; null without one
 * @throws Error when the slabs of the cell or the gates are missing.
 */
export function recordLstmStep(
  recorder: Recorder,
  step: RecurrentStep,
  raw: GpuTensor | null,
  split: Split = splitFor(recorder),
): void {
  const { packed, slabs, product } = step;
  const { lengths, hidden, cells, gates } = slabs;
  if (cells === null || gates === null) throw new Error('An LSTM step needs slabs for its cell and gates.');
  for (const block of packed.recurrent) {
    const bind = {
      product,
      recurrent: block.weights,
      lengths,
      hidden,
      cells,
      gates,
      ...(packed.projection === null ? {} : { raw: scratch(raw) }),
    };
    recorder.dispatch({
      kernel: lstmStep,
      constants: { ...split, PROJECTED: packed.projection !== null },
      bind,
      params: stepParams(step, bind, block),
      groups: stepGroups(step, block, split.SPLIT),
      work: stepWork(step, block),
    });
  }
  if (packed.projection === null || slabs.gatesOnly === true) return;
  const projected = { recurrent: packed.projection, lengths, raw: scratch(raw), hidden };
  recorder.dispatch({
    kernel: recurrentProject,
    bind: projected,
    params: stepParams(step, projected),
    groups: [Math.ceil(packed.state / 64), slabs.batch],
    work: {
      flop: 2 * packed.units * packed.state * slabs.batch,
      bytes: packed.units * packed.state * 4,
    },
  });
}

function scratch(raw: GpuTensor | null): GpuTensor {
  if (raw === null) throw new Error('An LSTM with a projection needs scratch for its raw output.');
  return raw;
}
