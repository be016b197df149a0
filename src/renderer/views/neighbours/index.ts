import ListOrdered from '@lucide/svelte/icons/list-ordered';
import { isOfWords } from '../../common/words.ts';
import type { ViewDefinition } from '../view.ts';
import { MOST_WORDS, WORDS } from './lists.ts';

export const definition: ViewDefinition = {
  id: 'neighbours',
  title: 'Nearest words',
  description: 'The words nearest to each word of the text, and to a sum such as king - man + woman',
  icon: ListOrdered,
  rank: 70,
  settings: () => [
    {
      ...{ name: 'words', title: 'Words in each list', kind: 'number', whole: true },
      ...{ least: 1, most: MOST_WORDS, default: WORDS },
    },
  ],
  score: (run) => (isOfWords(run) ? 1 : 0),
  load: () => import('./Neighbours.svelte'),
};
