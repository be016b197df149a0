import ScanEye from '@lucide/svelte/icons/scan-eye';
import type { ViewDefinition } from '../view.ts';

export const definition: ViewDefinition = {
  id: 'attention-head',
  title: 'One head',
  description: 'One head’s attention, token by token, at any zoom',
  icon: ScanEye,
  rank: 40,
  settings: ({ attention }) => {
    const most = (count: (map: (typeof attention)[number]) => number) =>
      Math.max(0, ...attention.map((map) => count(map) - 1));
    const number = { kind: 'number', least: 0, whole: true, default: 0 } as const;
    const kinds = attention.map(({ kind }) => kind);
    return [
      {
        ...{ name: 'mode', title: 'How the head is shown', kind: 'choice' as const },
        ...{ choices: ['matrix', 'lines'], default: 'matrix' },
      },
      {
        ...{ name: 'threshold', title: 'Lines of less weight are left out', kind: 'number' as const },
        ...{ least: 0, most: 1, whole: false, default: 0.1 },
      },
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
    ];
  },
  score: (run) => (run.attention.length > 0 ? 0.9 : 0),
  load: () => import('./AttentionHead.svelte'),
};
