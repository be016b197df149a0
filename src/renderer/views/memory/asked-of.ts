import type { Side } from '../../runs/place.ts';
import { predictsOf } from '../../runs/facets/readout.ts';
import type { Run } from '../../runs/run.ts';

/** Whose inputs an output is derived by, and how another output is asked for where there is one. */
export function askedOf(run: Pick<Run, 'facet' | 'sourceTokens'>, side: Side): string {
  const isOfText = run.facet('labels')?.labels === 'text';
  const reads =
    side === 'source' && run.sourceTokens !== null
      ? 'the source'
      : predictsOf(run) === 'next'
        ? 'the inputs up to it'
        : 'all inputs';
  return `one logit by ${reads}${isOfText ? '' : '; lock a token to ask from there'}`;
}
