import History from '@lucide/svelte/icons/history';
import type { ViewDefinition } from '../view.ts';

export const definition: ViewDefinition = {
  id: 'memory',
  title: 'Memory',
  description: 'How far back a recurrent layer remembers: exact gradients through time, of several models',
  icon: History,
  score: (run) => ((run.recurrent?.length ?? 0) === 0 ? 0 : run.attention.length > 0 ? 0.7 : 0.95),
  load: () => import('./Memory.svelte'),
};
