/** One layer backward. Shapes: T tokens, D width. */
import type { Recorder } from '../../../gpu/recorder.ts';
import type { GpuTensor } from '../../../gpu/tensor.ts';
import { add } from '../../../kernels/rows/elementwise.ts';
import type { Norm } from '../blocks.ts';
import type { Part } from '../blocks.ts';
import { normedAfter, normedBefore, normedOutput, withNorm, type Layer } from '../stack.ts';
import { backThroughNorm } from './blocks.ts';

/** A part of a layer, forward and backward. */
export interface BackwardPart {
  readonly forward: Part;
  /** ∂y/∂(what it read) [T, D], from that and ∂y/∂(what it gave) [T, D]; the residual is added. */
  readonly backward: (input: GpuTensor, gradient: GpuTensor, out: GpuTensor, residual?: GpuTensor) => void;
}

interface Branch {
  readonly part: BackwardPart;
  readonly norm: Norm | null;
  readonly outNorm: Norm | null;
}

export interface LayerParts {
  readonly attention: BackwardPart;
  /** Null: the layer looks at no source. */
  readonly cross: BackwardPart | null;
  readonly feedForward: BackwardPart;
}

/** ∂y/∂x of a layer [T, D], from what it read and ∂y/∂(what it gave) [T, D]. */
export function layerBackward(
  recorder: Recorder,
  layer: Layer,
  parts: LayerParts,
  x: GpuTensor,
  gradient: GpuTensor,
  out: GpuTensor,
): void {
  const branches = branchesOf(layer, parts);
  const made: GpuTensor[] = [];
  const temp = (label: string) => {
    const tensor = recorder.temp(x.shape, label);
    made.push(tensor);
    return tensor;
  };
  if (layer.order === 'parallel') {
    // Both read x, and both are added to it.
    let sum = gradient;
    for (const [index, branch] of branches.entries()) {
      const next = index + 1 === branches.length ? out : temp('gradient through a branch');
      branchBackward(recorder, branch, x, gradient, next, sum);
      sum = next;
    }
  } else {
    /** What each branch reads. */
    const states = [x];
    for (const branch of branches.slice(0, -1)) {
      const next = temp('state after a branch');
      branchForward(recorder, layer.order, branch, states.at(-1) ?? x, next);
      states.push(next);
    }
    let above = gradient;
    for (const [index, branch] of [...branches.entries()].reverse()) {
      const next = index === 0 ? out : temp('gradient before a branch');
      const state = states[index] ?? x;
      if (layer.order === 'norm-last') normLastBackward(recorder, branch, state, above, next);
      else branchBackward(recorder, branch, state, above, next, above);
      above = next;
    }
  }
  for (const tensor of made) recorder.free(tensor);
}

function branchesOf(layer: Layer, { attention, cross, feedForward }: LayerParts): Branch[] {
  return [
    { part: attention, norm: layer.attentionNorm, outNorm: layer.attentionOutNorm },
    ...(cross === null ? [] : [{ part: cross, norm: layer.cross?.norm ?? null, outNorm: null }]),
    { part: feedForward, norm: layer.feedForwardNorm, outNorm: layer.feedForwardOutNorm },
  ];
}

function branchForward(
  recorder: Recorder,
  order: 'norm-first' | 'norm-last',
  { part: { forward }, norm, outNorm }: Branch,
  x: GpuTensor,
  out: GpuTensor,
): void {
  if (order === 'norm-last') normedAfter(recorder, norm, x, out, forward);
  else
    normedBefore(
      recorder,
      norm,
      x,
      out,
      outNorm === null ? forward : normedOutput(recorder, forward, outNorm),
    );
}

/** out = residual + ∂y/∂x of outNorm(part(norm(x))), from ∂y/∂(that). */
function branchBackward(
  recorder: Recorder,
  { part, norm, outNorm }: Branch,
  x: GpuTensor,
  gradient: GpuTensor,
  out: GpuTensor,
  residual: GpuTensor,
): void {
  const temp = (label: string) => recorder.temp(x.shape, label);
  withNorm(recorder, norm, x, (input) => {
    let above = gradient;
    if (outNorm !== null) {
      const given = temp('output of a part');
      above = temp('gradient before the norm of a part');
      part.forward(input, given);
      backThroughNorm(recorder, given, outNorm, gradient, above);
      recorder.free(given);
    }
    if (norm === null) part.backward(input, above, out, residual);
    else {
      const [byInput, byState] = [temp('gradient after the norm'), temp('gradient before the norm')];
      part.backward(input, above, byInput);
      backThroughNorm(recorder, x, norm, byInput, byState);
      add(recorder, byState, residual, out);
      recorder.free(byInput);
      recorder.free(byState);
    }
    if (above !== gradient) recorder.free(above);
  });
}

/** out = ∂y/∂x of norm(x + part(x)), from ∂y/∂(that). */
function normLastBackward(
  recorder: Recorder,
  { part, norm }: Branch,
  x: GpuTensor,
  gradient: GpuTensor,
  out: GpuTensor,
): void {
  if (norm === null) {
    part.backward(x, gradient, out, gradient);
    return;
  }
  const sum = recorder.temp(x.shape, 'sum');
  const bySum = recorder.temp(x.shape, 'gradient before the norm');
  part.forward(x, sum, x);
  backThroughNorm(recorder, sum, norm, gradient, bySum);
  recorder.free(sum);
  part.backward(x, bySum, out, bySum);
  recorder.free(bySum);
}
