import { samePlace, sequenceOf, slotOfPlace, type Place, type TokenRef } from '../../runs/place.ts';
import type { Run } from '../../runs/run.ts';

interface Head {
  readonly layer: number;
  readonly head: number;
}

/** Hover previews, click locks: one selection for all views of a window. */
export class Selection {
  hovered = $state.raw<Place | null>(null);
  locked = $state.raw<Place | null>(null);
  #chosen = $state.raw<Head | null>(null);
  #proposed = $state.raw<Head>({ layer: 0, head: 0 });

  /** The head that the head view shows: the one that was chosen, such as by a click in the grid, else a proposed one. */
  get head(): Head {
    return this.#chosen ?? this.#proposed;
  }

  set head({ layer, head }: Head) {
    this.#chosen = { layer, head };
  }

  /** Nobody has chosen a head yet. */
  get wantsHead(): boolean {
    return this.#chosen === null;
  }

  /** Shows a head until one is chosen. */
  propose({ layer, head }: Head): void {
    this.#proposed = { layer, head };
  }

  /** What views highlight: the hovered place, else the locked one. */
  get current(): Place | null {
    return this.hovered ?? this.locked;
  }

  /** The head that is looked at: a hovered one, else the one that the head view shows. */
  get lookedHead(): Head {
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
