import type { Api } from '../../api.ts';
import type { WindowDevice } from '../device/window-device.svelte.ts';
import type { Selection } from '../window/selection.svelte.ts';
import type { Settings } from '../window/settings.svelte.ts';
import type { Texts } from '../../text/cut.ts';
import type { SlotOwner } from './slot-owner.ts';
import type { SharedWeights } from './shared-weights.ts';
import type { Shelf } from './shelf.svelte.ts';
import type { Notices } from '../window/notices.svelte.ts';

/** A slot as the others see it. */
export interface LinkedText extends Texts {
  /** The text is that of the other linked slots. */
  readonly linked: boolean;
}

/** What the slots of a window have in common. */
export interface SlotWindow {
  readonly api: Api;
  readonly settings: Settings;
  readonly selection: Selection;
  /** The slot of a letter; null: there is none. */
  find(letter: string): SlotOwner | null;
  readonly device: WindowDevice;
  readonly shelf: Shelf;
  readonly weights: SharedWeights;
  readonly notices: Notices;
  /** What was to be opened at the start is opened, or on its way. */
  readonly isStarted: boolean;
  /** Asks the user where the model of a slot is. */
  pointAt(slot: Pick<SlotOwner, 'letter'>): void;
  /** The text that a linked slot has from the others; null: it has nobody to take it from. */
  textFor(slot: LinkedText): Texts | null;
  /** A linked slot has another text: the others follow. */
  share(slot: LinkedText, texts: Texts): void;
}
