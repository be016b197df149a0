import Waypoints from '@lucide/svelte/icons/waypoints';
import { isOfWords } from '../../common/words.ts';
import type { ViewDefinition } from '../view.ts';
import { isTimed, statesOf } from './states.ts';

export const definition: ViewDefinition = {
  id: 'trajectory',
  title: 'Trajectory',
  description: 'The path of the hidden states, through the layers or over time, in three dimensions',
  icon: Waypoints,
  rank: 90,
  settings: (run) => [
    {
      ...{ name: 'join', title: 'What lines join: a token’s states, or the tokens of one state' },
      ...{ kind: 'choice', choices: ['layers', 'tokens'], default: isTimed(run) ? 'tokens' : 'layers' },
    },
    {
      ...{ name: 'state', title: 'Last state that is shown, or the state whose tokens are joined' },
      ...{ kind: 'number', least: 0, most: Math.max(statesOf(run).length - 1, 0), whole: true },
      default: Math.max(statesOf(run).length - 1, 0),
    },
    {
      ...{ name: 'sameLength', title: 'Every state is scaled to the same length' },
      ...{ kind: 'switch', default: !isTimed(run) },
    },
  ],
  // A few words span no path.
  score: (run) => (statesOf(run).length > 0 ? (isOfWords(run) ? 0.5 : 0.8) : 0),
  load: () => import('./Trajectory.svelte'),
};
