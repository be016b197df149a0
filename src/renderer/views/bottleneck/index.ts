import Hourglass from '@lucide/svelte/icons/hourglass';
import type { ViewDefinition } from '../view.ts';
import { MEASURES } from './chart.ts';

export const definition: ViewDefinition = {
  id: 'bottleneck',
  title: 'Bottleneck',
  description: 'One vector between two sentences, how sure each word of the output is, and quality by length',
  icon: Hourglass,
  rank: 62,
  settings: () => [
    {
      ...{ name: 'measure', title: 'Quality by length', kind: 'choice' },
      ...{ choices: MEASURES, default: 'bleu' },
    },
  ],
  score: (run) => {
    const bottleneck = run.facet('bottleneck');
    if (bottleneck === null || run.tokens.length === 0) return 0;
    return bottleneck.attends ? 0.5 : 0.86;
  },
  load: () => import('./Bottleneck.svelte'),
};
