import { expect, test } from 'vitest';
import { HeadgateError } from '../../../src/common/error.ts';
import { snapshot } from '../../../src/renderer/state/document/snapshot.ts';
import { must } from '../../helpers/must.ts';
import { last, opened } from './opened.ts';
import { detail, settle } from './stand-ins.ts';

const silent = { kind: 'head', layer: 0, head: 1, factor: 0 } as const;

/** A window on model `a`, and its document with another text, a change, and model `b` in slot B. */
async function saved(api: Parameters<typeof opened>[0] = {}) {
  const window = await opened(api);
  const now = snapshot(window.bench);
  const slot = must(now.slots[0]);
  const document = {
    ...now,
    slots: [
      { ...slot, text: 'one two' },
      {
        ...slot,
        letter: 'B' as const,
        model: { id: 'b', name: 'B' },
        text: 'three',
        linked: false,
        changes: [silent],
      },
    ],
    active: 'B' as const,
    weather: 'fine',
    version: 7,
  };
  return { ...window, text: JSON.stringify(document) };
}

test('a document brings its slots, texts and what is not understood back; a model that is there stays', async () => {
  const { bench, slots, backend, model, text } = await saved();
  const opening = bench.documents.open('x', text);
  await settle();
  last(model).finish();
  await settle();
  expect(backend.loads.map(({ id }) => id)).toEqual(['a', 'b']);
  const other = must(backend.loads[1]).finish();
  await settle();
  last(other).finish();
  await settle();
  await opening;
  expect(slots.list.map((slot) => [slot.letter, slot.run?.text])).toEqual([
    ['A', 'one two'],
    ['B', 'three'],
  ]);
  expect(slots.active.letter).toBe('B');
  expect(bench.session.quiet).toContain('comes from a later Headgate (version 7)');
  expect(must(slots.list[1]).interventions.changes).toEqual([silent]);
  expect(JSON.parse(bench.documents.text())).toMatchObject({ weather: 'fine' });
});

test('a slot that one goes to while models are still opened stays', async () => {
  const { bench, slots, backend, model, text } = await saved();
  const opening = bench.documents.open('x', text);
  await settle();
  expect(slots.active.letter).toBe('B');
  slots.active = must(slots.find('A'));
  last(model).finish();
  await settle();
  const other = must(backend.loads[1]).finish();
  await settle();
  last(other).finish();
  await settle();
  await opening;
  expect(slots.active.letter).toBe('A');
});

test('a model that has moved is told; its slot waits for it with all that it had', async () => {
  let isMoved = true;
  const { bench, slots, backend, model, notices, text } = await saved({
    model: (id: string) =>
      id === 'b' && isMoved
        ? Promise.reject(new HeadgateError('not-found', 'There is no model "b".', 'Choose one.'))
        : Promise.resolve(detail(id)),
  });
  const opening = bench.documents.open('x', text);
  await settle();
  last(model).finish();
  await settle();
  await opening;
  expect(notices.list).toMatchObject([{ slot: 'B', error: { code: 'model-moved' } }]);
  expect(must(slots.list[0]).run?.text).toBe('one two');
  const waiting = must(slots.list[1]);
  // Kept meanwhile, it loses nothing.
  expect(snapshot(bench).slots[1]).toMatchObject({ model: { id: 'b' }, text: 'three', changes: [silent] });
  isMoved = false;
  void waiting.openDetail(detail('b'));
  await settle();
  const found = must(backend.loads.at(-1)).finish();
  await settle();
  last(found).finish();
  await settle();
  expect([waiting.run?.text, waiting.missing]).toEqual(['three', null]);
  expect(waiting.interventions.changes).toEqual([silent]);
});

test('undo takes a step back without running what did not change', async () => {
  const { bench, model } = await opened();
  bench.documents.follow();
  const { active } = bench.layout;
  bench.layout.split(active, 'row');
  bench.documents.follow();
  expect(bench.documents.history.undoName).toBe('split pane');
  await bench.documents.undo();
  expect([bench.layout.active, model.pending.length]).toEqual([active, 1]);
  expect(bench.documents.history.redoName).toBe('split pane');
});

test('a model that is gone back to while another one is opened runs again, though the text is the same', async () => {
  const { bench, session, backend } = await opened();
  const document = JSON.stringify(snapshot(bench));
  void session.openById('b');
  await settle();
  const other = must(backend.loads[1]).finish();
  await settle();
  expect(last(other).input.text).toBe(session.text);
  // Its run is still computed, and on screen is that of the model before.
  const opening = bench.documents.open('x', document);
  await settle();
  const again = must(backend.loads[2]).finish();
  await settle();
  const run = last(again).finish();
  await settle();
  await opening;
  expect(session.run).toBe(run);
  expect([session.former, session.phase]).toEqual([null, 'ready']);
});

test('a model of a document with the text that is there runs it', async () => {
  const { bench, session, backend } = await opened();
  const now = snapshot(bench);
  const slot = must(now.slots[0]);
  const other = { ...slot, model: { id: 'b', name: 'B' } };
  const opening = bench.documents.open('x', JSON.stringify({ ...now, slots: [other] }));
  await settle();
  const model = must(backend.loads[1]).finish();
  await settle();
  const run = last(model).finish();
  await settle();
  await opening;
  expect([session.run, session.former]).toEqual([run, null]);
});
