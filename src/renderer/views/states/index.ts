import Highlighter from '@lucide/svelte/icons/highlighter';
import { statesOf } from '../../common/recurrent/unit-features.ts';
import { stackSettings } from '../../common/stack-settings.ts';
import type { ViewDefinition } from '../view.ts';
import { COLOURS, PICTURES } from './choices.ts';

export const definition: ViewDefinition = {
  id: 'states',
  title: 'States',
  description:
    'What single units follow: the text coloured by a unit, curves, features of the text, patterns found again',
  icon: Highlighter,
  rank: 17,
  settings: (run) => {
    const traces = run.facet('recurrent') ?? [];
    const states = traces.some(({ cell }) => cell === 'lstm')
      ? statesOf({ cell: 'lstm' })
      : statesOf({ cell: 'gru' });
    return [
      ...Object.values(stackSettings(run)),
      { name: 'picture', title: 'How it is shown', kind: 'choice', choices: PICTURES, default: 'text' },
      {
        name: 'state',
        title: 'The state that is looked at',
        kind: 'choice',
        choices: states,
        default: states[0] ?? 'hidden',
      },
      { name: 'colour', title: 'What colours the text', kind: 'choice', choices: COLOURS, default: 'state' },
      {
        name: 'unit',
        title: 'The unit that is looked at, from 0',
        kind: 'number',
        least: 0,
        most: Math.max(0, ...traces.map(({ units }) => units - 1)),
        whole: true,
        default: 0,
      },
      {
        name: 'threshold',
        title: 'A unit is on from this value on (where it is negative: down from it)',
        kind: 'number',
        least: -100,
        most: 100,
        whole: false,
        default: 0.5,
      },
    ];
  },
  score: (run) => (run.facet('recurrent') === null ? 0 : 0.88),
  load: () => import('./States.svelte'),
};
