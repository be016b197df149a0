import History from '@lucide/svelte/icons/history';
import { stackSettings } from '../../common/stack-settings.ts';
import type { Run } from '../../runs/run.ts';
import type { ViewDefinition } from '../view.ts';
import { MODES, PICTURES, PRECISIONS, SIDES, type Mode } from './choices.ts';

/** What can be measured of a run. */
function modesOf(run: Pick<Run, 'facet'>): readonly Mode[] {
  const [states, inputs] = [run.facet('recurrent') !== null, run.facet('inputGradient') !== null];
  return MODES.filter((mode) => (mode === 'states' ? states : inputs));
}

export const definition: ViewDefinition = {
  id: 'memory',
  title: 'Memory',
  description: 'How far back a model remembers: gradients by states and by inputs, of several models',
  icon: History,
  rank: 20,
  settings: (run) => [
    ...(run.facet('recurrent') === null ? [] : [stackSettings(run).stack]),
    {
      ...{ name: 'mode', title: 'What is derived by what', kind: 'choice' },
      choices: modesOf(run),
      default: modesOf(run)[0] ?? 'states',
    },
    ...(run.sourceTokens === null
      ? []
      : [
          {
            name: 'side',
            title: 'By whose inputs',
            kind: 'choice',
            choices: SIDES,
            default: 'source',
          } as const,
        ]),
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
  score: (run) => {
    if (run.facet('recurrent') === null) return run.facet('inputGradient') === null ? 0 : 0.3;
    return run.attention.length > 0 ? 0.7 : 0.95;
  },
  load: () => import('./Memory.svelte'),
};
