import ChartScatter from '@lucide/svelte/icons/chart-scatter';
import { isOfWords } from '../../common/words.ts';
import { adapted } from '../adapted.ts';
import type { ViewDefinition } from '../view.ts';

export const definition: ViewDefinition = {
  id: 'word-map',
  title: 'Word map',
  description:
    'The words of a text, their sum and the words near them, in the plane in which they differ most',
  icon: ChartScatter,
  rank: 80,
  settings: () => [],
  score: (run) => (isOfWords(run) ? 0.95 : 0),
  load: async () => adapted(await import('./WordMap.svelte')),
};
