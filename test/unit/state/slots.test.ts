import { expect, test } from 'vitest';
import { must } from '../../helpers/must.ts';
import { last, opened } from './opened.ts';
import { settle, type FakeBackend, type FakeModel } from './stand-ins.ts';

/** Lets the newest load end, and the run after it. */
async function finish(backend: FakeBackend): Promise<FakeModel> {
  const model = must(backend.loads.at(-1)).finish();
  await settle();
  last(model).finish();
  await settle();
  return model;
}

/** A window with model `a` in slot A and model `b` in slot B, both linked. */
async function two() {
  const window = await opened();
  const second = must(window.slots.add());
  void second.openById('b');
  await settle();
  return { ...window, second, other: await finish(window.backend) };
}

test('a slot beside another takes its text, and both follow what is typed in either', async () => {
  const { session, second, model, other } = await two();
  expect([second.letter, second.text]).toEqual(['B', session.text]);
  second.setText('one two');
  await settle();
  expect([last(model).input.text, last(other).input.text]).toEqual(['one two', 'one two']);
  session.setText('three');
  expect(second.text).toBe('three');
});

test('an unlinked slot keeps its text until it is linked again', async () => {
  const { session, second } = await two();
  second.setLinked(false);
  session.setText('for a');
  second.setText('for b');
  expect([session.text, second.text]).toEqual(['for a', 'for b']);
  second.setLinked(true);
  expect(second.text).toBe('for a');
});

test('a slot that is closed gives everything back, and its letter is free', async () => {
  const { slots, second, other } = await two();
  const run = must(second.run);
  slots.active = second;
  await slots.close(second);
  await settle();
  expect(other.disposed).toBe(true);
  expect(run).toMatchObject({ disposed: true });
  expect(slots.active.letter).toBe('A');
  expect(must(slots.add()).letter).toBe('B');
});

test('there are four slots at most, and one at least', async () => {
  const { slots, session } = await opened();
  expect([slots.add(), slots.add(), slots.add()].map((slot) => slot?.letter)).toEqual(['B', 'C', 'D']);
  expect([slots.canAdd, slots.add()]).toEqual([false, null]);
  for (const slot of slots.list.slice(1)) await slots.close(slot);
  await slots.close(session);
  expect(slots.list).toEqual([session]);
  expect(session.run).not.toBeNull();
});

test('a lost device brings the models of all slots back, and their runs', async () => {
  const { session, second, backend } = await two();
  backend.lose('reset');
  await settle();
  const again = backend.loads.slice(-2);
  expect(again.map(({ id, device }) => [id, device.name])).toEqual([
    ['a', 'device 2'],
    ['b', 'device 2'],
  ]);
  const models = again.map((load) => load.finish());
  await settle();
  const runs = models.map((model) => last(model).finish());
  await settle();
  expect([session.run, second.run]).toEqual(runs);
});

test('an error of one slot stands beside that of another, and goes with its own next run', async () => {
  const { session, second, model, other, notices } = await two();
  session.setText('no');
  await settle();
  for (const each of [model, other]) last(each).step.reject(new Error('no'));
  await settle();
  expect(notices.list.map(({ slot }) => slot)).toEqual(['A', 'B']);
  void second.runAgain();
  await settle();
  last(other).finish();
  await settle();
  expect(notices.list.map(({ slot }) => slot)).toEqual(['A']);
});
