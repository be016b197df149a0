import Grid3x3 from '@lucide/svelte/icons/grid-3x3';
import type { ViewDefinition } from '../view.ts';

export const definition: ViewDefinition = {
  id: 'attention-grid',
  title: 'All heads',
  description: 'The attention pattern of every head of every layer at once, and what each head does',
  icon: Grid3x3,
  rank: 30,
  settings: () => [
    {
      ...{ name: 'mode', title: 'How the heads are shown', kind: 'choice' },
      ...{ choices: ['patterns', 'table', 'scatter'], default: 'patterns' },
    },
    {
      ...{ name: 'pool', title: 'What a cell shows where several weights fall into it', kind: 'choice' },
      ...{ choices: ['max', 'mean'], default: 'max' },
    },
  ],
  score: (run) =>
    run.attention.length === 0 ? 0 : run.attention.some(({ layers, heads }) => layers * heads > 1) ? 1 : 0.2,
  load: () => import('./AttentionGrid.svelte'),
};
