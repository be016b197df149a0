import ListOrdered from '@lucide/svelte/icons/list-ordered';
import { isOfWords } from '../../common/words.ts';
import { adapted } from '../adapted.ts';
import type { ViewDefinition } from '../view.ts';

export const definition: ViewDefinition = {
  id: 'neighbours',
  title: 'Nearest words',
  description: 'The words nearest to each word of the text, and to a sum such as king - man + woman',
  icon: ListOrdered,
  rank: 70,
  settings: () => [],
  score: (run) => (isOfWords(run) ? 1 : 0),
  load: async () => adapted(await import('./Neighbours.svelte')),
};
