import { beforeEach, describe, expect, test, vi } from 'vitest';
import { HeadgateError } from '../../../src/common/error.ts';
import { Selection } from '../../../src/renderer/state/window/selection.svelte.ts';
import { Workbench } from '../../../src/renderer/state/window/workbench.svelte.ts';
import { must } from '../../helpers/must.ts';
import { safetensorsOf } from '../formats/make-safetensors.ts';
import { last, opened } from './opened.ts';
import { appState, FakeBackend, fakeApi, settle } from './stand-ins.ts';

/** The longest example that 16 tokens take. */
const FIRST = 'The captain looked at the sea, and the whale looked at the captain.';

describe('start', () => {
  let backend: FakeBackend;
  let selection: Selection;

  beforeEach(() => {
    backend = new FakeBackend();
    selection = new Selection();
  });

  test('goes from starting over loading and running to ready', async () => {
    const { session, slots } = new Workbench(fakeApi(), backend, selection, []);
    expect(session.phase).toBe('starting');
    void slots.start(Promise.resolve(appState));
    await settle();
    expect(session.phase).toBe('loading');
    must(backend.loads[0]).progress({ done: 30, total: 100 });
    expect(session.loading).toEqual({ name: 'A', model: 'a', done: 30, total: 100 });
    const model = must(backend.loads[0]).finish();
    await settle();
    expect(session.phase).toBe('running');
    expect(last(model).input.text).toBe(FIRST);
    const run = last(model).finish();
    await settle();
    expect(session.phase).toBe('ready');
    expect(session.run).toBe(run);
  });

  test('the device gets the memory budget of the settings', async () => {
    const settings = {
      theme: 'system' as const,
      activationBudgetMiB: 64,
      memoryBudgetMiB: 8192,
      window: {},
      tuning: {},
    };
    const bench = new Workbench(
      fakeApi({ settings: () => Promise.resolve(settings) }),
      backend,
      selection,
      [],
    );
    await bench.settings.load();
    void bench.slots.start(Promise.resolve(appState));
    await settle();
    expect(backend.budget).toBe(64 * 2 ** 20);
  });

  test('without WebGPU says so and loads nothing', async () => {
    backend.deviceErrors.push(new HeadgateError('no-webgpu', 'None.', 'Get one.'));
    const { session, slots, notices } = new Workbench(fakeApi(), backend, selection, []);
    await slots.start(Promise.resolve(appState));
    expect(slots.device.state).toMatchObject({ kind: 'unsupported', error: { code: 'no-webgpu' } });
    expect(session.phase).toBe('error');
    expect(backend.loads).toEqual([]);
    expect(notices.list).toEqual([]);
  });

  test('a model that could not be opened by the host is told; the library is there', async () => {
    const startError = { code: 'missing-file', message: 'No config.json.', hint: 'Add it.' };
    const { session, slots, notices } = new Workbench(fakeApi(), backend, selection, []);
    await slots.start(Promise.resolve({ ...appState, startModel: null, startError }));
    expect(session.phase).toBe('error');
    expect(notices.list).toMatchObject([{ origin: 'open', error: startError }]);
    expect(slots.shelf.models).toHaveLength(2);
  });

  test('a host that does not answer is told', async () => {
    const { session, slots, notices } = new Workbench(fakeApi(), backend, selection, []);
    await slots.start(Promise.reject(new HeadgateError('host-unreachable', 'Gone.', 'Start again.')));
    expect(session.phase).toBe('error');
    expect(notices.list).toMatchObject([{ error: { code: 'host-unreachable' } }]);
  });
});

