import Logs from '@lucide/svelte/icons/logs';
import { adapted } from '../adapted.ts';
import type { ViewDefinition } from '../view.ts';

export const definition: ViewDefinition = {
  id: 'gates',
  title: 'Gates',
  description: 'Gates, cell and hidden state of a recurrent layer, unit by unit over time',
  icon: Logs,
  rank: 10,
  settings: () => [],
  score: (run) => ((run.recurrent?.length ?? 0) > 0 ? 1 : 0),
  load: async () => adapted(await import('./Gates.svelte')),
};
