import type { Screenful } from './document.ts';

/** Steps that can be undone at most. */
const MOST_STEPS = 100;
/** Steps of one name that follow one another this closely, ms, are one: a slider that is dragged. */
const TOGETHER_MILLISECONDS = 1000;

/** A step, and what was on screen on its other side. */
interface Entry {
  readonly name: string;
  readonly screen: Screenful;
}

/** What was on screen before each step, and after those that were undone. */
export class History {
  #past = $state.raw<readonly Entry[]>([]);
  #future = $state.raw<readonly Entry[]>([]);
  #last: { readonly name: string; readonly at: number } | null = null;

  /** The name of the step that `undo` takes back; null: there is none. */
  get undoName(): string | null {
    return this.#past.at(-1)?.name ?? null;
  }

  /** The name of the step that `redo` makes again; null: there is none. */
  get redoName(): string | null {
    return this.#future.at(-1)?.name ?? null;
  }

  /** A step is made. @param before what was on screen @param now in ms */
  step(name: string, before: Screenful, now: number): void {
    const isTogether =
      this.#last?.name === name && now - this.#last.at < TOGETHER_MILLISECONDS && this.#future.length === 0;
    this.#last = { name, at: now };
    if (isTogether) return;
    this.#past = [...this.#past, { name, screen: before }].slice(-MOST_STEPS);
    this.#future = [];
  }

  /** What was on screen before the last step; null: there is none. @param now what is, which `redo` gives back */
  undo(now: Screenful): Screenful | null {
    const entry = this.#past.at(-1);
    if (entry === undefined) return null;
    this.#last = null;
    this.#past = this.#past.slice(0, -1);
    this.#future = [...this.#future, { name: entry.name, screen: now }];
    return entry.screen;
  }

  /** What was on screen before `undo`; null: nothing was undone since the last step. */
  redo(now: Screenful): Screenful | null {
    const entry = this.#future.at(-1);
    if (entry === undefined) return null;
    this.#last = null;
    this.#future = this.#future.slice(0, -1);
    this.#past = [...this.#past, { name: entry.name, screen: now }];
    return entry.screen;
  }
}

/** An earlier screen with the texts of now: typing is no step, so that undo does not take it back. */
export function withTextsOf(screen: Screenful, now: Screenful): Screenful {
  return {
    ...screen,
    selection: now.selection,
    slots: screen.slots.map((slot) => {
      const present = now.slots.find(
        ({ letter, model }) => letter === slot.letter && model?.id === slot.model?.id,
      );
      if (present === undefined) return slot;
      const { text, pair, excerpt, chat, decode, written } = present;
      return { ...slot, text, pair, excerpt, chat, decode, written };
    }),
  };
}
