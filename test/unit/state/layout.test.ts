import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  DEFAULT_LAYOUT,
  MAX_PANES,
  MIN_SHARE,
  assignViews,
  closePane,
  dropSlot,
  evenSplit,
  freshPaneId,
  handles,
  isCramped,
  moveHandle,
  paneRects,
  panes,
  parseLayout,
  setSlot,
  setView,
  splitPane,
  swapPanes,
  type LayoutNode,
} from '../../../src/renderer/state/document/layout.ts';
import { Layout } from '../../../src/renderer/state/document/layout.svelte.ts';
import { must } from '../../helpers/must.ts';

const one: LayoutNode = { kind: 'pane', id: 'p1', view: 'a', slot: 'A' };
const ids = (tree: LayoutNode): string[] => panes(tree).map((pane) => pane.id);
const pane = (id: string, view: string | null = null) => ({ kind: 'pane' as const, id, view, slot: 'A' });

describe('layout tree', () => {
  test('the default shows three different views', () => {
    expect(panes(DEFAULT_LAYOUT).map(({ view }) => view)).toEqual([
      'attention-grid',
      'trajectory',
      'attention-head',
    ]);
  });

  test('a split puts the new pane after the old one and halves its room', () => {
    const tree = splitPane(one, 'p1', 'row', pane('p2'));
    expect(ids(tree)).toEqual(['p1', 'p2']);
    expect(paneRects(tree).get('p2')).toEqual({ x: 0.5, y: 0, width: 0.5, height: 1 });
  });

  test('splits in one direction share one level', () => {
    const tree = splitPane(splitPane(one, 'p1', 'row', pane('p2')), 'p2', 'row', pane('p3'));
    expect(tree).toMatchObject({ kind: 'split', sizes: [0.5, 0.25, 0.25] });
    expect(ids(tree)).toEqual(['p1', 'p2', 'p3']);
  });

  test('closing gives the room to the neighbours and melts lone splits', () => {
    const tree = closePane(DEFAULT_LAYOUT, 'p3');
    expect(tree).toMatchObject({ kind: 'split', direction: 'column', sizes: [0.47, 0.53] });
    expect(closePane(tree, 'p1')).toEqual({ kind: 'pane', id: 'p2', view: 'trajectory', slot: 'A' });
  });

  test('panes are cramped where one of them can not be read from the back of a room', () => {
    const halves = splitPane(one, 'p1', 'row', pane('p2'));
    const small = { width: 1280, height: 720 };
    expect(isCramped(one, small)).toBe(false);
    expect(isCramped(halves, small)).toBe(false);
    expect(isCramped(splitPane(halves, 'p1', 'column', pane('p3')), small)).toBe(true);
    expect(isCramped(DEFAULT_LAYOUT, small)).toBe(true);
    expect(isCramped(DEFAULT_LAYOUT, { width: 1920, height: 1080 })).toBe(false);
  });

  test('the last pane stays', () => {
    expect(closePane(one, 'p1')).toBe(one);
  });

  test('a handle moves between its neighbours only and keeps a least share', () => {
    const tree = splitPane(splitPane(one, 'p1', 'row', pane('p2')), 'p2', 'row', pane('p3'));
    const split = must(handles(tree)[0]).split;
    expect(moveHandle(tree, split, 0, 0.3)).toMatchObject({ sizes: [0.3, 0.45, 0.25] });
    const far = moveHandle(tree, split, 0, -1);
    expect(must(paneRects(far).get('p1')).width).toBeCloseTo(MIN_SHARE);
    expect(must(paneRects(far).get('p3')).width).toBeCloseTo(0.25);
    expect(evenSplit(tree, split)).toMatchObject({ sizes: [1 / 3, 1 / 3, 1 / 3] });
  });

  test('two panes change places and keep their sizes', () => {
    const tree = swapPanes(DEFAULT_LAYOUT, 'p1', 'p3');
    expect(ids(tree)).toEqual(['p3', 'p2', 'p1']);
    expect(paneRects(tree).get('p3')).toEqual(paneRects(DEFAULT_LAYOUT).get('p1'));
    expect(swapPanes(tree, 'p1', 'missing')).toBe(tree);
  });

  test('any series of operations covers the area without overlap', () => {
    const step = fc.record({
      kind: fc.constantFrom('split', 'close', 'move', 'swap'),
      at: fc.nat(20),
      direction: fc.constantFrom('row' as const, 'column' as const),
      to: fc.double({ min: -0.5, max: 1.5, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        let tree: LayoutNode = DEFAULT_LAYOUT;
        for (const { kind, at, direction, to } of steps) {
          const all = ids(tree);
          const id = must(all[at % all.length]);
          const bars = handles(tree);
          const bar = bars[at % Math.max(bars.length, 1)];
          if (kind === 'split') tree = splitPane(tree, id, direction, pane(freshPaneId(tree)));
          else if (kind === 'close') tree = closePane(tree, id);
          else if (kind === 'swap') tree = swapPanes(tree, id, must(all[0]));
          else if (bar !== undefined) tree = moveHandle(tree, bar.split, bar.index, to);
        }
        const rects = [...paneRects(tree).values()];
        expect(new Set(ids(tree)).size).toBe(rects.length);
        expect(rects.reduce((area, { width, height }) => area + width * height, 0)).toBeCloseTo(1, 9);
        for (const [i, a] of rects.entries())
          for (const b of rects.slice(i + 1)) {
            const wide = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
            const high = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
            expect(Math.min(wide, high)).toBeLessThan(1e-9);
          }
        if (rects.length <= MAX_PANES)
          expect(ids(must(parseLayout(JSON.parse(JSON.stringify(tree)))))).toEqual(ids(tree));
      }),
    );
  });
});

describe('views of panes', () => {
  test('a chosen view that fits stays; others get the best that is not shown', () => {
    const tree = setView(DEFAULT_LAYOUT, 'p1', 'gates');
    const views = assignViews(tree, () => ['attention-head', 'attention-grid', 'trajectory']);
    expect([...views.values()]).toEqual(['attention-grid', 'trajectory', 'attention-head']);
  });

  test('panes of two slots get views that fit their own runs, and may show the same', () => {
    const tree = setSlot(DEFAULT_LAYOUT, 'p2', 'B');
    const views = assignViews(tree, (slot) =>
      slot === 'A' ? ['attention-head'] : ['attention-head', 'gates'],
    );
    expect([...views.values()]).toEqual(['attention-head', 'attention-head', 'attention-head']);
  });

  test('a slot that is closed takes its panes along, but for the last', () => {
    const tree = setSlot(setSlot(DEFAULT_LAYOUT, 'p2', 'B'), 'p3', 'B');
    expect(panes(dropSlot(tree, 'B', 'A')).map(({ id }) => id)).toEqual(['p1']);
    expect(panes(dropSlot(dropSlot(tree, 'B', 'A'), 'A', 'C'))).toMatchObject([{ id: 'p1', slot: 'C' }]);
  });

  test('no pane is empty while one view fits', () => {
    expect([...assignViews(DEFAULT_LAYOUT, () => ['gates']).values()]).toEqual(['gates', 'gates', 'gates']);
    expect([...assignViews(DEFAULT_LAYOUT, () => []).values()]).toEqual([null, null, null]);
  });
});

describe('a saved layout', () => {
  test.each([
    ['nothing', null],
    ['a list', []],
    ['an unknown kind', { kind: 'tab', id: 'x' }],
    ['a pane without a view', { kind: 'pane', id: 'p1' }],
    ['one child', { kind: 'split', id: 's', direction: 'row', sizes: [1], children: [one] }],
    [
      'ids that repeat',
      { kind: 'split', id: 's', direction: 'row', sizes: [0.5, 0.5], children: [one, one] },
    ],
    [
      'sizes that do not add up',
      { kind: 'split', id: 's', direction: 'row', sizes: [0.5, 0.9], children: [one, pane('p2')] },
    ],
    [
      'a negative size',
      { kind: 'split', id: 's', direction: 'row', sizes: [-0.5, 1], children: [one, pane('p2')] },
    ],
  ])('that is %s is refused', (_, saved) => {
    expect(parseLayout(saved)).toBeNull();
  });

  test('too many panes are refused', () => {
    let tree: LayoutNode = one;
    while (panes(tree).length <= MAX_PANES) tree = splitPane(tree, 'p1', 'row', pane(freshPaneId(tree)));
    expect(parseLayout(tree)).toBeNull();
  });
});

describe('the window’s layout', () => {
  test('a new pane becomes active, a closed one hands over, and every change is told', () => {
    const told: LayoutNode[] = [];
    const layout = new Layout((tree) => told.push(tree));
    layout.split('p3', 'column');
    expect(layout.active).toBe('p4');
    layout.maximised = true;
    layout.close('p4');
    expect(layout.maximised).toBe(false);
    expect(layout.active).toBe('p1');
    layout.step(-1);
    expect(layout.active).toBe('p3');
    layout.show('p1', 'logit-lens');
    expect(told).toHaveLength(3);
    expect(told.at(-1)).toBe(layout.tree);
    layout.restore({ broken: true });
    expect(layout.tree).toBe(DEFAULT_LAYOUT);
  });

  test('the first change of the default leaves the other panes as they are on screen', () => {
    const shown = new Map([
      ['p1', 'gates'],
      ['p2', 'trajectory'],
      ['p3', 'memory'],
    ]);
    const layout = new Layout(undefined, () => shown);
    layout.show('p3', 'predictions');
    expect(panes(layout.tree).map(({ view }) => view)).toEqual(['gates', 'trajectory', 'predictions']);
    shown.set('p1', 'attention-grid');
    layout.show('p3', 'memory');
    expect(panes(layout.tree).map(({ view }) => view)).toEqual(['gates', 'trajectory', 'memory']);
  });

  test('a view whose id has changed is found again', () => {
    const layout = new Layout();
    layout.restore({ kind: 'pane', id: 'p1', view: 'predictions', slot: 'A' });
    expect(panes(layout.tree).map(({ view }) => view)).toEqual(['outputs']);
  });

  test('what comes beside the active pane goes where there is room, once halves of it would be small', () => {
    const layout = new Layout();
    layout.active = 'p3';
    for (const slot of ['B', 'C', 'D']) {
      const { roomiest } = layout;
      layout.split(roomiest, layout.roomierOf(roomiest), null, slot);
    }
    const rects = paneRects(layout.tree);
    const areas = panes(layout.tree).map(({ id, slot }) => [slot, must(rects.get(id))] as const);
    for (const [, { width, height }] of areas) expect(width * height).toBeGreaterThan(0.12);
    expect(areas.map(([slot]) => slot).toSorted()).toEqual(['A', 'A', 'A', 'B', 'C', 'D']);
  });

  test('panes of slots that are not there go, but for the last', () => {
    const layout = new Layout();
    layout.split('p3', 'column', null, 'B');
    layout.split('p3', 'row', null, 'C');
    layout.keepSlots(['A']);
    expect(panes(layout.tree).map(({ slot }) => slot)).toEqual(['A', 'A', 'A']);
    for (const { id } of panes(layout.tree)) layout.setSlot(id, 'B');
    layout.keepSlots(['A']);
    expect(panes(layout.tree).map(({ slot }) => slot)).toEqual(['A']);
  });

  test('there is an upper limit of panes', () => {
    const layout = new Layout();
    for (let i = 0; i < 40; i += 1) layout.split(layout.active, i % 2 === 0 ? 'row' : 'column');
    expect(panes(layout.tree)).toHaveLength(MAX_PANES);
    expect(layout.canSplit).toBe(false);
  });
});
