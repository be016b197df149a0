import type { AttentionDisplay } from '../../common/attention-display.svelte.ts';
import type { Slot } from '../session/slot.svelte.ts';
import type { Slots } from '../session/slots.svelte.ts';
import type { Notices } from '../window/notices.svelte.ts';
import type { OpenViews } from '../window/open-views.svelte.ts';
import type { Selection } from '../window/selection.svelte.ts';
import type { Screenful, Step } from './document.ts';
import type { Layout } from './layout.svelte.ts';

/** A window as documents see it: what is in them, and where it goes back to. */
export interface Arranged {
  readonly slots: Slots;
  /** The active slot. */
  readonly session: Slot;
  readonly layout: Layout;
  /** The view of every pane. */
  readonly assigned: ReadonlyMap<string, string | null>;
  readonly opened: OpenViews;
  /** The window's selection, whose places name their slots. */
  readonly selected: Selection;
  readonly display: AttentionDisplay;
  readonly checksums: { of(slot: Slot): string | null };
  readonly steps: { list: readonly Step[] };
  /** What an opened document holds that this version does not know. */
  unknown: Readonly<Record<string, unknown>>;
  readonly notices: Notices;
  /** A view by its id. */
  view(id: string | null): { readonly title: string } | null;
}

/** A window that goes to screens. */
export interface Showing extends Arranged {
  readonly documents: {
    show(screen: Screenful, options?: { readonly animate?: boolean }): Promise<void>;
  };
}
