import { rowsOf } from '../../gpu/tensor.ts';
import type { Holdings } from '../../runs/activations.ts';
import type { Lens } from '../../runs/facets/lens.ts';
import { withNorm, recordLogits, type Head } from './stack.ts';
import { at } from '../at.ts';
import type { TransformerPass } from './transformer-pass.ts';

/** The lens of a pass: the last of its states are normed already, the others are normed as these were. */
export function lensOf(
  holdings: Holdings,
  pass: TransformerPass,
  head: Head,
  { vocabulary, token }: Pick<Lens, 'vocabulary' | 'token'>,
): Lens {
  const { layers, last } = pass.stack;
  return {
    depth: layers.length + 1,
    ...{ vocabulary, token },
    record(recorder, layer, [from, to], target) {
      holdings.assertAlive();
      const states = rowsOf(at(pass.hidden, layer), from, to);
      withNorm(recorder, layer === layers.length ? null : last, states, (normed) =>
        recordLogits(recorder, head, normed, target),
      );
    },
  };
}
