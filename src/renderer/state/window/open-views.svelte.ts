import { untrack } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';
import type { Json } from '../../common/saved.ts';
import type { Run } from '../../runs/run.ts';
import type { ViewContext, ViewDefinition, ViewInstance, ViewModule } from '../../views/view.ts';

/** What a window gives to the view of a pane; reactive. */
export interface Surroundings extends Omit<
  ViewContext,
  'run' | 'invalid' | 'pane' | 'selection' | 'decoding' | 'sampling' | 'model' | 'open'
> {
  /** The run that a pane shows; null: there is none now. */
  run(pane: string): Run | null;
  /** The run that a pane shows holds NaN or infinities. */
  invalid(pane: string): boolean;
  /** What is looked at, in the tokens of the pane's run. */
  selection(pane: string): ViewContext['selection'];
  /** How the pane's run is decoded. */
  decoding(pane: string): ViewContext['decoding'];
  /** How the pane's model draws what it writes. */
  sampling(pane: string): ViewContext['sampling'];
  /** The model of the pane's slot. */
  model(pane: string): ViewContext['model'];
  /** Shows a view of the pane's slot. */
  open(pane: string, view: string, state?: Json): void;
}

/** A view that is open in a pane. */
export interface OpenView {
  readonly component: ViewModule['default'];
  readonly instance: ViewInstance;
}

/**
 * The views that are open, one for a pane and a view. They outlive their elements; of a view that its pane no longer
 * shows, the state is kept for when it does again.
 */
export class OpenViews {
  readonly #open = new SvelteMap<string, OpenView>();
  readonly #saved = new SvelteMap<string, Json>();
  /** The view that each pane showed, or was to show, last. */
  readonly #last = new SvelteMap<string, string>();
  /** Keys of what the panes show; null: not told yet. */
  #shown: readonly string[] | null = null;

  constructor(private readonly surroundings: Surroundings) {}

  /** The view of a pane, opened if it is not. @throws what its code throws; AbortError when the pane has gone meanwhile */
  async open(pane: string, definition: ViewDefinition): Promise<OpenView> {
    const key = keyOf(pane, definition.id);
    const module = await definition.load();
    const known = this.#open.get(key);
    if (known !== undefined) return known;
    if (this.#shown?.includes(key) === false)
      throw new DOMException('The pane shows another view.', 'AbortError');
    const context = new PaneContext(pane, this.surroundings);
    const instance = module.create(context, this.#saved.get(key) ?? null);
    const open = { component: module.default, instance };
    this.#open.set(key, open);
    this.#last.set(pane, definition.id);
    return open;
  }

  /** The view of a pane, if it is open; reactive. */
  instance(pane: string, view: string | null): ViewInstance | null {
    return view === null ? null : (this.#open.get(keyOf(pane, view))?.instance ?? null);
  }

  /** The run that a pane shows; reactive. */
  run(pane: string): Run | null {
    return this.surroundings.run(pane);
  }

  /** Tells what the panes show: all else is closed, and its state kept. */
  keep(shown: Iterable<readonly [pane: string, view: string | null]>): void {
    const kept = [...shown].flatMap(([pane, view]) => (view === null ? [] : [keyOf(pane, view)]));
    this.#shown = kept;
    untrack(() => {
      for (const key of [...this.#open.keys()]) if (!kept.includes(key)) this.#close(key);
    });
  }

  /** The state of a view in a pane, open or not; null: it has none. Reactive for what is open. */
  state(pane: string, view: string): Json | null {
    return this.instance(pane, view)?.save() ?? this.#saved.get(keyOf(pane, view)) ?? null;
  }

  /** The view that a pane showed last; null: none yet. Reactive. */
  last(pane: string): string | null {
    return this.#last.get(pane) ?? null;
  }

  /** Takes a view to a state, now or when it is opened. */
  async restore(
    pane: string,
    view: string,
    state: Json,
    how: NonNullable<Parameters<ViewInstance['show']>[1]> = {},
  ): Promise<void> {
    this.#saved.set(keyOf(pane, view), state);
    this.#last.set(pane, view);
    await this.instance(pane, view)?.show(state, how);
  }

  /** Closes a view, which begins anew from its state when it is opened again. */
  reset(pane: string, view: string): void {
    this.#close(keyOf(pane, view));
  }

  #close(key: string): void {
    const instance = this.#open.get(key)?.instance;
    if (instance === undefined) return;
    this.#open.delete(key);
    try {
      this.#saved.set(key, instance.save());
    } finally {
      instance.close();
    }
  }
}

/** Pane ids hold no spaces. */
function keyOf(pane: string, view: string): string {
  return `${pane} ${view}`;
}

/** What one pane gives to its view. */
class PaneContext implements ViewContext {
  #last: Run | null = null;

  constructor(
    readonly pane: string,
    private readonly surroundings: Surroundings,
  ) {}

  /** Between two runs the last one stays. */
  get run(): Run {
    const run = this.surroundings.run(this.pane) ?? this.#last;
    if (run === null) throw new Error('A view was opened where there is no run.');
    return (this.#last = run);
  }

  get invalid() {
    return this.surroundings.invalid(this.pane);
  }

  get slots() {
    return this.surroundings.slots;
  }

  get selection() {
    return this.surroundings.selection(this.pane);
  }

  get display() {
    return this.surroundings.display;
  }

  get theme() {
    return this.surroundings.theme;
  }

  get size() {
    return this.surroundings.size;
  }

  get decoding() {
    return this.surroundings.decoding(this.pane);
  }

  get sampling() {
    return this.surroundings.sampling(this.pane);
  }

  get models() {
    return this.surroundings.models;
  }

  get model() {
    return this.surroundings.model(this.pane);
  }

  open(view: string, state?: Json): void {
    this.surroundings.open(this.pane, view, state);
  }
}
