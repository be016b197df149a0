/** What a run's outputs are, and which of its tokens they are about. */
import type { Run, Token } from '../../runs/run.ts';
import type { Side } from '../../runs/place.ts';
import { sequenceOf } from '../../runs/place.ts';
import { predictsOf } from '../../runs/facets/readout.ts';
import { fillsMasks } from '../../runs/masks.ts';

/**
 * `vocabulary`: tokens from a vocabulary, the next one or the one here; `text`, `tokens`, `span`: labels of the whole text, of
 * each token, and where an answer is; `judged`: other answers at each token; `none`: the model has no output layer.
 */
export type OutputKind = 'vocabulary' | 'text' | 'tokens' | 'span' | 'judged' | 'none';

export function kindOf(run: Pick<Run, 'facet'>): OutputKind {
  const labels = run.facet('labels');
  if (labels !== null) return labels.labels;
  const readout = run.facet('readout');
  if (readout === null || readout.predicts === 'similar') return 'none';
  return readout.logits === null ? 'judged' : 'vocabulary';
}

/** Whose tokens the outputs are about. */
export function sideOf(run: Pick<Run, 'facet'>): Side {
  return run.facet('labels')?.side ?? 'target';
}

export function tokensOf(run: Run): readonly Token[] {
  return sequenceOf(run, sideOf(run));
}

/** How many places before a token it is foreseen. */
export function aheadOf(run: Pick<Run, 'facet'>): 0 | 1 {
  return predictsOf(run) === 'own' ? 0 : 1;
}

/** Why there is no perplexity; null: there is one. */
export function withoutPerplexity(run: Run): string | null {
  return fillsMasks(run)
    ? 'No perplexity: the model sees the tokens that it scores, unless a mask hides them.'
    : null;
}
