/** Lengths of what the parts of a layer add to the residual stream, written while a pass has it. */
import type { Recorder } from '../../gpu/recorder.ts';
import type { GpuTensor } from '../../gpu/tensor.ts';
import { add } from '../../kernels/rows/elementwise.ts';
import { recordRowNorms } from '../../kernels/rows/row-norms.ts';
import { at } from '../at.ts';
import type { Part } from './blocks.ts';

/** The parts of a layer, in the order of their rows. */
const PARTS = ['attention', 'feedForward', 'cross'] as const;
export type AddedPart = (typeof PARTS)[number];

/** Tokens of a text from which on a pass writes its lengths: a shorter one is computed again quickly. */
const LEAST_TOKENS = 128;

/** Where the lengths of a layer go. */
export interface AddedLengths {
  /** [2, C]: attention, feed-forward part; [3, C] with cross-attention last. */
  readonly out: GpuTensor;
  /** Place of the first row among the C tokens. */
  readonly first: number;
}

/** A layer that looks at a source, or not. */
interface Looking {
  readonly cross?: object;
}

/** Shape of a layer's lengths over C tokens. */
export function lengthsShape({ cross }: Looking, C: number): [number, number] {
  return [cross === undefined ? PARTS.length - 1 : PARTS.length, C];
}

/**
 * Room for the lengths of each layer; null where a pass writes none.
 * @param C tokens of the text
 * @param old those of a pass over as many tokens whose layers before `from` are taken over; null: there are none
 */
export function lengthsOfLayers(
  layers: readonly Looking[],
  C: number,
  { from, old }: { readonly from: number; readonly old: readonly (GpuTensor | null)[] | null },
  make: (shape: readonly number[], label: string) => GpuTensor,
): (GpuTensor | null)[] {
  return layers.map((layer, l) => {
    if (l < from) return old === null ? null : at(old, l);
    return C < LEAST_TOKENS ? null : make(lengthsShape(layer, C), `lengths of layer ${l}`);
  });
}

/** A part that also writes the lengths of what it adds. */
export function measuredPart(
  recorder: Recorder,
  own: Part,
  part: AddedPart,
  { out, first }: AddedLengths,
): Part {
  return (input, target, residual) => {
    const added = residual === undefined ? target : recorder.temp(target.shape, 'what a part adds');
    own(input, added);
    recordRowNorms(recorder, added, out, PARTS.indexOf(part) * (out.shape[1] ?? 0) + first);
    if (residual === undefined) return;
    add(recorder, residual, added, target);
    recorder.free(added);
  };
}
