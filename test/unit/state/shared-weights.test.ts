import { expect, test, vi } from 'vitest';
import type { LoadProgress } from '../../../src/renderer/models/family.ts';
import type { WeightSource } from '../../../src/renderer/models/weights.ts';
import { SharedWeights } from '../../../src/renderer/state/session/shared-weights.ts';
import { must } from '../../helpers/must.ts';
import { duplicateSlot } from '../../../src/renderer/state/window/slot-actions.ts';
import { last, opened } from './opened.ts';
import { detail, FakeBackend, settle } from './stand-ins.ts';

/** A model whose files are in the state of `version`. */
const source = (id: string, version?: string, config: Record<string, unknown> = {}): WeightSource => ({
  model: { ...detail(id), config, ...(version !== undefined && { version }) },
  read: () => {
    throw new Error('Nothing is read here.');
  },
});
const progress = () => undefined;
const { signal } = new AbortController();

async function weights() {
  const backend = new FakeBackend();
  const device = await backend.openDevice(() => undefined);
  const shared = new SharedWeights(backend);
  return { backend, device, shared };
}

test('the same files are loaded once, and freed when the last holder gives them back', async () => {
  const { backend, device, shared } = await weights();
  const first = shared.hold(device, source('a', 'v1'), progress, signal);
  // The second comes while the first is under way.
  const heard: LoadProgress[] = [];
  const second = shared.hold(device, source('a', 'v1'), (one) => heard.push(one), signal);
  must(backend.loads[0]).progress({ done: 1, total: 2 });
  expect([backend.loads.length, heard.length]).toEqual([1, 1]);
  const model = must(backend.loads[0]).finish();
  const [a, b] = await Promise.all([first, second]);
  expect([a.loaded, b.loaded]).toEqual([model, model]);
  a.release();
  a.release();
  await settle();
  expect([model.disposed, shared.has('a')]).toEqual([false, true]);
  b.release();
  await settle();
  expect([model.disposed, shared.has('a')]).toEqual([true, false]);
});

test('files that were written since, another config and another device are loaded anew', async () => {
  const { backend, device, shared } = await weights();
  const other = await backend.openDevice(() => undefined);
  const held = shared.hold(device, source('a', 'v1'), progress, signal);
  await settle();
  must(backend.loads[0]).finish();
  await held;
  void shared.hold(device, source('a', 'v2'), progress, signal);
  void shared.hold(device, source('a', 'v1', { n_layer: 3 }), progress, signal);
  void shared.hold(other, source('a', 'v1'), progress, signal);
  expect(backend.loads).toHaveLength(4);
  // Where it can't be told, nothing is shared.
  for (const one of [source('b'), source('b')]) void shared.hold(device, one, progress, signal);
  expect(backend.loads).toHaveLength(6);
});

test('a load goes on while somebody waits for it, and stops when nobody does', async () => {
  const { backend, device, shared } = await weights();
  const [one, two] = [new AbortController(), new AbortController()];
  const own = source('a', 'v1');
  const first = shared.hold(device, own, progress, one.signal);
  const second = shared.hold(device, own, progress, two.signal);
  await settle();
  one.abort();
  await expect(first).rejects.toThrow();
  expect(must(backend.loads[0]).signal.aborted).toBe(false);
  two.abort();
  await expect(second).rejects.toThrow();
  expect(must(backend.loads[0]).signal.aborted).toBe(true);
  expect(shared.has('a')).toBe(false);
});

test('a load that fails is told to all who wait, and is tried again by the next', async () => {
  const { backend, device, shared } = await weights();
  const own = source('a', 'v1');
  const both = [1, 2].map(() => shared.hold(device, own, progress, signal));
  await settle();
  must(backend.loads[0]).step.reject(new Error('torn'));
  for (const one of both) await expect(one).rejects.toThrow('torn');
  void shared.hold(device, own, progress, signal);
  await settle();
  expect(backend.loads).toHaveLength(2);
});

test('a slot that is duplicated shares the weights, and either may be closed', async () => {
  vi.stubGlobal('navigator', {});
  const { bench, session, slots, backend, model } = await opened();
  const done = duplicateSlot(bench);
  await settle();
  const second = must(slots.find('B'));
  last(model).finish();
  await settle();
  last(model).finish();
  await done;
  expect(second.quiet).toMatch(/^Slot B has the weights of slot A/);
  expect(backend.loads).toHaveLength(1);
  expect(second.model?.loaded).toBe(session.model?.loaded);
  second.setLinked(false);
  second.setText('its own way');
  await settle();
  last(model).finish();
  await settle();
  expect(second.run?.text).toBe('its own way');
  expect(session.run?.text).not.toBe('its own way');
  await slots.close(session);
  await settle();
  expect(model.disposed).toBe(false);
});
