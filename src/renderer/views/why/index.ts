import Route from '@lucide/svelte/icons/route';
import type { ViewDefinition } from '../view.ts';
import { PHASES } from './phases.ts';

export const definition: ViewDefinition = {
  id: 'why',
  title: 'Why',
  description: 'Why a token looks where it looks: q and k, score, softmax, values, step by step',
  icon: Route,
  rank: 45,
  settings: ({ attention }) => {
    const most = (count: (map: (typeof attention)[number]) => number) =>
      Math.max(0, ...attention.map((map) => count(map) - 1));
    const number = { kind: 'number', least: 0, whole: true, default: 0 } as const;
    const kinds = attention.map(({ kind }) => kind);
    return [
      ...(kinds.length < 2
        ? []
        : [
            {
              ...{ name: 'kind', title: 'Which attention', kind: 'choice' as const, choices: kinds },
              default: kinds.includes('cross') ? 'cross' : (kinds[0] ?? 'self'),
            },
          ]),
      { name: 'layer', title: 'Layer of the head, from 0', ...number, most: most(({ layers }) => layers) },
      { name: 'head', title: 'Head of the layer, from 0', ...number, most: most(({ heads }) => heads) },
      {
        ...{ name: 'query', title: 'Token that asks, from 0', ...number },
        most: most(({ queries }) => queries.length),
      },
      { name: 'phase', title: 'Last step that is shown', kind: 'choice', choices: PHASES, default: 'write' },
    ];
  },
  score: (run) => (run.attention.length > 0 ? 0.6 : 0),
  load: () => import('./Why.svelte'),
};
