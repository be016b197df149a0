/** Boxes of the diagram for what encoders make of their last states. */
import { structurePart, type StructurePart } from '../../runs/facets/structure.ts';
import { outputsOf, type Linear } from '../transformer/blocks.ts';
import { linearTensors } from '../transformer/structure.ts';
import type { Discriminator } from './discriminator.ts';

/** pooler_output = tanh(dense(first state)) (Devlin et al. 2019). */
export function poolerPart(dense: Linear): StructurePart {
  const detail = `${outputsOf(dense)} numbers, of the first token`;
  return structurePart({ kind: 'pooler', title: 'pooler', detail }, linearTensors('dense', dense));
}

/** The head that tells replaced tokens (Clark et al. 2020). */
export function discriminatorPart({ dense, out }: Discriminator): StructurePart {
  return structurePart({ kind: 'head', title: 'discriminator', detail: 'replaced, of each token' }, [
    ...linearTensors('dense', dense),
    ...linearTensors('output', out),
  ]);
}
