import { formatPercent } from '../../common/numbers.ts';
import { savedNone, savedNumber, savedNumbers, type Json } from '../../common/saved.ts';
import type { Table } from '../../common/table.ts';
import { without } from '../../common/without.ts';
import { HeadgateError } from '../../../common/error.ts';
import type { Drawing, DrawingSize } from '../../drawing/drawing.ts';
import { tokenOn, type Place } from '../../runs/place.ts';
import type { SearchNode } from '../../runs/facets/search.ts';
import type { ViewContext, ViewInstance } from '../view.ts';
import { beamsDrawing, beamsTable } from './drawing.ts';
import { layoutBeams, pathTo, positionOf, searchOf, type BeamTree } from './tree.ts';

/** Lengths in a room, of those in a window. */
const PRESENTED = 2;

/** A node of one search: with another search it means nothing. */
interface Looked {
  readonly search: readonly SearchNode[];
  readonly index: number;
}

const NO_SEARCH: readonly SearchNode[] = [];

/** The hypotheses of a beam search as a tree. */
export class BeamsView implements ViewInstance {
  /** Where the tree is scrolled to, CSS pixels. */
  scroll = $state.raw({ left: 0, top: 0 });
  /** The node that the pointer or the keyboard is on. */
  #hovered = $state.raw<Looked | null>(null);
  /** The node that was clicked, such as one that was not chosen. */
  #locked = $state.raw<Looked | null>(null);

  constructor(
    readonly context: ViewContext,
    saved: Json | null,
  ) {
    this.#take(saved);
  }

  readonly search: readonly SearchNode[] = $derived.by(() => searchOf(this.context.run) ?? NO_SEARCH);
  readonly tree: BeamTree = $derived.by(() =>
    layoutBeams(this.search, this.context.size === 'presented' ? PRESENTED : 1),
  );
  readonly ended = $derived.by(() => this.search.filter(({ finished }) => finished).length);

  #own(looked: Looked | null): number | null {
    return looked?.search === this.search ? looked.index : null;
  }

  get locked(): number | null {
    return this.#own(this.#locked);
  }

  /** The chosen node of the token that is looked at in any view. */
  readonly linked = $derived.by(() => {
    const token = tokenOn(this.context.selection.current, 'target');
    const found = this.search.findIndex(
      ({ chosen, step }) => chosen && positionOf(step, this.context.run) === token,
    );
    return found < 0 ? null : found;
  });

  /** The node that is looked at; without one, where the chosen text ends. */
  get looked(): number | null {
    const end = this.search.findLastIndex(({ chosen }) => chosen);
    return this.#own(this.#hovered) ?? this.locked ?? this.linked ?? (end < 0 ? null : end);
  }

  /** The nodes of its hypothesis, from the first token on. */
  readonly path: readonly number[] = $derived.by(() =>
    this.looked === null ? [] : pathTo(this.search, this.looked),
  );
  readonly node = $derived.by(() => (this.looked === null ? null : (this.search[this.looked] ?? null)));
  readonly text = $derived.by(() =>
    this.path
      .map((index) => this.search[index]?.token)
      .filter((token) => token !== undefined && !token.special)
      .map((token) => token?.text)
      .join('')
      .trim(),
  );

  readonly spoken = $derived.by(() => {
    const { node, text } = this;
    if (node === null) return 'There is no search to show';
    const how = node.chosen ? 'chosen' : node.finished ? 'ended' : 'not chosen';
    return `“${text}”: probability ${formatPercent(Math.exp(node.logProbability))}, ${how}`;
  });

  hover(index: number | null): void {
    this.#hovered = index === null ? null : { search: this.search, index };
    const at = index === null ? undefined : this.search[index];
    this.context.selection.hover(at?.chosen === true ? this.#placeOf(at) : null);
  }

  choose(index: number): void {
    const at = this.search[index];
    const again = this.locked === index || at?.chosen === true;
    this.#locked = again ? null : { search: this.search, index };
    if (at?.chosen === true) this.context.selection.toggle(this.#placeOf(at));
  }

  /** Moves on by a key: what is locked moves along; while nothing is, the node is previewed, as the pointer does. */
  step(index: number): void {
    const at = this.search[index];
    if (at === undefined) return;
    const { selection } = this.context;
    if (this.locked === null && selection.locked === null) {
      this.hover(index);
      return;
    }
    this.hover(null);
    this.#locked = at.chosen ? null : { search: this.search, index };
    if (at.chosen) selection.lock(this.#placeOf(at));
  }

  #placeOf({ step }: SearchNode): Place {
    return { token: { side: 'target', index: positionOf(step, this.context.run) } };
  }

  /** The search begins with a hypothesis that was given by hand. */
  get isForced(): boolean {
    return (this.context.decoding.options.prefix?.length ?? 0) > 0;
  }

  /** Lets the search begin with the hypothesis that is looked at. */
  goOn(): void {
    const { decoding } = this.context;
    const prefix = this.path.map((index) => this.search[index]?.token.id ?? 0);
    decoding.set({ ...decoding.options, prefix });
  }

  /** Lets the model begin as it would. */
  letGo(): void {
    const { decoding } = this.context;
    decoding.set(without(decoding.options, 'prefix'));
  }

  save(): Json {
    return { node: this.locked, scroll: [this.scroll.left, this.scroll.top].map(Math.round) };
  }

  show(state: Json): Promise<void> {
    this.#take(state);
    return Promise.resolve();
  }

  #take(state: Json | null): void {
    const range = { least: 0, most: this.search.length - 1, whole: true };
    const index = savedNumber(state, 'node', null, range);
    if (index !== null) this.#locked = { search: this.search, index };
    else if (savedNone(state, 'node')) this.#locked = null;
    const [left = this.scroll.left, top = this.scroll.top] = savedNumbers(state, 'scroll', 2) ?? [];
    this.scroll = { left, top };
  }

  async drawing(size: DrawingSize): Promise<Drawing> {
    return beamsDrawing(await this.#found(), size);
  }

  async table(): Promise<Table> {
    return beamsTable(await this.#found());
  }

  /** @throws HeadgateError `no-search` */
  async #found(): Promise<readonly SearchNode[]> {
    if (this.search.length > 0) return Promise.resolve(this.search);
    throw new HeadgateError(
      'no-search',
      'One hypothesis was followed: there is no tree of them.',
      'Choose two or more beams in the writing bar; in a shell, --beams 4.',
    );
  }

  close(): void {
    // It computes nothing.
  }
}
