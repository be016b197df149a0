import { toApiError } from '../../../common/error.ts';
import type { Slot } from '../../state/session/slot.svelte.ts';
import type { Workbench } from '../../state/window/workbench.svelte.ts';
import { chooseFolder } from './choose-folder.ts';

/** Lets the user choose a model's folder, by the host's dialog where it has one, and opens it in a slot. */
export async function openFolder({ slots }: Workbench, slot: Slot): Promise<void> {
  if (slots.app?.capabilities.pickFolder === true) {
    const detail = await slots.pick();
    if (detail !== null) await slot.openDetail(detail);
  } else {
    const dropped = await chooseFolder();
    if (dropped !== null) await slot.openDropped(dropped);
  }
}

/** Lets the user point at the model of a slot; what goes wrong is told. */
export async function pointAt(bench: Workbench, slot: Slot): Promise<void> {
  try {
    await openFolder(bench, slot);
  } catch (error) {
    bench.notices.show('open', toApiError(error), null, slot.letter);
  }
}
