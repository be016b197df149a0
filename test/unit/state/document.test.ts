import { describe, expect, test } from 'vitest';
import {
  isNewer,
  parseDocument,
  type ChangeRef,
  type Screenful,
} from '../../../src/renderer/state/document/document.ts';
import { History, withTextsOf } from '../../../src/renderer/state/document/history.svelte.ts';
import { DEFAULT_LAYOUT, closePane, setSlot, setView } from '../../../src/renderer/state/document/layout.ts';
import { nameOfStep } from '../../../src/renderer/state/document/step-names.ts';

const slot = (letter: 'A' | 'B', changes: ChangeRef[] = [], text = 'The sea') => ({
  letter,
  model: { id: 'm', name: 'M' },
  text,
  pair: null,
  excerpt: null,
  chat: false,
  linked: true,
  decode: null,
  changes,
  original: false,
  written: [],
});

const pane = (id: string, view: string, state: unknown = {}) => ({
  id,
  view,
  slots: ['A' as const],
  state,
});

const screen: Screenful = {
  slots: [slot('A')],
  active: 'A',
  layout: DEFAULT_LAYOUT,
  pane: 'p1',
  maximised: false,
  panes: [pane('p1', 'attention-grid'), pane('p2', 'trajectory'), pane('p3', 'attention-head')],
  selection: { locked: null, head: { layer: 0, head: 0 } },
  display: { log: false, hideFirst: false, attention: 'self' },
};

const silent = (layer: number, head: number): ChangeRef => ({ kind: 'head', layer, head, factor: 0 });
const title = (view: string) => (view === 'trajectory' ? 'Trajectory' : view);

test.each<[string | null, Screenful, Screenful]>([
  ['silence L1 H3', screen, { ...screen, slots: [slot('A', [silent(1, 3)])] }],
  ['restore L1 H3', { ...screen, slots: [slot('A', [silent(1, 3)])] }, screen],
  ['clear all changes', { ...screen, slots: [slot('A', [silent(1, 3), silent(0, 0)])] }, screen],
  ['L0 H2 × 0.5', screen, { ...screen, slots: [slot('A', [{ ...silent(0, 2), factor: 0.5 } as ChangeRef])] }],
  [
    'zero the state of token 2 at L1',
    screen,
    { ...screen, slots: [slot('A', [{ kind: 'state', layer: 1, position: 2, from: null }])] },
  ],
  ['open slot B', screen, { ...screen, slots: [slot('A'), slot('B')] }],
  ['close slot B', { ...screen, slots: [slot('A'), slot('B')] }, screen],
  ['maximise pane', screen, { ...screen, maximised: true }],
  ['restore panes', { ...screen, maximised: true }, screen],
  ['close pane', { ...screen, maximised: true }, { ...screen, layout: closePane(DEFAULT_LAYOUT, 'p2') }],
  ['close pane', screen, { ...screen, layout: closePane(DEFAULT_LAYOUT, 'p2') }],
  ['show Trajectory', screen, { ...screen, layout: setView(DEFAULT_LAYOUT, 'p1', 'trajectory') }],
  ['show slot B', screen, { ...screen, layout: setSlot(DEFAULT_LAYOUT, 'p1', 'B') }],
  ['attention settings', screen, { ...screen, display: { ...screen.display, log: true } }],
  [
    'Trajectory settings',
    screen,
    { ...screen, panes: screen.panes.map((one) => (one.id === 'p2' ? { ...one, state: { zoom: 2 } } : one)) },
  ],
  [
    null,
    { ...screen, panes: screen.panes.map((one) => ({ ...one, state: { zoom: 2, kept: { axes: null } } })) },
    { ...screen, panes: screen.panes.map((one) => ({ ...one, state: { zoom: 2, kept: { axes: 'AA' } } })) },
  ],
  // Where a view is scrolled to, and the head that the window proposes.
  [
    null,
    { ...screen, panes: screen.panes.map((one) => ({ ...one, state: { scroll: 0, first: null, zoom: 2 } })) },
    { ...screen, panes: screen.panes.map((one) => ({ ...one, state: { scroll: 9, first: 3, zoom: 2 } })) },
  ],
  [
    null,
    { ...screen, panes: screen.panes.map((one) => ({ ...one, state: { held: false, head: 0 } })) },
    { ...screen, panes: screen.panes.map((one) => ({ ...one, state: { held: false, head: 1 } })) },
  ],
  [
    'attention-grid settings',
    { ...screen, panes: screen.panes.map((one) => ({ ...one, state: { held: true, head: 0 } })) },
    { ...screen, panes: screen.panes.map((one) => ({ ...one, state: { held: true, head: 1 } })) },
  ],
  [null, screen, { ...screen, slots: [slot('A', [], 'The seal')] }],
  [null, screen, { ...screen, selection: { ...screen.selection, head: { layer: 1, head: 1 } } }],
])('the step is called %s', (name, before, after) => {
  expect(nameOfStep(before, after, title)).toBe(name);
});

