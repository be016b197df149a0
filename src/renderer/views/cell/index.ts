import CircuitBoard from '@lucide/svelte/icons/circuit-board';
import { stackSettings } from '../../common/stack-settings.ts';
import type { ViewDefinition } from '../view.ts';

export const definition: ViewDefinition = {
  id: 'cell',
  title: 'Cell',
  description: 'One step of a recurrent layer as a diagram with its own numbers, played over the text',
  icon: CircuitBoard,
  rank: 15,
  settings: (run) => [
    ...Object.values(stackSettings(run)),
    {
      name: 'unit',
      title: 'The unit whose numbers are shown, from 0; -1: none',
      kind: 'number',
      least: -1,
      most: Math.max(-1, ...(run.facet('recurrent') ?? []).map(({ units }) => units - 1)),
      whole: true,
      default: -1,
    },
  ],
  score: (run) => (run.facet('recurrent') === null ? 0 : 0.9),
  load: () => import('./Cell.svelte'),
};
