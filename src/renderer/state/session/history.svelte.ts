/** Steps of one sitting that can be undone at most. */
const MOST_STEPS = 100;
/** Settings of one thing that follow one another this closely, ms, are one step: a slider that is dragged. */
const DRAG_MILLISECONDS = 1000;

/** The states of something before each step, and those that were undone. */
export class History<State> {
  #past = $state.raw<readonly State[]>([]);
  #future = $state.raw<readonly State[]>([]);
  #last: { readonly what: string; readonly at: number } | null = null;

  get canUndo(): boolean {
    return this.#past.length > 0;
  }

  get canRedo(): boolean {
    return this.#future.length > 0;
  }

  /**
   * A step is made.
   * @param before the state that it changes
   * @param what name of the thing that is set, if a drag may set it many times; null: a step of its own
   */
  step(before: State, what: string | null = null): void {
    const now = performance.now();
    const last = this.#last;
    const isDragged = what !== null && last?.what === what && now - last.at < DRAG_MILLISECONDS;
    this.#last = what === null ? null : { what, at: now };
    if (isDragged && this.#future.length === 0) return;
    this.#past = [...this.#past, before].slice(-MOST_STEPS);
    this.#future = [];
  }

  /** The state before the last step; null: there is none. @param now the present state, which `redo` gives back */
  undo(now: State): State | null {
    const before = this.#past.at(-1);
    if (before === undefined) return null;
    this.#last = null;
    this.#past = this.#past.slice(0, -1);
    this.#future = [...this.#future, now];
    return before;
  }

  /** The state that `undo` took back last; null: there is none. */
  redo(now: State): State | null {
    const next = this.#future.at(-1);
    if (next === undefined) return null;
    this.#last = null;
    this.#future = this.#future.slice(0, -1);
    this.#past = [...this.#past, now];
    return next;
  }

  clear(): void {
    this.#past = [];
    this.#future = [];
    this.#last = null;
  }
}
