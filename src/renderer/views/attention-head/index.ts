import ScanEye from '@lucide/svelte/icons/scan-eye';
import type { ViewDefinition } from '../view.ts';

export const definition: ViewDefinition = {
  id: 'attention-head',
  title: 'One head',
  description: 'One head’s attention, token by token, at any zoom',
  icon: ScanEye,
  score: (run) => (run.attention.length > 0 ? 0.9 : 0),
  load: () => import('./AttentionHead.svelte'),
};
