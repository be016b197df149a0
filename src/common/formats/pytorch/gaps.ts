/** Parts of a pickle that are stepped over. */
export interface Gap {
  /** Where it goes on. */
  readonly end: number;
  /** Values that it would have kept, of those that have no numbers of their own. */
  readonly kept: number;
}

export interface Gaps {
  /** The gap that begins at a byte. */
  from(at: number): Gap | undefined;
  /** A text that was kept inside of a gap, by its number; null: none was. */
  text(index: number): string | null;
}
