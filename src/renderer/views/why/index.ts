import Route from '@lucide/svelte/icons/route';
import { headSettings } from '../../common/head-settings.ts';
import type { ViewDefinition } from '../view.ts';
import { PHASES } from './phases.ts';

export const definition: ViewDefinition = {
  id: 'why',
  title: 'Why',
  description: 'Why a token looks where it looks: q and k, score, softmax, values, step by step',
  icon: Route,
  rank: 45,
  settings: (run) => [
    ...headSettings(run),
    {
      ...{ name: 'query', title: 'Token that asks, from 0', kind: 'number' },
      ...{ least: 0, most: Math.max(0, ...run.attention.map(({ queries }) => queries.length - 1)) },
      ...{ whole: true, default: 0 },
    },
    { name: 'phase', title: 'Last step that is shown', kind: 'choice', choices: PHASES, default: 'write' },
  ],
  score: (run) => (run.attention.length > 0 ? 0.6 : 0),
  load: () => import('./Why.svelte'),
};
