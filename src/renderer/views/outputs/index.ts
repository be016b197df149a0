import TableProperties from '@lucide/svelte/icons/table-properties';
import { maskedPositions } from '../../runs/masks.ts';
import { kindOf } from './kinds.ts';
import { rowCount } from './rows.ts';
import type { ViewDefinition } from '../view.ts';

export const definition: ViewDefinition = {
  id: 'outputs',
  title: 'Outputs',
  description:
    'What the model says: the next token at any temperature, surprisal and perplexity of the text, labels, answers',
  icon: TableProperties,
  rank: 100,
  settings: (run) => [
    {
      name: 'first',
      title: 'Row at the top',
      kind: 'number',
      least: 0,
      most: Math.max(rowCount(run) - 1, 0),
      whole: true,
      default: 0,
    },
  ],
  // With a mask in the text, its candidates are what one wants to see.
  score: (run) => (kindOf(run) === 'none' ? 0 : maskedPositions(run).length > 0 ? 0.85 : 0.5),
  load: () => import('./Outputs.svelte'),
};
