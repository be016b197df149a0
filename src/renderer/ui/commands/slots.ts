import { activateSlot, closeSlot, duplicateSlot, openBesideById } from '../../state/window/slot-actions.ts';
import type { Workbench } from '../../state/window/workbench.svelte.ts';
import { LETTERS } from '../../state/session/letters.ts';
import type { Command } from './command.ts';

const hasSeveral = ({ slots }: Workbench) => slots.list.length > 1;
const canAdd = ({ slots }: Workbench) => slots.canAdd && slots.shelf.models.length > 0;

export const slotCommands: readonly Command[] = [
  {
    id: 'slot.open-beside',
    title: 'Open a model beside…',
    menu: 'Slots',
    shortcut: 'Mod+Shift+O',
    words: 'compare second add slot model',
    when: canAdd,
    run: (workbench) => {
      workbench.palette = 'beside';
    },
  },
  {
    id: 'slot.duplicate',
    title: 'Duplicate the slot',
    menu: 'Slots',
    shortcut: 'Mod+Shift+D',
    words: 'same model copy other text changes',
    when: ({ slots, session }) => slots.canAdd && session.model !== null,
    run: duplicateSlot,
  },
  {
    id: 'slot.close',
    title: 'Close the slot',
    menu: 'Slots',
    shortcut: 'Alt+Shift+W',
    when: hasSeveral,
    run: (workbench) => closeSlot(workbench, workbench.session),
  },
  {
    id: 'slot.link',
    title: 'Link the slot’s text with the others, or unlink it',
    menu: 'Slots',
    shortcut: 'Alt+L',
    words: 'own text same sentence',
    when: hasSeveral,
    run: ({ session }) => session.setLinked(!session.linked),
  },
  {
    id: 'slot.of-pane',
    title: 'Show the next slot in the pane',
    menu: 'Slots',
    shortcut: 'Alt+C',
    words: 'cycle letter',
    when: hasSeveral,
    run: (workbench) => workbench.cycleSlot(workbench.layout.active),
  },
  ...LETTERS.map((letter, index): Command => ({
    id: `slot.activate-${letter.toLowerCase()}`,
    title: `Slot ${letter}`,
    menu: 'Slots',
    shortcut: `Alt+${index + 1}`,
    words: 'switch active model',
    when: (workbench) => hasSeveral(workbench) && workbench.slots.find(letter) !== null,
    run: (workbench) => activateSlot(workbench, workbench.slots.of(letter)),
  })),
];

/** One command for each model of the library: it opens beside those that are open. */
export function besideCommands(workbench: Workbench): readonly Command[] {
  return workbench.slots.shelf.models.map(({ id, name, modelType, source }) => ({
    id: `model.open-beside.${id}`,
    title: `Open ${name} beside`,
    menu: 'Slots',
    words: `model slot compare ${modelType ?? ''} ${source}`,
    when: canAdd,
    run: (bench) => openBesideById(bench, id),
  }));
}
