import Logs from '@lucide/svelte/icons/logs';
import type { ViewDefinition } from '../view.ts';

export const definition: ViewDefinition = {
  id: 'gates',
  title: 'Gates',
  description: 'Gates, cell and hidden state of a recurrent layer, unit by unit over time',
  icon: Logs,
  score: (run) => ((run.recurrent?.length ?? 0) > 0 ? 1 : 0),
  load: () => import('./Gates.svelte'),
};
