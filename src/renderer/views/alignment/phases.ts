import { counted, formatPercent, formatValue } from '../../common/numbers.ts';
import type { AttentionStep } from './step.ts';

export const PHASES = ['states', 'scores', 'softmax', 'fade', 'sum', 'word'] as const;
export type PhaseId = (typeof PHASES)[number];

/** What each phase is called on its button. */
export const TITLES: Readonly<Record<PhaseId, string>> = {
  states: 'States',
  scores: 'Scores',
  softmax: 'Softmax',
  fade: 'Fade',
  sum: 'Sum',
  word: 'Word',
};

/** What happens in a phase, with the numbers of a source token. @param at the source token */
export function sentenceOf(phase: PhaseId, step: AttentionStep, at: number, name: string): string {
  const { scores, weights, steps } = step;
  const [score, weight] = [scores[at] ?? NaN, weights[at] ?? NaN];
  const largest = scores.reduce((most, one) => Math.max(most, one), -Infinity);
  const total = scores.reduce((sum, one) => sum + Math.exp(one - largest), 0);
  switch (phase) {
    case 'states':
      return `The decoder looks at all ${counted(scores.length, 'state')} of the encoder`;
    case 'scores':
      return `Each state’s score: ${steps.formula ?? 'q · k'}; ${name} ${formatValue(score)}`;
    case 'softmax':
      return steps.byHand
        ? `Weights were set by hand; ${name} ${formatPercent(weight)}`
        : `Softmax: e^(${formatValue(score)} − ${formatValue(largest)}) / ${formatValue(total)} = ${formatPercent(weight)} for ${name}`;
    case 'fade':
      return `Each state is faded by its weight; ${name} keeps ${formatPercent(weight)}`;
    case 'sum':
      return `They add up to the context, ${counted(steps.context.length, 'number')}`;
    case 'word': {
      const [best] = step.rivals;
      if (best === undefined) return 'Context and state give the next word';
      return `Context and state give the next word: “${best.token.text.trim()}” ${formatPercent(best.probability)}`;
    }
  }
}
