import ScanEye from '@lucide/svelte/icons/scan-eye';
import { headSettings } from '../../common/head-settings.ts';
import type { ViewDefinition } from '../view.ts';

export const definition: ViewDefinition = {
  id: 'attention-head',
  title: 'One head',
  description: 'One head’s attention, token by token, at any zoom',
  icon: ScanEye,
  rank: 40,
  settings: (run) => [
    {
      ...{ name: 'mode', title: 'How the head is shown', kind: 'choice' as const },
      ...{ choices: ['matrix', 'lines'], default: 'matrix' },
    },
    {
      ...{ name: 'threshold', title: 'Lines of less weight are left out', kind: 'number' as const },
      ...{ least: 0, most: 1, whole: false, default: 0.1 },
    },
    ...headSettings(run),
  ],
  score: (run) => (run.attention.length > 0 ? 0.9 : 0),
  load: () => import('./AttentionHead.svelte'),
};
