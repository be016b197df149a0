import ChartScatter from '@lucide/svelte/icons/chart-scatter';
import { isOfWords, sumOf } from '../../common/words.ts';
import type { ViewDefinition } from '../view.ts';

export const definition: ViewDefinition = {
  id: 'word-map',
  title: 'Word map',
  description:
    'The words of a text, their sum and the words near them, in the plane in which they differ most',
  icon: ChartScatter,
  rank: 80,
  settings: (run) => [
    {
      ...{ name: 'terms', title: 'Terms of the sum whose arrows are drawn', kind: 'number', whole: true },
      ...{ least: 0, most: sumOf(run) ?? 0, default: sumOf(run) ?? 0 },
    },
    { name: 'near', title: 'Words that are near are shown', kind: 'switch', default: true },
  ],
  score: (run) => (isOfWords(run) ? 0.95 : 0),
  load: () => import('./WordMap.svelte'),
};
