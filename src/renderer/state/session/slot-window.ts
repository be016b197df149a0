import type { Api } from '../../api.ts';
import type { WindowDevice } from '../device/window-device.svelte.ts';
import type { Selection } from '../window/selection.svelte.ts';
import type { Settings } from '../window/settings.svelte.ts';
import type { Texts } from '../../text/cut.ts';
import type { Shelf } from './shelf.svelte.ts';
import type { Notices } from '../window/notices.svelte.ts';
import type { Slot } from './slot.svelte.ts';

/** What the slots of a window have in common. */
export interface SlotWindow {
  readonly api: Api;
  readonly settings: Settings;
  readonly selection: Selection;
  readonly device: WindowDevice;
  readonly shelf: Shelf;
  readonly notices: Notices;
  /** What was to be opened at the start is opened, or on its way. */
  readonly isStarted: boolean;
  /** The text that a linked slot has from the others; null: it has nobody to take it from. */
  textFor(slot: Slot): Texts | null;
  /** A linked slot has another text: the others follow. */
  share(slot: Slot, texts: Texts): void;
}
