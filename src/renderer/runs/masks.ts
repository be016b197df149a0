import { predictsOf } from './facets/readout.ts';
import type { Run } from './run.ts';

/** True for runs of masked language models: what a position says is about the word at it. */
export function fillsMasks(run: Run): boolean {
  const hasHead = run.activations.get('logits')?.axes[1] === 'vocabulary';
  return predictsOf(run) === 'own' && hasHead && run.facet('recurrent') === null && run.sourceTokens === null;
}

/** Positions of a run's masks. */
export function maskedPositions(run: Run | null): number[] {
  if (run === null || !fillsMasks(run)) return [];
  return [...run.tokens.keys()].filter((position) => run.tokens[position]?.mask === true);
}
