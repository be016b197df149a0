import Logs from '@lucide/svelte/icons/logs';
import { stackSettings, unitSetting } from '../../common/stack-settings.ts';
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
    unitSetting(run, 'The unit whose curves are shown'),
  ],
  score: (run) => (run.facet('recurrent') === null ? 0 : 1),
  load: () => import('./Gates.svelte'),
};
