import Layers3 from '@lucide/svelte/icons/layers-3';
import type { ViewDefinition } from '../view.ts';
import { MERGES } from './pictures.ts';
import { SHOTS } from './space.ts';

export const definition: ViewDefinition = {
  id: 'stack',
  title: 'Stack',
  description: 'The attention of all layers as planes in space, tokens as columns through them',
  icon: Layers3,
  rank: 48,
  settings: () => [
    {
      name: 'merge',
      title: 'What a plane shows of its heads',
      kind: 'choice',
      choices: MERGES,
      default: 'mean',
    },
    { name: 'shot', title: 'Where the camera stands', kind: 'choice', choices: SHOTS, default: 'corner' },
  ],
  score: (run) => (run.attention.some(({ layers }) => layers > 1) ? 0.55 : 0),
  load: () => import('./Stack.svelte'),
};
