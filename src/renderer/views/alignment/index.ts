import AlignHorizontalDistributeCenter from '@lucide/svelte/icons/align-horizontal-distribute-center';
import type { ViewDefinition } from '../view.ts';
import { PHASES } from './phases.ts';

export const definition: ViewDefinition = {
  id: 'alignment',
  title: 'Attention decoder',
  description:
    'An attention decoder at work: states, scores, softmax, faded states, their sum, the word; drag a weight',
  icon: AlignHorizontalDistributeCenter,
  rank: 50,
  settings: ({ tokens }) => [
    {
      ...{ name: 'step', title: 'Step of the decoder, from 0', kind: 'number', whole: true },
      ...{ least: 0, most: Math.max(tokens.length - 1, 0), default: Math.max(tokens.length - 1, 0) },
    },
    {
      ...{ name: 'phase', title: 'Last phase of the step that is shown', kind: 'choice' },
      ...{ choices: PHASES, default: 'word' },
    },
  ],
  score: (run) => (run.sourceTokens !== null && run.activations.has('attention.weights') ? 0.85 : 0),
  load: () => import('./Alignment.svelte'),
};
