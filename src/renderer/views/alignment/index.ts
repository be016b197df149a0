import AlignHorizontalDistributeCenter from '@lucide/svelte/icons/align-horizontal-distribute-center';
import type { ViewDefinition } from '../view.ts';

export const definition: ViewDefinition = {
  id: 'alignment',
  title: 'Attention step',
  description: 'One step of an attention decoder: scores, weights and context, and weights set by hand',
  icon: AlignHorizontalDistributeCenter,
  score: (run) => (run.activations.has('attention.weights') ? 0.85 : 0),
  load: () => import('./Alignment.svelte'),
};
