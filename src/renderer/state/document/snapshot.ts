import type { Arranged } from './arranged.ts';
import { DOCUMENT_VERSION, type Document, type PaneState, type Screenful } from './document.ts';
import { panes } from './layout.ts';
import { saveSlot } from './slot-document.ts';

/** What is on screen, as data; reactive. */
export function screenful(bench: Arranged): Screenful {
  const { slots, layout, display, opened, selected } = bench;
  const states = panes(layout.tree).map(({ id, view, slot }): PaneState => {
    // While its slot has no run, a pane keeps what it showed last.
    const shown = bench.assigned.get(id) ?? view ?? opened.last(id);
    return {
      id,
      view,
      ...(view === null && shown !== null && { of: shown }),
      slots: [slot] as PaneState['slots'],
      state: shown === null ? null : opened.state(id, shown),
    };
  });
  return {
    slots: slots.list.map((slot) => saveSlot(slot, bench.checksums.of(slot))),
    active: slots.active.letter,
    layout: layout.tree,
    pane: layout.active,
    maximised: layout.maximised,
    panes: states,
    selection: { locked: selected.locked as Screenful['selection']['locked'], head: { ...selected.head } },
    display: { log: display.log, hideFirst: display.hideFirst, attention: display.kind },
  };
}

/** The window as a document; what came with an opened one and is not understood goes along. */
export function snapshot(bench: Arranged): Document {
  return { ...bench.unknown, version: DOCUMENT_VERSION, ...screenful(bench), steps: [...bench.steps.list] };
}