describe('history', () => {
  const other = { ...screen, pane: 'p2' };

  test('goes back and forth, and a step in between ends what was undone', () => {
    const history = new History();
    expect([history.undo(screen), history.redo(screen)]).toEqual([null, null]);
    history.step('close pane', screen, 0);
    expect(history.undoName).toBe('close pane');
    expect(history.undo(other)).toBe(screen);
    expect([history.undoName, history.redoName]).toEqual([null, 'close pane']);
    expect(history.redo(screen)).toBe(other);
    history.undo(other);
    history.step('split pane', screen, 5000);
    expect(history.redoName).toBeNull();
  });

  test('steps of one name in a row are one', () => {
    const history = new History();
    history.step('L0 H0 settings', screen, 0);
    history.step('L0 H0 settings', other, 400);
    history.step('L0 H0 settings', other, 1200);
    history.step('L0 H0 settings', other, 9000);
    expect(history.undo(other)).toBe(other);
    expect(history.undo(other)).toBe(screen);
    expect(history.undoName).toBeNull();
  });

  test('typing is not taken back', () => {
    const now = { ...screen, slots: [slot('A', [], 'The seal')] };
    expect(withTextsOf({ ...screen, slots: [slot('A', [silent(0, 0)])] }, now).slots).toEqual([
      slot('A', [silent(0, 0)], 'The seal'),
    ]);
  });
});

describe('a file', () => {
  const document = { version: 1, ...screen, steps: [] };
  const parse = (value: unknown) => parseDocument('x.headgate', JSON.stringify(value));

  test('views that have another name now are found by their old one', () => {
    const old = {
      version: 1,
      ...screen,
      panes: [pane('p1', 'predictions')],
      layout: setView(DEFAULT_LAYOUT, 'p1', 'predictions'),
    };
    const { panes: shown, layout } = parse(old);
    expect([shown[0]?.view, JSON.stringify(layout)]).toEqual([
      'outputs',
      expect.stringContaining('"outputs"'),
    ]);
  });

  test('comes back as it was, with what this version does not know', () => {
    const later = { ...document, version: 2, weather: 'fine', slots: [{ ...slot('A'), mood: 'good' }] };
    expect(parse(later)).toEqual(later);
    expect([isNewer(parse(document)), isNewer(parse(later))]).toEqual([false, true]);
  });

  test.each([
    ['{', 'it is not valid JSON: it ends too early (line 1, column 2).'],
    [`{"a":${'['.repeat(5000)}`, 'it is nested deeper than'],
    ['[]', 'it holds no object.'],
    ['{}', '“version” is missing.'],
    [{ version: '1' }, '“version” is "1"; it must be a number.'],
    [{ version: 0 }, '“version” is 0; it must be at least 1.'],
    [{ slots: undefined }, '“slots” is missing.'],
    [{ slots: [] }, '“slots” is []; it must be at least 1 long.'],
    [{ slots: Array(5).fill(slot('A')) }, '“slots” is a list ('],
    [{ slots: [{ ...slot('A'), letter: 'E' }] }, '“slots.0.letter” is "E"; it must be “A”, “B”, “C” or “D”.'],
    [{ slots: [{ ...slot('A'), text: 'a'.repeat(2e6) }] }, '“slots.0.text” is "aaa'],
    [{ layout: { kind: 'split' } }, '“layout” is no arrangement of panes.'],
    [
      { slots: [slot('A', [{ kind: 'x' } as never])] },
      '“slots.0.changes.0.kind” is "x"; it must be “head” or “state”',
    ],
    [{ selection: { locked: { token: { index: 1 } } } }, '“selection.'],
  ])('that is damaged is refused by what is wrong, %#', (change, says) => {
    const text = typeof change === 'string' ? change : JSON.stringify({ ...document, ...change });
    const told = /^x\.headgate is no session that can be opened: /;
    expect(() => parseDocument('x.headgate', text)).toThrow(told);
    expect(() => parseDocument('x.headgate', text)).toThrow(says);
    expect(() => parseDocument('x.headgate', text)).not.toThrow(/undefined|received|\[object/);
  });
});
