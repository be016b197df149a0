import Workflow from '@lucide/svelte/icons/workflow';
import type { ViewDefinition } from '../view.ts';

export const definition: ViewDefinition = {
  id: 'block-map',
  title: 'Block map',
  description:
    'The model as a diagram with its true shapes, what each block adds to the stream, and its neurons',
  icon: Workflow,
  rank: 46,
  settings: (run) => {
    const stacks = run.facet('blocks') ?? [];
    const most = (count: (stack: (typeof stacks)[number]) => number) => Math.max(0, ...stacks.map(count));
    const number = { kind: 'number', whole: true } as const;
    return [
      {
        ...{ name: 'mode', title: 'The diagram, or the neurons of a block', kind: 'choice' as const },
        ...{ choices: stacks.length === 0 ? ['diagram'] : ['diagram', 'neurons'], default: 'diagram' },
      },
      ...(stacks.length === 0
        ? []
        : [
            {
              ...{ name: 'stack', title: 'Stack of the block: 0, or 1 for the decoder', ...number },
              ...{ least: 0, most: stacks.length - 1, default: 0 },
            },
            {
              ...{ name: 'layer', title: 'Layer of the block, from 0', ...number },
              ...{ least: 0, most: most(({ layers }) => layers - 1), default: 0 },
            },
            {
              ...{ name: 'neuron', title: 'The neuron that colours the text; -1: the strongest', ...number },
              ...{ least: -1, most: most(({ neurons }) => neurons - 1), default: -1 },
            },
          ]),
    ];
  },
  score: (run) => (run.facet('structure') === null ? 0 : 0.35),
  load: () => import('./BlockMap.svelte'),
};
