import { sameFields } from '../../common/computed.svelte.ts';
import type { DecodeOptions } from '../../runs/run-input.ts';
import type { Slot } from '../session/slot.svelte.ts';
import type { Arranged } from './arranged.ts';
import { isNewer, type Document, type Screenful, type SlotState } from './document.ts';
import { panes } from './layout.ts';
import { checksumOf } from './model-checksum.ts';
import { restoreSlot } from './slot-document.ts';

/** How a document is gone to. */
export interface RestoreOptions {
  /** Cameras and scales of views that stay move there. */
  readonly animate?: boolean;
}

/**
 * Takes the window to a document. What can't be restored, such as a model that has moved, is told; the rest is.
 * @returns when every slot has its run
 */
export async function restoreDocument(bench: Arranged, document: Document): Promise<void> {
  const { version, steps, slots, active, layout, pane, maximised, panes, selection, display, ...unknown } =
    document;
  bench.unknown = unknown;
  bench.steps.list = steps;
  await restoreScreen(bench, { slots, active, layout, pane, maximised, panes, selection, display });
  // The runs have had their say.
  if (isNewer(document))
    bench.session.quiet = `This session comes from a later Headgate (version ${version}): what is not known here is kept.`;
}

/** Takes the window to what was on screen once; models and runs that are there already stay. */
export async function restoreScreen(
  bench: Arranged,
  screen: Screenful,
  { animate = false }: RestoreOptions = {},
): Promise<void> {
  const { slots, display } = bench;
  // Slots first, so that panes have something to show.
  const letters = screen.slots.map(({ letter }) => letter);
  for (const { letter } of screen.slots) if (slots.find(letter) === null) slots.add(letter);
  const gone = slots.list.filter(({ letter }) => !letters.includes(letter));
  slots.active = slots.of(screen.active);
  arrange(bench, screen);
  Object.assign(display, {
    log: screen.display.log,
    hideFirst: screen.display.hideFirst,
    kind: screen.display.attention,
  });
  const { head } = screen.selection;
  // What is shown already may be proposed, not chosen.
  if (!sameFields(bench.selected.head, head)) bench.selected.head = head;
  for (const slot of gone) await slots.close(slot);
  // A slot or a pane that the user goes to while models are opened stays.
  slots.active = slots.of(screen.active);
  const views = screen.panes.map(async ({ id, view, of, state }) => {
    const shown = view ?? of ?? bench.assigned.get(id) ?? null;
    if (shown !== null && state !== null) await bench.opened.restore(id, shown, state as never, { animate });
  });
  await Promise.all(screen.slots.map((state) => restoreModel(bench, slots.of(state.letter), state)));
  await Promise.allSettled(views);
  bench.selected.hovered = null;
  bench.selected.locked = screen.selection.locked;
}

/** The panes as they were, with the views and slots that they showed. */
function arrange({ layout }: Arranged, { layout: tree, panes: states, pane, maximised }: Screenful): void {
  layout.arrange(
    tree,
    Object.fromEntries(states.map(({ id, view, slots: [slot = 'A'] }) => [id, { view, slot }])),
  );
  if (panes(layout.tree).some(({ id }) => id === pane)) layout.active = pane;
  layout.maximised = maximised;
}

async function restoreModel(bench: Arranged, slot: Slot, state: SlotState): Promise<void> {
  const { model } = state;
  if (model === null) {
    slot.restoreEmpty(state);
    return;
  }
  if (slot.model?.source.model.id !== model.id) {
    await slot.openSaved({ ...state, model, decode: state.decode as DecodeOptions | null }, () => {
      followModel(bench, model.id, slot);
      return finish(slot, state);
    });
    return;
  }
  await finish(slot, state);
}

/** A model that was found at another place is there for the kept screens too. @param was its id when they were kept */
function followModel({ steps }: Arranged, was: string, { model: found }: Slot): void {
  const { id, name } = found?.source.model ?? { id: was, name: '' };
  if (id === was) return;
  steps.list = steps.list.map((step) => {
    const slots = step.screen.slots.map((one) =>
      one.model?.id === was ? { ...one, model: { ...one.model, id, name } } : one,
    );
    return { ...step, screen: { ...step.screen, slots } };
  });
}

/** The text, the changes and the run of a slot whose model is there. */
async function finish(slot: Slot, state: SlotState): Promise<void> {
  try {
    await restoreSlot(slot, state);
    await tellChanged(slot, state);
  } catch (error) {
    slot.notices.fail('run', error);
  }
}

/** A model whose files are no longer those that the document was made with is told. */
async function tellChanged(slot: Slot, { model }: SlotState): Promise<void> {
  const source = slot.model?.source;
  if (source === undefined || model?.checksum === undefined) return;
  const sum = await checksumOf(source).catch(() => null);
  if (sum === null || sum === model.checksum) return;
  slot.notices.tellChanged(model.name);
}
