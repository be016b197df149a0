import History from '@lucide/svelte/icons/history';
import { adapted } from '../adapted.ts';
import type { ViewDefinition } from '../view.ts';

export const definition: ViewDefinition = {
  id: 'memory',
  title: 'Memory',
  description: 'How far back a recurrent layer remembers: exact gradients through time, of several models',
  icon: History,
  rank: 20,
  settings: () => [],
  score: (run) => ((run.recurrent?.length ?? 0) === 0 ? 0 : run.attention.length > 0 ? 0.7 : 0.95),
  load: async () => adapted(await import('./Memory.svelte')),
};
