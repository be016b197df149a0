import AlignHorizontalDistributeCenter from '@lucide/svelte/icons/align-horizontal-distribute-center';
import { adapted } from '../adapted.ts';
import type { ViewDefinition } from '../view.ts';

export const definition: ViewDefinition = {
  id: 'alignment',
  title: 'Attention step',
  description: 'One step of an attention decoder: scores, weights and context, and weights set by hand',
  icon: AlignHorizontalDistributeCenter,
  rank: 50,
  settings: () => [],
  score: (run) => (run.activations.has('attention.weights') ? 0.85 : 0),
  load: async () => adapted(await import('./Alignment.svelte')),
};
