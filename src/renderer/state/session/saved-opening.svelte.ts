import type { SavedSlot } from './saved-slot.ts';

/** A model of a document, and what follows when it is there. */
interface Wanted {
  readonly saved: SavedSlot;
  /** It must not reject. */
  readonly then: () => Promise<void>;
}

/** The opening of a document's model, which may not be where it was: what follows waits until the user has found it. */
export class SavedOpening {
  /** What the slot is to show once its model is found; null: nothing is missing. */
  missing = $state.raw<SavedSlot | null>(null);
  #wanted: Wanted | null = null;
  /** Resolves when what follows the opening is done. */
  #arranged: Promise<void> = Promise.resolve();

  /** What is on its way; null: nothing of a document is. */
  get saved(): SavedSlot | null {
    return this.#wanted?.saved ?? null;
  }

  /**
   * @param open tries to open the model; it must not reject
   * @returns when what follows is done; false when the model can't be opened now
   */
  async open(wanted: Wanted, open: () => Promise<void>): Promise<boolean> {
    this.#wanted = wanted;
    this.missing = null;
    await open();
    if (this.#wanted === null) await this.#arranged;
    return this.#wanted === null;
  }

  /** The model was not found. */
  miss(): void {
    this.missing = this.saved;
  }

  /** A model is there, whichever way. @returns what the document wants of it, once */
  found(): Wanted | null {
    const wanted = this.#wanted;
    this.#wanted = null;
    this.missing = null;
    return wanted;
  }

  /** What follows begins. */
  arrange({ then }: Wanted): void {
    this.#arranged = then();
  }
}
