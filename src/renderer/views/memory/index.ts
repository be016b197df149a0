import History from '@lucide/svelte/icons/history';
import { stackSettings } from '../../common/stack-settings.ts';
import type { ViewDefinition } from '../view.ts';
import { MODES, PICTURES, PRECISIONS } from './choices.ts';

export const definition: ViewDefinition = {
  id: 'memory',
  title: 'Memory',
  description: 'How far back a recurrent layer remembers: exact gradients through time, of several models',
  icon: History,
  rank: 20,
  settings: (run) => [
    stackSettings(run).stack,
    { name: 'mode', title: 'What is derived by what', kind: 'choice', choices: MODES, default: 'states' },
    { name: 'picture', title: 'How it is shown', kind: 'choice', choices: PICTURES, default: 'curves' },
    { name: 'cross', title: '∂h_T/∂c_t and ∂c_T/∂h_t of LSTMs as well', kind: 'switch', default: false },
    { name: 'spectral', title: 'The largest singular value as well', kind: 'switch', default: false },
    {
      name: 'precision',
      title: 'Exact, or estimated by random vectors',
      kind: 'choice',
      choices: PRECISIONS,
      default: 'auto',
    },
  ],
  score: (run) => (run.facet('recurrent') === null ? 0 : run.attention.length > 0 ? 0.7 : 0.95),
  load: () => import('./Memory.svelte'),
};
