import { expect, test } from 'vitest';
import { must } from '../../helpers/must.ts';
import { last, opened } from './opened.ts';
import { settle } from './stand-ins.ts';

test('while another model takes its place, the output on screen is the former one’s until the new run is there', async () => {
  const { session, backend } = await opened();
  expect(session.former).toBeNull();
  void session.openById('b');
  await settle();
  expect(session.former).toBe('a');
  const model = must(backend.loads[1]).finish();
  await settle();
  expect([session.loading, session.former]).toEqual([null, 'a']);
  last(model).finish();
  await settle();
  expect(session.former).toBeNull();
});

test('a text that is cleared leaves nothing that was written', async () => {
  const { session, model } = await opened();
  Object.assign(model, { writes: 'continuation' });
  session.setText('the white whale');
  await settle();
  last(model).finish();
  await settle();
  session.setText('');
  await settle();
  expect([session.run?.text, session.writing.written]).toEqual(['the white whale', '']);
});

test('what views work on is counted until it ends', async () => {
  const { Activity } = await import('../../../src/renderer/common/activity.svelte.ts');
  const activity = new Activity();
  const end = activity.begin();
  activity.follow(Promise.reject(new Error('no')));
  expect(activity.isBusy).toBe(true);
  await settle();
  end();
  end();
  expect(activity.isBusy).toBe(false);
  activity.begin();
  expect(activity.isBusy).toBe(true);
});
