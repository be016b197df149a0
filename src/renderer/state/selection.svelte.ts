/** A place in a run that views link: any part may be unset. Indices count from 0. */
export interface Place {
  /** Token (position) that is looked at; the query in attention views. */
  readonly token?: number;
  /** Key position, in attention views. */
  readonly key?: number;
  readonly layer?: number;
  readonly head?: number;
  readonly unit?: number;
}

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

  hover(place: Place | null): void {
    this.hovered = place;
  }

  /** Locks a place; locking the same place again lets go of it. */
  toggle(place: Place): void {
    this.locked = this.locked !== null && samePlace(this.locked, place) ? null : place;
  }

  /** Lets go of everything; a new run does this when its tokens differ. */
  clear(): void {
    this.hovered = null;
    this.locked = null;
  }
}

function samePlace(a: Place, b: Place): boolean {
  return (
    a.token === b.token && a.key === b.key && a.layer === b.layer && a.head === b.head && a.unit === b.unit
  );
}

/** The window's selection. */
export const selection = new Selection();
