import AlignHorizontalDistributeCenter from '@lucide/svelte/icons/align-horizontal-distribute-center';
import type { ViewDefinition } from '../view.ts';

export const definition: ViewDefinition = {
  id: 'alignment',
  title: 'Attention step',
  description: 'One step of an attention decoder: scores, weights and context, and weights set by hand',
  icon: AlignHorizontalDistributeCenter,
  rank: 50,
  settings: ({ tokens }) => [
    {
      ...{ name: 'step', title: 'Step of the decoder, from 0', kind: 'number', whole: true },
      ...{ least: 0, most: Math.max(tokens.length - 1, 0), default: 0 },
    },
  ],
  score: (run) => (run.sourceTokens !== null && run.activations.has('attention.weights') ? 0.85 : 0),
  load: () => import('./Alignment.svelte'),
};
