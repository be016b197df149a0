/** What was done between two documents, in a few words for the menu. */
import type { ChangeRef, PaneState, Screenful, SlotState } from './document.ts';
import { panes } from './layout.ts';

/**
 * The name of the step from one arrangement of the window to the next: “silence L1 H3”, “close pane”, “Gates settings”.
 * @param title of a view by its id
 * @returns null for what is no step, such as another text or another selection
 */
export function nameOfStep(
  before: Screenful,
  after: Screenful,
  title: (view: string) => string,
): string | null {
  return (
    slotStep(before, after) ??
    firstOf(after.slots, (slot) => changeStep(slotOf(before, slot.letter), slot)) ??
    layoutStep(before, after, title) ??
    firstOf(after.panes, (pane) => viewStep(before, pane, title))
  );
}

function slotStep({ slots: before }: Screenful, { slots: after }: Screenful): string | null {
  const added = after.find(({ letter }) => !before.some((slot) => slot.letter === letter));
  if (added !== undefined) return `open slot ${added.letter}`;
  const gone = before.find(({ letter }) => !after.some((slot) => slot.letter === letter));
  if (gone !== undefined) return `close slot ${gone.letter}`;
  return firstOf(after, ({ letter, model, linked }) => {
    const was = before.find((slot) => slot.letter === letter);
    if (model !== null && was?.model?.id !== model.id)
      return (was?.model ?? null) === null ? null : `open ${model.name}`;
    if (was?.linked !== linked) return linked ? `link slot ${letter}` : `unlink slot ${letter}`;
    return null;
  });
}

function changeStep(before: SlotState | null, after: SlotState): string | null {
  if (before === null || same(before.changes, after.changes)) return null;
  const isNew = (change: ChangeRef) => !before.changes.some((other) => same(other, change));
  const added = after.changes.filter(isNew);
  const [first] = added;
  if (first !== undefined) return added.length > 1 ? `${added.length} changes` : nameOfChange(first);
  if (after.changes.length === 0 && before.changes.length > 1) return 'clear all changes';
  const gone = before.changes.find((change) => !after.changes.some((other) => same(other, change)));
  return gone === undefined ? null : `restore ${placeOf(gone)}`;
}

function nameOfChange(change: ChangeRef): string {
  const place = placeOf(change);
  if (change.kind === 'state') return change.from === null ? `zero ${place}` : `patch ${place}`;
  if (change.factor === 0) return `silence ${place}`;
  return change.factor === 'mean' ? `mean of ${place}` : `${place} × ${change.factor}`;
}

function placeOf(change: ChangeRef): string {
  if (change.kind === 'head') return `L${change.layer} H${change.head}`;
  return `the state of token ${change.position} at L${change.layer}`;
}

function layoutStep(before: Screenful, after: Screenful, title: (view: string) => string): string | null {
  const [was, is] = [panes(before.layout), panes(after.layout)];
  if (is.length > was.length) return 'split pane';
  if (is.length < was.length) return 'close pane';
  const step = firstOf(is, (pane) => {
    const old = was.find(({ id }) => id === pane.id);
    if (old === undefined) return 'arrange panes';
    if (old.slot !== pane.slot) return `show slot ${pane.slot}`;
    return old.view !== pane.view && pane.view !== null ? `show ${title(pane.view)}` : null;
  });
  if (step !== null) return step;
  if (!same(before.layout, after.layout)) return 'arrange panes';
  if (before.maximised !== after.maximised) return after.maximised ? 'maximise pane' : 'restore panes';
  return same(before.display, after.display) ? null : 'attention settings';
}

function viewStep(
  { panes: before }: Screenful,
  pane: PaneState,
  title: (view: string) => string,
): string | null {
  const was = before.find(({ id }) => id === pane.id);
  if (was === undefined || was.view !== pane.view || pane.view === null) return null;
  // A view that has just been opened tells its state for the first time.
  if (was.state === null || same(chosen(was.state), chosen(pane.state))) return null;
  return `${title(pane.view)} settings`;
}

/**
 * What of a view's state its user chose: not what the view holds on to by itself, nor where it is scrolled to, nor a head
 * that is the window's.
 */
function chosen(state: unknown): unknown {
  if (typeof state !== 'object' || state === null) return state;
  const follows = 'held' in state && state.held === false;
  const ofWindow = follows ? { layer: null, head: null, kind: null } : {};
  return { ...state, ...ofWindow, kept: null, scroll: null, first: null };
}

function slotOf({ slots }: Screenful, letter: string): SlotState | null {
  return slots.find((slot) => slot.letter === letter) ?? null;
}

function firstOf<Item>(items: readonly Item[], name: (item: Item) => string | null): string | null {
  for (const item of items) {
    const found = name(item);
    if (found !== null) return found;
  }
  return null;
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
