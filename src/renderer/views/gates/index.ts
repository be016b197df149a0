import Logs from '@lucide/svelte/icons/logs';
import { stackSettings } from '../../common/stack-settings.ts';
import type { ViewDefinition } from '../view.ts';
import { SORTS } from './orders.ts';
import { PICTURES } from './pictures.ts';

export const definition: ViewDefinition = {
  id: 'gates',
  title: 'Gates',
  description: 'Gates, cell and hidden state of a recurrent layer, unit by unit over time',
  icon: Logs,
  rank: 10,
  settings: (run) => [
    ...Object.values(stackSettings(run)),
    { name: 'picture', title: 'How it is shown', kind: 'choice', choices: PICTURES, default: 'lanes' },
    { name: 'sort', title: 'The order of the units', kind: 'choice', choices: SORTS, default: 'number' },
    {
      name: 'unit',
      title: 'The unit whose curves are shown, from 0; -1: none',
      kind: 'number',
      least: -1,
      most: Math.max(-1, ...(run.facet('recurrent') ?? []).map(({ units }) => units - 1)),
      whole: true,
      default: -1,
    },
  ],
  score: (run) => (run.facet('recurrent') === null ? 0 : 1),
  load: () => import('./Gates.svelte'),
};
