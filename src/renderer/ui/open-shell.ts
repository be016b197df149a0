import { mount } from 'svelte';
import type { AppState } from '../../common/contract.ts';
import type { Api } from '../api.ts';
import App from '../App.svelte';
import { webgpuBackend } from '../state/device/backend-webgpu.ts';
import { Selection } from '../state/window/selection.svelte.ts';
import { keptPresented } from '../state/window/presented-page.ts';
import { openBesideById } from '../state/window/slot-actions.ts';
import { Workbench } from '../state/window/workbench.svelte.ts';
import { pointAt } from './drop/open-folder.ts';
import { views } from '../views/registry.ts';
import './tokens.css';
import './base.css';
import './floating.css';

/** Opens the window: its settings first, so that nothing jumps, then everything else. */
export async function openShell(api: Api, state: Promise<AppState>): Promise<void> {
  const bench = new Workbench(api, webgpuBackend, new Selection(), views);
  bench.slots.pointAt = ({ letter }) => void pointAt(bench, bench.slots.of(letter));
  await bench.settings.load();
  bench.layout.restore(bench.settings.layout);
  // Before the app is there, which keeps that it does not present.
  const presented = keptPresented();
  mount(App, { target: document.getElementById('app') ?? document.body, props: { bench } });
  await bench.slots.start(
    state,
    async ({ restores }) => {
      const isRestored = await bench.documents.begin(restores);
      if (presented !== null) bench.steps.resume(presented);
      if (!isRestored) bench.layout.keepSlots(bench.slots.list.map(({ letter }) => letter));
      return isRestored;
    },
    (id) => openBesideById(bench, id),
  );
}
