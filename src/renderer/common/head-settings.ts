import type { Run } from '../runs/run.ts';

/** The settings by which a view's head is given by name: what `HeadChoice` keeps. */
export function headSettings({ attention }: Pick<Run, 'attention'>) {
  const kinds = attention.map(({ kind }) => kind);
  const number = { kind: 'number', least: 0, whole: true, default: 0 } as const;
  return [
    ...(kinds.length < 2
      ? []
      : [
          {
            ...{ name: 'kind', title: 'Which attention', kind: 'choice' as const, choices: kinds },
            default: kinds.includes('cross') ? 'cross' : (kinds[0] ?? 'self'),
          },
        ]),
    {
      ...{ name: 'layer', title: 'Layer of the head, from 0', ...number },
      most: Math.max(0, ...attention.map(({ layers }) => layers - 1)),
    },
    {
      ...{ name: 'head', title: 'Head of the layer, from 0', ...number },
      most: Math.max(0, ...attention.map(({ heads }) => heads - 1)),
    },
  ];
}
