import { samePlace, sequenceOf, slotOfPlace, type Place, type TokenRef } from '../../runs/place.ts';
import type { Run } from '../../runs/run.ts';

/** Hover previews, click locks: one selection for all views of a window. */
export class Selection {
  hovered = $state.raw<Place | null>(null);
  locked = $state.raw<Place | null>(null);
  /** The head that the head view shows; follows clicks in the grid. */
  head = $state.raw<{ readonly layer: number; readonly head: number }>({ layer: 0, head: 0 });

  /** What views highlight: the hovered place, else the locked one. */
  get current(): Place | null {
    return this.hovered ?? this.locked;
  }

  /** The head that is looked at: a hovered one, else the one that the head view shows. */
  get lookedHead(): { readonly layer: number; readonly head: number } {
    const { layer, head } = this.hovered ?? {};
    return { layer: layer ?? this.head.layer, head: head ?? this.head.head };
  }

  hover(place: Place | null): void {
    this.hovered = place;
  }

  /** Locks a place; locking the same place again lets go of it. */
  toggle(place: Place): void {
    this.locked = this.locked !== null && samePlace(this.locked, place) ? null : place;
  }

  /** Locks a place, whatever was locked or pointed at before: it is what is looked at from now on. */
  lock(place: Place): void {
    this.locked = place;
    this.hovered = null;
  }

  /** Moves on by a key: what is locked moves along; while nothing is, the place is previewed, as the pointer does. */
  step(place: Place): void {
    if (this.locked === null) this.hover(place);
    else this.lock(place);
  }

  /** Lets go of everything; a new run does this when its tokens differ (`fitSelection`). */
  clear(): void {
    this.hovered = null;
    this.locked = null;
  }
}

/**
 * What stays selected when `after` takes the place of `before`: a place stays while the same model has the same tokens up
 * to it (so that typing on at the end keeps it, and a key that is pressed when a run arrives meets what is pointed at).
 * Places of other slots stay.
 */
export function fitSelection(selection: Selection, slot: string, before: Run | null, after: Run): void {
  const { hovered, locked } = selection;
  const isThere = (token: TokenRef | undefined) => {
    if (token === undefined) return true;
    const [was, is] = [before, after].map((run) => (run === null ? [] : sequenceOf(run, token.side)));
    return (
      token.index < (is?.length ?? 0) &&
      is?.slice(0, token.index + 1).every(({ id }, index) => id === was?.[index]?.id) === true
    );
  };
  const stays = (place: Place | null) =>
    (slotOfPlace(place) ?? slot) !== slot ||
    (before?.model.id === after.model.id && isThere(place?.token) && isThere(place?.key));
  if (!stays(hovered)) selection.hover(null);
  if (!stays(locked)) selection.clear();
}

/** The window's selection. */
export const selection = new Selection();
