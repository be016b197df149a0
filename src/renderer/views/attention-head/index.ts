import ScanEye from '@lucide/svelte/icons/scan-eye';
import { adapted } from '../adapted.ts';
import type { ViewDefinition } from '../view.ts';

export const definition: ViewDefinition = {
  id: 'attention-head',
  title: 'One head',
  description: 'One head’s attention, token by token, at any zoom',
  icon: ScanEye,
  rank: 40,
  settings: () => [],
  score: (run) => (run.attention.length > 0 ? 0.9 : 0),
  load: async () => adapted(await import('./AttentionHead.svelte')),
};
