import type { DecodeOptions } from '../../runs/run-input.ts';
import type { Slot } from '../session/slot.svelte.ts';
import { loadChanges, saveChanges } from './changes.ts';
import type { SlotState } from './document.ts';

/** A slot whose model is as it was opened. */
const nothingMade = (): Pick<SlotState, 'excerpt' | 'decode' | 'changes' | 'original' | 'written'> => ({
  ...{ excerpt: null, decode: null, changes: [], original: false, written: [] },
});

/** A slot as data. @param checksum of its model, where it is known already */
export function saveSlot(slot: Slot, checksum: string | null): SlotState {
  const { letter, model, loading, text, pair, excerpt, chat, linked, decode, interventions, screen } = slot;
  const detail = model?.source.model ?? null;
  // A model that is on its way is what the slot is going to show.
  const id = loading?.model ?? null;
  const wanted = id === null ? detail : { id, name: loading?.name ?? '' };
  return {
    letter,
    model:
      wanted === null
        ? slot.missing && { ...slot.missing.model }
        : {
            id: wanted.id,
            name: wanted.name,
            ...(checksum === null || wanted.id !== detail?.id ? {} : { checksum }),
          },
    text,
    pair,
    excerpt,
    chat: chat.isOn,
    linked,
    decode: decode === null ? null : { ...decode },
    changes: saveChanges(interventions.changes),
    original: screen.original,
    written: slot.writing.writtenIds,
    // What was made of the model before is nothing of the one that is on its way.
    ...(wanted?.id === detail?.id ? {} : nothingMade()),
    // While its model is looked for, a slot is what it was.
    ...(slot.missing as Partial<SlotState> | null),
  };
}

/** True when the runs of both are the same but for the changes. */
function sameRun(a: SlotState, b: SlotState): boolean {
  const told = ({ model, text, pair, excerpt, chat, decode, written }: SlotState) =>
    JSON.stringify([model?.id, text, pair, excerpt, chat, decode, written]);
  return told(a) === told(b);
}

/**
 * Takes a slot, whose model is open, to a state. What did not change is not run again.
 * @throws what running throws
 */
export async function restoreSlot(slot: Slot, state: SlotState): Promise<void> {
  const now = saveSlot(slot, null);
  slot.linked = state.linked;
  // What is on screen may still be of the former model, or of a closed one that is opened again.
  const hasRun = slot.screen.isOf(slot.wish) && sameRun(now, state);
  const changes = JSON.stringify(now.changes) === JSON.stringify(state.changes);
  if (!hasRun) {
    slot.chat.restore(state.chat);
    slot.excerpt = state.excerpt;
    await slot.restoreText(state.text, state.pair, state.decode as DecodeOptions | null);
    if (state.written.length > 0) await slot.rewrite(state.written);
  }
  if (!changes) await slot.interventions.restore(await loadChanges(state.changes, (text) => slot.hold(text)));
  if (state.changes.length > 0) slot.screen.original = state.original;
}
