import type { AttentionMap, Run } from '../runs/run.ts';
import type { AttentionDisplay } from './attention-display.svelte.ts';
import { savedChoice, savedNumber, savedSwitch, type Json } from './saved.ts';

/** A head of a kind of attention. */
interface Held {
  readonly kind: AttentionMap['kind'];
  readonly layer: number;
  readonly head: number;
}

/** What a pane looks at; reactive. */
interface Surroundings {
  readonly run: Run;
  readonly display: AttentionDisplay;
  readonly selection: { head: { readonly layer: number; readonly head: number } };
}

/** The head that a view of one head shows: the one that the window looks at, or one that its pane is held at. */
export class HeadChoice {
  /** Null: the window's. */
  #held = $state.raw<Held | null>(null);

  constructor(private readonly context: Surroundings) {}

  /** Null: the run has no attention. */
  get map(): AttentionMap | null {
    const { run, display } = this.context;
    return run.attention.find(({ kind }) => kind === this.#held?.kind) ?? display.of(run);
  }

  get layer(): number {
    return Math.min(this.#asked.layer, (this.map?.layers ?? 1) - 1);
  }

  get head(): number {
    return Math.min(this.#asked.head, (this.map?.heads ?? 1) - 1);
  }

  get #asked(): { readonly layer: number; readonly head: number } {
    return this.#held ?? this.context.selection.head;
  }

  /** The pane shows a head of its own, whatever the window looks at. */
  get isHeld(): boolean {
    return this.#held !== null;
  }

  /** Shows a head, round at the ends: in all panes, or in this one where it is held. */
  pick(layer: number, head: number): void {
    const { map } = this;
    if (map === null) return;
    const next = { layer: (layer + map.layers) % map.layers, head: (head + map.heads) % map.heads };
    if (this.#held === null) this.context.selection.head = next;
    else this.#held = { ...this.#held, ...next };
  }

  toggleHold(): void {
    const { map, layer, head } = this;
    this.#held = this.isHeld || map === null ? null : { kind: map.kind, layer, head };
  }

  /** Keys that go from head to head. */
  commands() {
    const step = (id: string, title: string, shortcut: string, layers: number, heads: number) => ({
      ...{ id, title, shortcut, when: () => this.map !== null },
      run: () => this.pick(this.layer + layers, this.head + heads),
    });
    return [
      step('previous-head', 'Head before', '[', 0, -1),
      step('next-head', 'Head after', ']', 0, 1),
      step('previous-layer', 'Layer before', '{', -1, 0),
      step('next-layer', 'Layer after', '}', 1, 0),
    ];
  }

  /** As fields of a view's state. */
  save() {
    const { isHeld: held, layer, head, map } = this;
    return { held, layer, head, kind: map?.kind ?? null };
  }

  /** Reads what `save` gave; without a word about it, a pane that is given a head is held there. */
  take(state: Json | null): void {
    const whole = { least: 0, whole: true };
    const layer = savedNumber(state, 'layer', null, whole);
    const head = savedNumber(state, 'head', null, whole);
    const kind = savedChoice(state, 'kind', null, ['self', 'encoder', 'decoder', 'cross'] as const);
    const isNamed = layer !== null || head !== null || kind !== null;
    const isHeld = savedSwitch(state, 'held', isNamed ? true : this.isHeld);
    this.#held = isHeld
      ? { kind: kind ?? this.map?.kind ?? 'self', layer: layer ?? this.layer, head: head ?? this.head }
      : null;
  }
}
