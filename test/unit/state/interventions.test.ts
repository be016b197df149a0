import { describe, expect, test } from 'vitest';
import { HeadgateError } from '../../../src/common/error.ts';
import type { Run } from '../../../src/renderer/runs/run.ts';
import type { Intervention } from '../../../src/renderer/runs/facets/changes.ts';
import { must } from '../../helpers/must.ts';
import { last, opened } from './opened.ts';
import { fakeRun, settle, type FakeModel, type FakeRun } from './stand-ins.ts';
import { facetsOf } from '../../../src/renderer/runs/facet.ts';

/** A changed run that waits for the test. */
interface Pending {
  readonly base: Run;
  readonly changes: readonly Intervention[];
  readonly signal: AbortSignal;
  finish(): FakeRun;
  fail(error: Error): void;
}

/** Lets a model's runs be changed. */
function changeable(model: FakeModel): Pending[] {
  const pending: Pending[] = [];
  model.intervene = (base, changes, signal) =>
    new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
      const finish = () => {
        const run = fakeRun(model.id, {
          text: base.text,
          tokens: base.tokens,
          vocabulary: () => must(base.tokens[0]),
        });
        Object.assign(run, { facet: facetsOf({ changes: { base, changes, difference: null } }) });
        resolve(run);
        return run;
      };
      pending.push({ base, changes, signal, finish, fail: reject });
    });
  return pending;
}

async function changing() {
  const state = await opened();
  const changed = changeable(state.model);
  return { ...state, changed, interventions: state.session.interventions };
}

const silent = (layer: number, head: number) => ({ kind: 'head', layer, head, factor: 0 }) as const;

describe('a change', () => {
  test('is made of the run on screen; both are there, and clearing gives the original back', async () => {
    const { session, model, first, changed, interventions } = await changing();
    void interventions.toggleHead({ layer: 1, head: 0 }, 0);
    await settle();
    expect(model.pending).toHaveLength(1);
    expect(must(changed[0]).base).toBe(first);
    expect(must(changed[0]).changes).toEqual([silent(1, 0)]);
    expect(session.phase).toBe('running');
    expect(session.run).toBe(first);
    const run = must(changed[0]).finish();
    await settle();
    expect(session.run).toBe(run);
    session.screen.original = true;
    expect(session.run).toBe(first);
    expect(first.disposed).toBe(false);
    void interventions.clear();
    await settle();
    expect(session.run).toBe(first);
    expect(run.disposed).toBe(true);
    expect(first.disposed).toBe(false);
    expect(session.screen.changed).toBeNull();
  });

  test('the latest wish wins: a slider that moves on stops the run before', async () => {
    const { session, changed, interventions, first } = await changing();
    void interventions.setHead({ layer: 0, head: 1 }, 0.5);
    await settle();
    void interventions.setHead({ layer: 0, head: 1 }, 0.25);
    void interventions.setHead({ layer: 0, head: 1 }, 0.75);
    await settle();
    expect(must(changed[0]).signal.aborted).toBe(true);
    expect(changed.map(({ changes }) => changes)).toEqual([
      [{ ...silent(0, 1), factor: 0.5 }],
      [{ ...silent(0, 1), factor: 0.75 }],
    ]);
    must(changed[1]).finish();
    await settle();
    expect(interventions.factorOf({ layer: 0, head: 1 })).toBe(0.75);
    expect(first.disposed).toBe(false);
    // As it was: nothing is changed any more.
    void interventions.setHead({ layer: 0, head: 1 }, 1);
    await settle();
    expect(interventions.changes).toEqual([]);
    expect(session.run).toBe(first);
  });

  test('is made again for a new text, where the text has room for it', async () => {
    const { session, model, changed, interventions, first } = await changing();
    void interventions.toggleHead({ layer: 0, head: 0 }, 'mean');
    void interventions.toggleZero({ layer: 2, position: 3 });
    await settle();
    const before = must(changed.at(-1)).finish();
    await settle();
    session.setText('two words');
    await settle();
    const base = last(model).finish();
    await settle();
    expect(must(changed.at(-1)).base).toBe(base);
    expect(must(changed.at(-1)).changes).toEqual([{ ...silent(0, 0), factor: 'mean' }]);
    // What was there stays until the changed run is, then both go.
    expect(session.run).toBe(before);
    const after = must(changed.at(-1)).finish();
    await settle();
    expect(session.run).toBe(after);
    expect([first.disposed, before.disposed, base.disposed]).toEqual([true, true, false]);
    expect(interventions.changes).toHaveLength(2);
  });

  test('that comes while a new text is on its way waits for that text’s run', async () => {
    const { session, model, changed, interventions } = await changing();
    session.setText('newer text');
    await settle();
    void interventions.toggleHead({ layer: 0, head: 0 }, 0);
    await settle();
    expect(changed).toHaveLength(0);
    const base = last(model).finish();
    await settle();
    expect(must(changed[0]).base).toBe(base);
  });

  test('that can’t be made is told, and the run without it is shown', async () => {
    const { session, model, changed, interventions, notices } = await changing();
    void interventions.toggleHead({ layer: 0, head: 0 }, 0);
    await settle();
    must(changed[0]).fail(new HeadgateError('bad-intervention', 'There is no head 0.', 'Choose another.'));
    await settle();
    expect(notices.list).toMatchObject([{ origin: 'run', error: { code: 'bad-intervention' } }]);
    session.setText('another text');
    await settle();
    const base = last(model).finish();
    await settle();
    must(changed[1]).fail(new HeadgateError('bad-intervention', 'There is no head 0.', 'Choose another.'));
    await settle();
    expect(session.run).toBe(base);
    expect(base.disposed).toBe(false);
  });

  test('a changed run that nobody waits for is thrown away, with the run it was made of', async () => {
    const { session, model, changed, interventions } = await changing();
    void interventions.toggleHead({ layer: 0, head: 0 }, 0);
    await settle();
    must(changed[0]).finish();
    await settle();
    session.setText('first');
    await settle();
    const base = last(model).finish();
    await settle();
    const late = must(changed[1]).finish();
    session.setText('second');
    await settle();
    expect([late.disposed, base.disposed]).toEqual([true, true]);
  });

  test('of one model is none of another', async () => {
    const { backend, changed, interventions, session } = await changing();
    void interventions.toggleHead({ layer: 0, head: 0 }, 0);
    await settle();
    must(changed[0]).finish();
    await settle();
    interventions.remember();
    const kept = session.run as FakeRun;
    void session.openById('b');
    await settle();
    const other = must(backend.loads[1]).finish();
    await settle();
    expect(interventions.changes).toEqual([]);
    expect(interventions.remembered).toBeNull();
    expect(interventions.isOffered).toBe(false);
    last(other).finish();
    await settle();
    expect(kept.disposed).toBe(true);
  });
});

