import Waypoints from '@lucide/svelte/icons/waypoints';
import { isOfWords } from '../../common/words.ts';
import { adapted } from '../adapted.ts';
import type { ViewDefinition } from '../view.ts';
import { statesOf } from './states.ts';

export const definition: ViewDefinition = {
  id: 'trajectory',
  title: 'Trajectory',
  description: 'The path of the hidden states, through the layers or over time, in three dimensions',
  icon: Waypoints,
  rank: 90,
  settings: () => [],
  // A few words span no path.
  score: (run) => (statesOf(run).length > 0 ? (isOfWords(run) ? 0.5 : 0.8) : 0),
  load: async () => adapted(await import('./Trajectory.svelte')),
};
