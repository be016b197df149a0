import Waypoints from '@lucide/svelte/icons/waypoints';
import type { ViewDefinition } from '../view.ts';
import { statesOf } from './states.ts';

export const definition: ViewDefinition = {
  id: 'trajectory',
  title: 'Trajectory',
  description: 'The path of the hidden states, through the layers or over time, in three dimensions',
  icon: Waypoints,
  score: (run) => (statesOf(run).length > 0 ? 0.8 : 0),
  load: () => import('./Trajectory.svelte'),
};
