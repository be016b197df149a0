import Waypoints from '@lucide/svelte/icons/waypoints';
import type { ViewDefinition } from '../view.ts';

export const definition: ViewDefinition = {
  id: 'trajectory',
  title: 'Trajectory',
  description: 'The path of every hidden state through the layers, in three dimensions',
  icon: Waypoints,
  score: (run) => (run.activations.has('hidden_states.0') ? 0.8 : 0),
  load: () => import('./Trajectory.svelte'),
};
