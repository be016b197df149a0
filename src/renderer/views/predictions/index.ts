import TableProperties from '@lucide/svelte/icons/table-properties';
import type { ViewDefinition } from '../view.ts';

export const definition: ViewDefinition = {
  id: 'predictions',
  title: 'Predictions',
  description: 'The most probable tokens at every position, and where the text’s own token stands among them',
  icon: TableProperties,
  score: (run) => (run.activations.has('logits') ? 0.5 : 0),
  load: () => import('./Predictions.svelte'),
};
