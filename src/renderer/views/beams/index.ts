import GitFork from '@lucide/svelte/icons/git-fork';
import type { ViewDefinition } from '../view.ts';
import { searchOf } from './tree.ts';

export const definition: ViewDefinition = {
  id: 'beams',
  title: 'Beams',
  description:
    'Every hypothesis that the search for the output kept, with its probabilities and the chosen one',
  icon: GitFork,
  rank: 60,
  settings: () => [],
  score: (run) => (searchOf(run) !== null ? 0.88 : run.sourceTokens !== null ? 0.15 : 0),
  load: () => import('./Beams.svelte'),
};
