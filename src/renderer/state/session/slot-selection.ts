import { linkedPlace, type LinkedRun } from '../../runs/linked-place.ts';
import { FIRST_SLOT, slotOfPlace, type Place, type TokenRef } from '../../runs/place.ts';
import type { Selection } from '../window/selection.svelte.ts';
import type { SlotOwner } from './slot-owner.ts';

/** A slot as selections see it. */
type Selected = Pick<SlotOwner, 'letter' | 'run' | 'text' | 'encoding'>;

interface Head {
  readonly layer: number;
  readonly head: number;
}

/**
 * The window's selection in the tokens of one slot: what another slot's pane points at stands where the text has the same
 * characters, and what is pointed at here is told to the others.
 */
export class SlotSelection {
  /** @param slotOf the slot of a letter; null: it is closed */
  constructor(
    private readonly window: Selection,
    private readonly slot: Selected,
    private readonly slotOf: (letter: string) => Selected | null,
  ) {}

  get hovered(): Place | null {
    return this.#here(this.window.hovered);
  }

  get locked(): Place | null {
    return this.#here(this.window.locked);
  }

  /** What views highlight: the hovered place, else the locked one. */
  get current(): Place | null {
    return this.hovered ?? this.locked;
  }

  /** The head that the head view shows, as far as the slot's model has it. */
  get head(): Head {
    return this.#fit(this.window.head);
  }

  set head(head: Head) {
    this.window.head = head;
  }

  get wantsHead(): boolean {
    return this.window.wantsHead;
  }

  propose(head: Head): void {
    this.window.propose(head);
  }

  /** The head that is looked at: a hovered one, else the one that the head view shows. */
  get lookedHead(): Head {
    return this.#fit(this.window.lookedHead);
  }

  hover(place: Place | null): void {
    this.window.hover(this.#told(place));
  }

  /** Locks a place; locking the same place again lets go of it. */
  toggle(place: Place): void {
    this.window.toggle(this.#told(place) ?? place);
  }

  lock(place: Place): void {
    this.window.lock(this.#told(place) ?? place);
  }

  step(place: Place): void {
    this.window.step(this.#told(place) ?? place);
  }

  clear(): void {
    this.window.clear();
  }

  /** The place in this slot's tokens. */
  #here(place: Place | null): Place | null {
    const letter = slotOfPlace(place);
    if (place === null || letter === null || letter === this.slot.letter) return untold(place);
    const [from, to] = [linkedRun(this.slotOf(letter)), linkedRun(this.slot)];
    return from === null || to === null ? null : linkedPlace(place, from, to);
  }

  /** The place as the others are told of it. */
  #told(place: Place | null): Place | null {
    if (place === null || this.slot.letter === FIRST_SLOT) return place;
    const tell = (token: TokenRef): TokenRef => ({ ...token, slot: this.slot.letter });
    return {
      ...place,
      ...(place.token === undefined ? {} : { token: tell(place.token) }),
      ...(place.key === undefined ? {} : { key: tell(place.key) }),
    };
  }

  #fit({ layer, head }: Head): Head {
    const { run } = this.slot;
    if (run === null) return { layer, head };
    return {
      layer: Math.max(Math.min(layer, run.layers - 1), 0),
      head: Math.max(Math.min(head, run.heads - 1), 0),
    };
  }
}

/** Views know one slot only: theirs. */
function untold(place: Place | null): Place | null {
  if (place === null || (place.token?.slot ?? place.key?.slot) === undefined) return place;
  const here = ({ side, index }: TokenRef): TokenRef => ({ side, index });
  return {
    ...place,
    ...(place.token === undefined ? {} : { token: here(place.token) }),
    ...(place.key === undefined ? {} : { key: here(place.key) }),
  };
}

function linkedRun(slot: Selected | null): LinkedRun | null {
  if (slot === null || slot.run === null) return null;
  const { run, encoding } = slot;
  const typed = encoding?.text === run.text ? encoding.typed : undefined;
  return { run, text: typed?.text ?? run.text, shift: typed === undefined ? 0 : typed.shift };
}
