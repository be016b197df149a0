import Aperture from '@lucide/svelte/icons/aperture';
import type { ViewDefinition } from '../view.ts';
import { MEASURE_NAMES } from './measures.ts';

export const definition: ViewDefinition = {
  id: 'lens',
  title: 'Lens',
  description: 'What the model would answer after every layer: the logit lens over layers and positions',
  icon: Aperture,
  rank: 45,
  settings: (run) => [
    {
      ...{ name: 'mode', title: 'How it is shown', kind: 'choice' },
      ...{ choices: ['heatmap', 'curves'], default: 'heatmap' },
    },
    {
      ...{ name: 'measure', title: 'What the colours and the curves show', kind: 'choice' },
      ...{ choices: MEASURE_NAMES, default: 'answer' },
    },
    {
      ...{ name: 'first', title: 'Position at the left', kind: 'number' },
      ...{ least: 0, most: Math.max(run.tokens.length - 1, 0), whole: true, default: 0 },
    },
  ],
  score: (run) => (run.facet('lens') === null ? 0 : 0.45),
  load: () => import('./Lens.svelte'),
};