describe('typing', () => {
  test('the latest text wins, and the old run stays until then', async () => {
    const { session, model, first } = await opened();
    session.setText('one');
    await settle();
    session.setText('one two');
    await settle();
    expect(must(model.pending[1]).signal.aborted).toBe(true);
    expect(session.run).toBe(first);
    expect(first.disposed).toBe(false);
    expect(session.isStale).toBe(true);
    expect(session.phase).toBe('running');
    const second = last(model).finish();
    await settle();
    expect(session.run).toBe(second);
    expect(first.disposed).toBe(true);
    expect(session.phase).toBe('ready');
  });

  test('a run that finishes although it was cancelled is thrown away', async () => {
    const { session, model, first } = await opened();
    session.setText('slow');
    await settle();
    const slow = last(model);
    const late = slow.finish();
    session.setText('fast');
    await settle();
    expect(late.disposed).toBe(true);
    expect(session.run).toBe(first);
    const fast = last(model).finish();
    await settle();
    expect(session.run).toBe(fast);
  });

  test('one run at a time is on the GPU, and texts in between are skipped', async () => {
    const { session, model } = await opened();
    for (const text of ['a', 'ab', 'abc', 'abcd']) session.setText(text);
    await settle();
    expect(model.pending.slice(1).map(({ input }) => input.text)).toEqual(['abcd']);
    expect(session.encoding).toMatchObject({ text: 'abcd' });
  });

  test('an error keeps the old picture and goes away with the next run', async () => {
    const { session, model, first, notices } = await opened();
    session.setText('too long');
    await settle();
    last(model).step.reject(new HeadgateError('too-long', 'Too many tokens.', 'Cut it.'));
    await settle();
    expect(session.phase).toBe('error');
    expect(session.run).toBe(first);
    expect(first.disposed).toBe(false);
    expect(notices.list).toMatchObject([{ origin: 'run', error: { code: 'too-long' } }]);
    session.setText('short');
    await settle();
    last(model).finish();
    await settle();
    expect(notices.list).toEqual([]);
    expect(session.phase).toBe('ready');
  });

  test('an empty text is no error and keeps the picture', async () => {
    const { session, model, first, notices } = await opened();
    session.setText('');
    await settle();
    expect(model.pending).toHaveLength(1);
    expect(session.run).toBe(first);
    expect(session.phase).toBe('ready');
    expect(session.quiet).toMatch(/empty/);
    expect(notices.list).toEqual([]);
  });

  test('a long run says how far it is, and can be stopped', async () => {
    const { session, model, first } = await opened();
    session.setText('long');
    await settle();
    must(last(model).input.onProgress)(30, 100);
    expect(session.progress).toBe(0.3);
    session.cancelRun();
    await settle();
    expect(session.phase).toBe('ready');
    expect(session.run).toBe(first);
    expect(session.isStale).toBe(true);
    void session.runAgain();
    expect(session.progress).toBeNull();
  });

  test('a lock stays while the tokens up to it do', async () => {
    const { session, model, selection } = await opened();
    session.setText('one two three');
    await settle();
    last(model).finish();
    await settle();
    selection.lock({ token: { side: 'target', index: 1 } });
    session.setText('one two three four');
    await settle();
    last(model).finish();
    await settle();
    expect(selection.locked).toEqual({ token: { side: 'target', index: 1 } });
    session.setText('one 2 three four');
    await settle();
    last(model).finish();
    await settle();
    expect(selection.locked).toBeNull();
  });
});

