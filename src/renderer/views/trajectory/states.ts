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
  const states: Activation[] = [];
  const prefix = run.activations.has('decoder_hidden_states.0') ? 'decoder_' : '';
  for (let index = 0; ; index++) {
    const state = run.activations.get(`${prefix}hidden_states.${index}`);
    if (state === undefined) break;
    states.push(state);
  }
  const trace = run.facet('recurrent')?.at(-1);
  if (states.length > 0 || trace === undefined) return states;
  return [...run.activations.values()].filter(
    ({ name }) => name.startsWith(`${trace.prefix}.`) && name.endsWith('.hidden'),
  );
}

/** True when states follow each other in time rather than from layer to layer. */
export function isTimed(run: Run): boolean {
  return run.facet('recurrent') !== null;
}

/** A state's name: what it has passed through, or the recurrent layer that it is of. */
export function stateName(run: Run, index: number): string {
  const states = statesOf(run);
  if (isTimed(run)) {
    const [, layer, reverse] = /\.(\d+)\.(reverse\.)?hidden$/.exec(states[index]?.name ?? '') ?? [];
    return `layer ${layer ?? 0}${reverse === undefined ? '' : ', reverse'}`;
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
