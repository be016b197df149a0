import ChartBarDecreasing from '@lucide/svelte/icons/chart-bar-decreasing';
import type { ViewDefinition } from '../view.ts';
import { poolsByAttention } from './weights.ts';

export const definition: ViewDefinition = {
  id: 'pooling',
  title: 'Word weights',
  description: 'How much each token counts where a classifier makes one vector of a text by attention',
  icon: ChartBarDecreasing,
  rank: 52,
  settings: () => [],
  score: (run) => (poolsByAttention(run) ? 0.9 : 0),
  load: () => import('./Pooling.svelte'),
};
