import { counted, formatFactor, formatPercent, formatValue } from '../../common/numbers.ts';
import { lengthOf, type HeadSteps, type KeySteps } from '../../runs/head-steps.ts';

export const PHASES = [
  'ask',
  'product',
  'scale',
  'cap',
  'bias',
  'mask',
  'softmax',
  'values',
  'sum',
  'change',
  'write',
] as const;
export type PhaseId = (typeof PHASES)[number];

/** One step on the way from a query to what its head adds. */
export interface Phase {
  readonly id: PhaseId;
  readonly title: string;
  readonly formula: string;
  /** The formula with the numbers of the key that is looked at. */
  readonly numbers: (key: KeySteps) => string;
}

const number = formatValue;

/** The steps that a head takes: none that would change nothing. */
export function phasesOf(steps: HeadSteps): readonly Phase[] {
  return [...scorePhases(steps), ...readPhases(steps)];
}

function scorePhases(steps: HeadSteps): Phase[] {
  const { softCap, bias, visible, turned, score: rule, scale, window } = steps;
  const turn = turned ? ', both turned by their positions' : '';
  const phases: Phase[] = [
    {
      ...{ id: 'ask', title: 'Ask', formula: `q of the token, and k of every key${turn}` },
      numbers: () => `${counted(steps.query.length, 'number')} each`,
    },
    rule === 'additive'
      ? {
          ...{ id: 'product', title: 'Score', formula: 'v · tanh(q + k)' },
          numbers: ({ score }) => `score = ${number(score)}`,
        }
      : {
          ...{ id: 'product', title: 'q · k', formula: 'q · k = Σ qᵢ kᵢ' },
          numbers: ({ product }) => `q · k = ${number(product)}`,
        },
  ];
  if (rule === 'dot' && scale !== 1) {
    const isRoot = Math.abs(scale * Math.sqrt(steps.query.length) - 1) < 1e-5;
    const divided = isRoot ? `/ √${steps.query.length}` : `· ${number(scale)}`;
    phases.push({
      ...{ id: 'scale', title: isRoot ? '/ √d' : 'Scale', formula: `q · k ${divided}` },
      numbers: ({ product, scaled }) => `${number(product)} ${divided} = ${number(scaled)}`,
    });
  }
  if (softCap !== null)
    phases.push({
      ...{ id: 'cap', title: 'Soft cap', formula: `${number(softCap)} · tanh(score / ${number(softCap)})` },
      numbers: ({ scaled, capped }) => `${number(scaled)} → ${number(capped)}`,
    });
  if (bias !== null)
    phases.push({
      ...{ id: 'bias', title: 'Bias', formula: 'score + bias of the distance' },
      numbers: ({ capped, bias: added }) =>
        `${number(capped)} + ${number(added)} = ${number(capped + added)}`,
    });
  if (visible.includes(0))
    phases.push({
      ...{ id: 'mask', title: 'Mask', formula: `${maskedKeys(steps)} → −∞` },
      numbers: ({ visible: sees, score }) => (sees ? `seen: ${number(score)}` : 'masked: −∞'),
    });
  return phases;

  function maskedKeys({ visible: seen }: HeadSteps): string {
    if (window !== null) return `later keys, and those ${window} and more away`;
    return seen.at(-1) === 0 && seen[0] === 1 ? 'later keys' : 'keys that are no text';
  }
}

function readPhases(steps: HeadSteps): Phase[] {
  const { scores, byHand, context, change, read, written } = steps;
  const largest = scores.reduce((most, score) => Math.max(most, score), -Infinity);
  const total = scores.reduce((sum, score) => sum + Math.exp(score - largest), 0);
  const phases: Phase[] = [
    {
      ...{ id: 'softmax', title: 'Softmax' },
      formula: byHand
        ? 'weights that were set by hand, in place of the softmax'
        : 'weight = e^(score − largest) / Σ e^(score − largest)',
      numbers: ({ score, weight }) =>
        byHand
          ? `weight = ${number(weight)}, set by hand`
          : `e^(${number(score)} − ${number(largest)}) / ${number(total)} = ${formatPercent(weight)}`,
    },
    {
      ...{ id: 'values', title: 'weight · v', formula: 'weight · v, for every key' },
      numbers: ({ weight }) => `${formatPercent(weight)} of its v`,
    },
    {
      ...{ id: 'sum', title: 'Sum', formula: 'Σ weight · v' },
      numbers: () => `a vector of ${counted(context.length, 'number')}, length ${number(lengthOf(context))}`,
    },
  ];
  if (change !== null)
    phases.push({
      ...{ id: 'change', title: 'Your change' },
      formula: change === 'mean' ? 'the mean over all queries in its place' : `sum ${formatFactor(change)}`,
      numbers: () => `length ${number(lengthOf(context))} → ${number(lengthOf(read))}`,
    });
  if (written !== null)
    phases.push({
      ...{ id: 'write', title: 'Write', formula: 'W_O · sum, added to the residual stream' },
      numbers: () => `${counted(written.length, 'number')}, length ${number(lengthOf(written))}`,
    });
  return phases;
}
