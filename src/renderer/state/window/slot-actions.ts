import { HeadgateError, toApiError } from '../../../common/error.ts';
import { keptBytes } from '../../../common/stored-type.ts';
import { formatBytes } from '../../common/numbers.ts';
import { fitsMemory, memoryLimit, type MemoryNeed } from '../device/memory-need.ts';
import { restoreSlot, saveSlot } from '../document/slot-document.ts';
import type { Slot } from '../session/slot.svelte.ts';
import type { Workbench } from './workbench.svelte.ts';

/** A model that is to be opened beside others. */
export interface Beside {
  readonly name: string;
  /** Of its weights; 0: not known, or they are on the GPU already. */
  readonly bytes: number;
  /** Opens it in the slot that was made for it. */
  open(slot: Slot): Promise<void>;
}

const FULL = new HeadgateError(
  'slots-full',
  'All four slots are taken.',
  'Close a slot, or open the model in place of another one.',
);

/**
 * Opens a model in a slot of its own, which a new pane shows: beside the active one, or where there is more room. What it needs of the GPU's memory is
 * said; where that is more than there is, the user decides.
 */
export async function openBeside(bench: Workbench, beside: Beside): Promise<void> {
  const { slots, notices } = bench;
  notices.dismiss('memory');
  if (!slots.canAdd) throw FULL;
  const need = memoryNeed(bench, beside.bytes);
  if (fitsMemory(need)) {
    await openIn(bench, beside, need);
    return;
  }
  notices.show('memory', toApiError(tooMuch(beside, need)), {
    label: 'Open anyway',
    run() {
      notices.dismiss('memory');
      openIn(bench, beside, need).catch((error: unknown) => notices.show('command', toApiError(error)));
    },
  });
}

/** Opens a model of the library in a slot of its own. */
export async function openBesideById(bench: Workbench, id: string): Promise<void> {
  const { name = 'The model' } = bench.slots.shelf.models.find((model) => model.id === id) ?? {};
  await openBeside(bench, { name, bytes: await weightsOf(bench, id), open: (slot) => slot.openById(id) });
}

/** About what a model's weights are going to take on the GPU beside what is held. */
async function weightsOf({ slots: { shelf, weights } }: Workbench, id: string): Promise<number> {
  if (weights.has(id)) return 0;
  try {
    const { model } = await shelf.source(id, new AbortController().signal);
    return model.tensors.reduce((sum, tensor) => sum + keptBytes(tensor), 0);
  } catch {
    // What is wrong with it is told by opening it.
    return shelf.models.find((model) => model.id === id)?.bytes ?? 0;
  }
}

/** The same model with the same text and changes once more, so that either can go its own way. */
export async function duplicateSlot(bench: Workbench): Promise<void> {
  const from = bench.session;
  const source = from.model?.source;
  if (source === undefined) return;
  await openBeside(bench, {
    ...{ name: source.model.name, bytes: 0 },
    async open(slot) {
      slot.linked = from.linked;
      await slot.openSource(source);
      await restoreSlot(slot, { ...saveSlot(from, null), letter: slot.letter });
    },
  });
}

/** Closes a slot and the panes that show it. */
export async function closeSlot(bench: Workbench, slot: Slot): Promise<void> {
  const { slots, layout } = bench;
  const next = slots.next(slot.letter);
  if (next === slot.letter) return;
  layout.dropSlot(slot.letter, next);
  await slots.close(slot);
}

/** Makes a slot the active one, and a pane that shows it. */
export function activateSlot({ slots, layout }: Workbench, slot: Slot): void {
  slots.active = slot;
  layout.activateSlot(slot.letter);
}

async function openIn(bench: Workbench, beside: Beside, need: MemoryNeed): Promise<void> {
  const { slots, layout } = bench;
  const slot = slots.add();
  if (slot === null) throw FULL;
  const view = bench.assigned.get(layout.active) ?? null;
  const { roomiest } = layout;
  if (layout.canSplit) layout.split(roomiest, layout.roomierOf(roomiest), view, slot.letter);
  else layout.setSlot(layout.active, slot.letter);
  slots.active = slot;
  const opened = beside.open(slot);
  const told = `Slot ${slot.letter} needs about ${formatBytes(need.needed)} of GPU memory beside the ${formatBytes(need.held)} that are held.`;
  slot.quiet = told;
  await opened;
  // From now on the status line tells what is held.
  const loaded = slot.model?.loaded;
  const same = slots.list.find((other) => other !== slot && other.model?.loaded === loaded);
  if (loaded !== undefined && same !== undefined)
    slot.quiet = `Slot ${slot.letter} has the weights of slot ${same.letter}: they lie on the GPU once.`;
  else if (slot.quiet === told) slot.quiet = null;
}

function memoryNeed({ slots: { device }, settings }: Workbench, weights: number): MemoryNeed {
  const { state } = device;
  const isSoftware = state.kind === 'ready' && state.device.isSoftware;
  return {
    needed: weights + (settings.activationBudget ?? 0),
    held: device.bytes,
    limit: memoryLimit(settings.memoryBudget, isSoftware, machineMemory()),
  };
}

/** Chromium tells it, in steps and up to a few GiB. */
function machineMemory(): number | null {
  if (!('deviceMemory' in navigator) || typeof navigator.deviceMemory !== 'number') return null;
  return navigator.deviceMemory * 2 ** 30;
}

function tooMuch({ name }: Beside, { needed, held, limit }: MemoryNeed): HeadgateError {
  return new HeadgateError(
    'memory-budget',
    `${name} needs about ${formatBytes(needed)} of GPU memory; ${formatBytes(held)} of ${formatBytes(limit)} are held already.`,
    'Close a slot first, or open it anyway: what does not fit is told, and nothing else is lost.',
  );
}
