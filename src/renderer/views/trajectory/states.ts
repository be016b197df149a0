import { HeadgateError } from '../../../common/error.ts';
import { stateWords } from '../../common/state-names.ts';
import { visibleText } from '../../common/tokens.ts';
import { isOfWords, nameOf } from '../../common/words.ts';
import type { Activation, Run } from '../../runs/run.ts';

/**
 * States of equal width, [T, D] each, over the run's own tokens: the residual stream before and after every layer, or the
 * hidden states of a stack of recurrent layers (of an encoder-decoder the decoder's).
 */
export function statesOf(run: Run): readonly Activation[] {
  const states = [...run.activations.values()].filter(({ kind }) => kind === 'hidden_state');
  const stack = states.some((state) => state.stack === 'decoder') ? 'decoder' : null;
  return states.filter((state) => state.stack === stack);
}

/** True when states follow each other in time rather than from layer to layer. */
export function isTimed(run: Run): boolean {
  return run.facet('recurrent') !== null;
}

/** A state's name: what it has passed through, or the recurrent layer that it is of. */
export function stateName(run: Run, index: number): string {
  const states = statesOf(run);
  if (isTimed(run)) {
    const { layer = 0, direction } = states[index] ?? {};
    return `layer ${layer}${direction === 'reverse' ? ', reverse' : ''}`;
  }
  return isOfWords(run) ? 'word vectors' : stateWords(index, states.length);
}

/** What a point of a token is called. A word that a sum subtracts stands where the word itself is, without its sign. */
export function pointName(run: Run, token: number): string {
  return isOfWords(run) ? nameOf(run, token) : visibleText(run.tokens[token]?.text ?? '');
}

/** Why nothing of a run can be drawn. */
export function noStates(): HeadgateError {
  return new HeadgateError(
    'no-states',
    'This run has no hidden states.',
    'Open a model whose layers can be looked into, or another view.',
  );
}
