import type { Api } from '../../../src/renderer/api.ts';
import { Selection } from '../../../src/renderer/state/window/selection.svelte.ts';
import { Workbench } from '../../../src/renderer/state/window/workbench.svelte.ts';
import { must } from '../../helpers/must.ts';
import { appState, fakeApi, FakeBackend, settle, type FakeModel, type PendingRun } from './stand-ins.ts';

/** A window whose first model `a` is loaded and whose example has run. */
export async function opened(api: Partial<Api> = {}, hasChat = false) {
  const [backend, selection] = [new FakeBackend(), new Selection()];
  backend.hasChat = hasChat;
  const bench = new Workbench(fakeApi(api), backend, selection, []);
  const { session, slots, notices } = bench;
  const started = slots.start(Promise.resolve(appState));
  await settle();
  const model = must(backend.loads[0]).finish();
  await settle();
  const first = must(model.pending[0]).finish();
  await settle();
  await started;
  return { bench, session, slots, notices, backend, selection, model, first };
}

/** The run that a model was asked for last. */
export function last(model: FakeModel): PendingRun {
  return must(model.pending.at(-1));
}
