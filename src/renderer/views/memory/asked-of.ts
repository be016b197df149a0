import type { Side } from '../../runs/place.ts';
import { predictsOf } from '../../runs/facets/readout.ts';
import type { Run } from '../../runs/run.ts';
import type { Mode } from './choices.ts';

/** Whether what is derived is at the end of what it reads. */
export function looksBack(run: Pick<Run, 'facet'>, mode: Mode, side: Side): boolean {
  return mode === 'states' || (side === 'target' && predictsOf(run) === 'next');
}

/** Whose inputs an output is derived by, and how another output is asked for where there is one. */
export function askedOf(run: Pick<Run, 'facet' | 'sourceTokens'>, side: Side): string {
  const isOfText = run.facet('labels')?.labels === 'text';
  const reads =
    side === 'source' && run.sourceTokens !== null
      ? 'the source'
      : looksBack(run, 'inputs', side)
        ? 'the inputs up to it'
        : 'all inputs';
  return `one logit by ${reads}${isOfText ? '' : '; lock a token to ask from there'}`;
}