describe('opening another model', () => {
  test('what is written while it opens is run by it; what was written before is the former one’s', async () => {
    const { session, backend } = await opened();
    session.setText('before');
    await settle();
    void session.openById('b');
    await settle();
    session.setText('meant for b');
    await settle();
    const b = must(backend.loads[1]).finish();
    await settle();
    expect([session.text, last(b).input.text]).toEqual(['meant for b', 'meant for b']);
    last(b).finish();
    await settle();
    void session.openById('a');
    await settle();
    const a = must(backend.loads[2]).finish();
    await settle();
    expect(last(a).input.text).not.toBe('meant for b');
  });

  test('the former one stays usable while it loads, and goes when the new one has run', async () => {
    const { session, model, first, backend } = await opened();
    void session.openById('b');
    await settle();
    session.setText('meanwhile');
    await settle();
    const meanwhile = last(model).finish();
    await settle();
    expect(session.run).toBe(meanwhile);
    expect(first.disposed).toBe(true);
    expect(session.phase).toBe('loading');
    const other = must(backend.loads[1]).finish();
    await settle();
    expect(model.disposed).toBe(false);
    expect(session.run).toBe(meanwhile);
    const run = last(other).finish();
    await settle();
    expect(session.run).toBe(run);
    expect(model.disposed).toBe(true);
    expect(must(backend.tokenizers[0]).disposed).toBe(true);
  });

  test('a failed load keeps the former one, says why and can be tried again', async () => {
    const { session, model, first, notices, backend } = await opened();
    void session.openById('b');
    await settle();
    must(backend.loads[1]).step.reject(new HeadgateError('missing-tensor', 'No wte.', 'Export again.'));
    await settle();
    expect(session.phase).toBe('error');
    expect(session.run).toBe(first);
    expect(session.model?.source.model.id).toBe('a');
    expect(must(backend.tokenizers[1]).disposed).toBe(true);
    expect(model.disposed).toBe(false);
    session.setText('still here');
    await settle();
    last(model).finish();
    await settle();
    expect(session.phase).toBe('ready');
    expect(notices.list).toMatchObject([{ origin: 'open', error: { code: 'missing-tensor' } }]);
    must(must(notices.list[0]).action).run();
    await settle();
    expect(backend.loads).toHaveLength(3);
    expect(notices.list).toEqual([]);
  });

  test('cancelling keeps the former one and is no error', async () => {
    const { session, first, notices, backend } = await opened();
    void session.openById('b');
    await settle();
    session.cancelLoading();
    await settle();
    expect(must(backend.loads[1]).signal.aborted).toBe(true);
    expect(session.phase).toBe('ready');
    expect(session.run).toBe(first);
    expect(notices.list).toEqual([]);
  });

  test('the latest choice wins', async () => {
    const { session, backend } = await opened();
    void session.openById('b');
    await settle();
    void session.openById('a');
    await settle();
    expect(must(backend.loads[1]).signal.aborted).toBe(true);
    expect(session.loading?.model).toBe('a');
  });

  test('every model has its own last text', async () => {
    const { session, model, backend } = await opened();
    session.setText('for a');
    await settle();
    last(model).finish();
    await settle();
    void session.openById('b');
    await settle();
    must(backend.loads[1]).finish();
    expect(session.text).toBe('for a');
    await settle();
    expect(session.text).toBe(FIRST);
    void session.openById('a');
    await settle();
    must(backend.loads[2]).finish();
    await settle();
    expect(session.text).toBe('for a');
  });

  test('a dropped folder is listed and can be opened again, without the host', async () => {
    const { session, slots, backend } = await opened({
      forget: () => Promise.reject(new Error('The host knows no dropped models.')),
    });
    const file = new Blob([safetensorsOf({ a: [2] })]);
    void session.openDropped({ name: 'D', files: [{ name: 'model.safetensors', file }] });
    await vi.waitFor(() => expect(backend.loads).toHaveLength(2));
    const first = must(backend.loads[1]);
    first.finish();
    await settle();
    expect(slots.shelf.models.map(({ id }) => id)).toEqual(['a', 'b', first.id]);
    const before = session.model;
    await session.openById(first.id);
    // It is on the GPU already: nothing is loaded again.
    expect(session.model).not.toBe(before);
    expect(backend.loads).toHaveLength(2);
    await slots.forget(first.id);
    expect(slots.shelf.models.map(({ id }) => id)).toEqual(['a', 'b']);
  });

  test('closing the folder dialog changes nothing', async () => {
    const { session, slots, first } = await opened();
    await slots.pick();
    expect(session.phase).toBe('ready');
    expect(session.run).toBe(first);
  });
});
