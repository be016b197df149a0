import Flag from '@lucide/svelte/icons/flag';
import type { ViewDefinition } from '../view.ts';

export const definition: ViewDefinition = {
  id: 'race',
  title: 'Race',
  description:
    'Models of all slots write the same text on one clock: words, steps, milliseconds, where they look',
  icon: Flag,
  rank: 66,
  settings: () => [
    {
      ...{ name: 'at', title: 'Where the clock stands, as a share of the race', kind: 'number' },
      ...{ least: 0, most: 1, whole: false, default: 1 },
    },
  ],
  score: (run) => (run.facet('pace') === null ? 0 : run.sourceTokens === null ? 0.3 : 0.55),
  load: () => import('./Race.svelte'),
};
