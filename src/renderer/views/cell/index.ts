import CircuitBoard from '@lucide/svelte/icons/circuit-board';
import { stackSettings, unitSetting } from '../../common/stack-settings.ts';
import type { ViewDefinition } from '../view.ts';

export const definition: ViewDefinition = {
  id: 'cell',
  title: 'Cell',
  description: 'One step of a recurrent layer as a diagram with its own numbers, played over the text',
  icon: CircuitBoard,
  rank: 15,
  settings: (run) => [
    ...Object.values(stackSettings(run)),
    unitSetting(run, 'The unit whose numbers are shown'),
  ],
  score: (run) => (run.facet('recurrent') === null ? 0 : 0.9),
  load: () => import('./Cell.svelte'),
};