test('after a lost device heads are changed again; states of runs that were on it are gone', async () => {
  const { backend, changed, interventions, session } = await changing();
  interventions.remember();
  void interventions.patch([{ place: { layer: 0, position: 0 }, from: 1 }]);
  void interventions.toggleHead({ layer: 1, head: 1 }, 0);
  await settle();
  must(changed.at(-1)).finish();
  await settle();
  backend.lose('reset');
  await settle();
  const again = must(backend.loads[1]).finish();
  const repeated = changeable(again);
  await settle();
  last(again).finish();
  await settle();
  expect(must(repeated[0]).changes).toEqual([silent(1, 1)]);
  must(repeated[0]).finish();
  await settle();
  expect(interventions.remembered).toBeNull();
  expect(session.phase).toBe('ready');
});

describe('a remembered run', () => {
  test('stays while another text runs, gives its states, and goes when nothing needs it', async () => {
    const { session, model, first, changed, interventions } = await changing();
    interventions.remember();
    session.setText('another text here');
    await settle();
    last(model).finish();
    await settle();
    expect(first.disposed).toBe(false);
    void interventions.patch([
      { place: { layer: 1, position: 0 }, from: 0 },
      { place: { layer: 1, position: 2 }, from: 1 },
    ]);
    await settle();
    expect(must(changed[0]).changes).toEqual([
      { kind: 'state', layer: 1, position: 0, from: { run: first, position: 0 } },
      { kind: 'state', layer: 1, position: 2, from: { run: first, position: 1 } },
    ]);
    must(changed[0]).finish();
    await settle();
    interventions.forget();
    expect(first.disposed).toBe(false);
    void interventions.remove(interventions.changes);
    await settle();
    expect(first.disposed).toBe(true);
  });

  test('a patch takes the place of a zero at the same state, and forgetting frees what is not on screen', async () => {
    const { session, model, first, changed, interventions } = await changing();
    void interventions.toggleZero({ layer: 1, position: 0 });
    await settle();
    must(changed[0]).finish();
    await settle();
    interventions.remember();
    const source = session.run as FakeRun;
    session.setText('another text');
    await settle();
    last(model).finish();
    await settle();
    must(changed[1]).finish();
    await settle();
    expect(first.disposed).toBe(true);
    void interventions.patch([{ place: { layer: 1, position: 0 }, from: 0 }]);
    await settle();
    expect(interventions.changes).toHaveLength(1);
    must(changed[2]).finish();
    void interventions.clear();
    await settle();
    expect(source.disposed).toBe(false);
    interventions.forget();
    expect(source.disposed).toBe(true);
  });
});

test('what is written follows from the changes, and the last run can be compared', async () => {
  const { session, model, changed, interventions } = await changing();
  Object.assign(model, { writes: 'continuation' });
  void interventions.toggleHead({ layer: 0, head: 0 }, 0);
  await settle();
  must(changed[0]).finish();
  await settle();
  const count = must(session.run).tokens.length;
  void session.generate({ maxTokens: 1, prefix: [5] }, { count, force: [] });
  await settle();
  const bases = [last(model).finish()];
  await settle();
  must(changed[1]).finish();
  await settle();
  bases.push(last(model).finish());
  await settle();
  const written = must(changed[2]).finish();
  await settle();
  expect(session.run).toBe(written);
  expect(written.tokens).toHaveLength(count + 1);
  expect(session.screen.base).toBe(bases[1]);
  expect(bases.map(({ disposed }) => disposed)).toEqual([true, false]);
  expect(session.phase).toBe('ready');
});
