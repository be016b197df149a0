import { headsTitle } from '../../common/attention-names.ts';
import { Computed } from '../../common/computed.svelte.ts';
import { formatValue } from '../../common/numbers.ts';
import { savedChoice, savedNumber, type Json } from '../../common/saved.ts';
import type { Drawing, DrawingSize } from '../../drawing/drawing.ts';
import type { Place } from '../../runs/place.ts';
import type { AttentionMap, Token } from '../../runs/run.ts';
import type { HeadChoice } from '../../common/head-choice.svelte.ts';
import type { ViewContext } from '../view.ts';
import { lineRow, linesDrawing } from './lines.ts';
import { headsOf, MANY_KEYS, PAIRS, strongestLinks, type Link, type LinksWish, type Pairs } from './links.ts';

/** Size of text of the lines. */
const TEXT = { window: 12, presented: 26 } as const;
/** Rows beyond the edges of what is on screen that are drawn too. */
const BEYOND = 8;

/** All chips are off, as it is saved: what is empty follows the head of the view. */
const NO_CHIPS = 'none';

/** The view whose heads are shown as lines. */
interface LinesOf {
  readonly context: ViewContext;
  readonly mode: 'matrix' | 'lines';
  readonly map: AttentionMap | null;
  readonly layer: number;
  /** Of the head in its layer. */
  readonly index: number;
  readonly firstKey: number;
  /** Names of the rows. */
  readonly rows: readonly Token[];
  readonly looked: { readonly row: number | null; readonly column: number | null };
  readonly choice: Pick<HeadChoice, 'pick'>;
  placeOf(row: number, column: number): Place;
}

/** A layer's heads as lines between tokens: which heads, how strong, how far scrolled. */
export class HeadLines {
  /** Heads of the layer, and the head of the view that they were chosen at; null: that of the view alone. */
  #chips = $state.raw<{ readonly heads: readonly number[]; readonly at: number } | null>(null);
  /** Lines of less weight are not shown. */
  threshold = $state(0.1);
  pairs = $state<Pairs>('all');
  /** Size in CSS pixels, and how far it is scrolled; the elements tell. */
  width = $state(0);
  height = $state(0);
  scroll = $state(0);
  readonly found: Computed<LinksWish, readonly Link[]>;

  constructor(private readonly view: LinesOf) {
    this.found = new Computed(() => this.#wish(), strongestLinks);
  }

  /** The chosen heads, until the view goes to one that is not among them. */
  readonly #chosen: readonly number[] | null = $derived.by(() => {
    if (this.#chips === null) return null;
    const { heads, at } = this.#chips;
    const { index, map } = this.view;
    if (at !== index && !heads.includes(index)) return null;
    return heads.filter((head) => head < (map?.heads ?? 0));
  });
  /** Heads of the layer that are shown. */
  readonly heads: readonly number[] = $derived.by(() => this.#chosen ?? [this.view.index]);
  /** Of each token only the strongest lines are there. */
  readonly isThinned = $derived.by(() => (this.view.map?.keys.length ?? 0) > MANY_KEYS);

  #wish(): LinksWish | null {
    const { map, mode, layer, firstKey, context } = this.view;
    if (map === null || mode !== 'lines') return null;
    return { run: context.run, map, layer, heads: this.heads.join(), pairs: this.pairs, firstKey };
  }

  /** The lines that are strong enough. */
  readonly links: readonly Link[] = $derived.by(() => {
    const { current } = this.found;
    return current?.wish.run === this.view.context.run ? this.#strong(current.value) : [];
  });

  #strong(links: readonly Link[]): readonly Link[] {
    return links.filter(({ weight }) => weight >= this.threshold);
  }

  /** What is on screen; null: nothing. */
  readonly drawn: Drawing | null = $derived.by(() => {
    const { map, mode, context } = this.view;
    if (map === null || mode !== 'lines') return null;
    const text = TEXT[context.size];
    const [top, bottom] = [this.scroll, this.scroll + this.height].map((y) => y / lineRow(text));
    const sight = [Math.floor(top ?? 0) - BEYOND, Math.ceil(bottom ?? 0) + BEYOND] as const;
    return this.#draw(map, this.links, sight, this.width, text);
  });

  /** All of it as a figure. */
  async drawing(map: AttentionMap, { width, text }: DrawingSize): Promise<Drawing> {
    const wish = this.#wish();
    const links = wish === null ? [] : await strongestLinks(wish, { signal: new AbortController().signal });
    return this.#draw(map, this.#strong(links), [0, Infinity], width, text);
  }

  #draw(
    map: AttentionMap,
    links: readonly Link[],
    sight: readonly [number, number],
    width: number,
    text: number,
  ): Drawing {
    const { context, layer, rows, looked } = this.view;
    const title = `${context.run.model.name} · ${headsTitle(map, layer, this.heads)} · weights from ${formatValue(this.threshold)}`;
    const figure = { queries: rows, keys: map.keys, heads: map.heads, links, sight, looked, title };
    return linesDrawing(figure, width, text);
  }

  /** Shows the lines of a head, or hides them. */
  toggle(head: number): void {
    const { heads } = this;
    const next = heads.includes(head)
      ? heads.filter((other) => other !== head)
      : [...heads, head].sort((a, b) => a - b);
    this.#chips = { heads: next, at: this.view.index };
  }

  /** Shows the lines of this head alone. */
  solo(head: number): void {
    this.#chips = null;
    this.view.choice.pick(this.view.layer, head);
  }

  /** The place of an end of the lines: `query 3`, `key 5`. */
  placeOfEnd(id: string): Place {
    const [side, index = '0'] = id.split(' ');
    const { token, key, ...head } = this.view.placeOf(Number(index), Number(index));
    return { ...head, ...(side === 'query' ? token && { token } : key && { key }) };
  }

  save() {
    const { threshold, pairs, scroll } = this;
    const chosen = this.#chosen;
    const chips = chosen === null ? '' : chosen.length === 0 ? NO_CHIPS : chosen.join();
    return {
      threshold,
      pairs,
      scroll: Math.round(scroll),
      chips,
      chipsAt: chips === '' ? 0 : this.view.index,
    };
  }

  take(state: Json | null): void {
    this.threshold = savedNumber(state, 'threshold', this.threshold, { least: 0, most: 1 });
    this.pairs = savedChoice(state, 'pairs', this.pairs, PAIRS);
    this.scroll = savedNumber(state, 'scroll', this.scroll, { least: 0 });
    const chips = savedChoice(state, 'chips', null);
    const at = savedNumber(state, 'chipsAt', this.view.index, { least: 0, whole: true });
    if (chips === '') this.#chips = null;
    else if (chips === NO_CHIPS) this.#chips = { heads: [], at };
    else if (chips !== null && /^\d+(,\d+)*$/.test(chips)) this.#chips = { heads: headsOf(chips), at };
  }

  close(): void {
    this.found.close();
  }
}
