import { Computed } from '../../common/computed.svelte.ts';
import { glide, mix } from '../../common/motion.ts';
import { formatCosine } from '../../common/numbers.ts';
import { savedNone, savedNumber, savedSwitch, type Json } from '../../common/saved.ts';
import type { Table } from '../../common/table.ts';
import { isOfWords, nameOf, noWords } from '../../common/words.ts';
import type { Drawing, DrawingSize } from '../../drawing/drawing.ts';
import { tokenOn, type Place } from '../../runs/place.ts';
import type { Run } from '../../runs/run.ts';
import type { ViewCommand, ViewContext, ViewInstance } from '../view.ts';
import { mapSpots, titleOf, wordMapDrawing, type MapLook } from './drawing.ts';
import { termsOf } from './map.ts';
import { wordMapOf, type WordMap } from './points.ts';
import { wordMapTable } from './table.ts';

/** Text of the picture, CSS pixels. */
const TEXT: Readonly<Record<ViewContext['size'], number>> = { window: 13, presented: 26 };
/** Farthest from a point, in sizes of the text, that still means it. */
const REACH = 1.2;

/** The words of a text, their sum and the words near them in a plane. */
export class WordMapView implements ViewInstance {
  /** Of the picture, CSS pixels; its elements tell. */
  width = $state(0);
  height = $state(0);
  /** The point under the pointer or the keys, of a map. */
  #pointed = $state.raw<{ readonly map: WordMap; readonly index: number } | null>(null);
  /** Terms of the sum that are drawn; null: all. */
  #terms = $state<number | null>(null);
  near = $state(true);
  #flight: AbortController | null = null;
  readonly map: Computed<{ readonly run: Run }, WordMap>;

  constructor(
    readonly context: ViewContext,
    saved: Json | null,
  ) {
    this.#take(saved);
    this.map = new Computed(() => {
      const { run } = this.context;
      return isOfWords(run) ? { run } : null;
    }, wordMapOf);
  }

  /** The map of the run; null: not found yet. */
  readonly shown: WordMap | null = $derived.by(() => {
    const { current } = this.map;
    return current?.wish.run === this.context.run ? current.value : null;
  });
  readonly size: DrawingSize = $derived.by(() => ({
    ...{ width: this.width, height: this.height, text: TEXT[this.context.size] },
  }));
  readonly pointed: number | null = $derived.by(() =>
    this.#pointed !== null && this.#pointed.map === this.shown ? this.#pointed.index : null,
  );
  readonly terms = $derived.by(() => termsOf(this.context.run).length);

  readonly look: MapLook = $derived.by(() => ({
    pointed: this.pointed,
    looked: tokenOn(this.context.selection.current, 'target'),
    terms: Math.min(this.#terms ?? Infinity, this.terms),
    near: this.near,
  }));
  /** What is on screen; null: nothing yet. */
  readonly picture: Drawing | null = $derived.by(() =>
    this.shown === null || this.width === 0 || this.height === 0
      ? null
      : wordMapDrawing(this.shown, this.look, this.size),
  );

  /** What is pointed at, in words; empty: nothing is. */
  readonly sentence = $derived.by(() => {
    const { run } = this.context;
    const point = this.pointed === null ? undefined : this.shown?.points[this.pointed];
    if (point === undefined) return '';
    if (point.kind !== 'near') return point.kind === 'sum' ? `the sum: ${point.text}` : point.text;
    return `${point.text}: cosine ${formatCosine(point.cosine)} to ${nameOf(run, point.of)}`;
  });

  readonly spoken = $derived.by(() => {
    if (!isOfWords(this.context.run)) return noWords().message;
    if (this.sentence !== '') return this.sentence;
    return this.shown === null ? 'A map of words' : titleOf(this.shown);
  });

  placeOf(position: number): Place {
    return { token: { side: 'target', index: position } };
  }

  /** Points at a point of the map, by its place in the list; null: at none. */
  point(index: number | null): void {
    const { shown } = this;
    this.#pointed = index === null || shown === null ? null : { map: shown, index };
    const position = index === null ? null : (shown?.points[index]?.position ?? null);
    this.context.selection.hover(position === null ? null : this.placeOf(position));
  }

  /** The point at a place of the picture, CSS pixels. */
  pick(x: number, y: number): number | null {
    if (this.shown === null) return null;
    const apart = mapSpots(this.shown, this.size).points.map((spot) => Math.hypot(spot.x - x, spot.y - y));
    const least = Math.min(...apart);
    return least <= REACH * this.size.text ? apart.indexOf(least) : null;
  }

  /** Locks the word that is pointed at. */
  choose(): void {
    const position = this.pointed === null ? null : (this.shown?.points[this.pointed]?.position ?? null);
    if (position !== null) this.context.selection.toggle(this.placeOf(position));
  }

  /** Draws the arrows of the sum, from a number of them to another. @param to null: all */
  async play(from: number, to: number | null, signal?: AbortSignal): Promise<void> {
    this.#flight?.abort();
    const flight = new AbortController();
    this.#flight = flight;
    const ended = signal === undefined ? flight.signal : AbortSignal.any([signal, flight.signal]);
    await glide((share) => {
      this.#terms = share === 1 ? to : mix(from, to ?? this.terms, share);
    }, ended);
    if (signal?.aborted === true && !flight.signal.aborted) this.#terms = to;
  }

  readonly commands: readonly ViewCommand[] = [
    {
      ...{ id: 'play', title: 'Play, or pause', shortcut: 'A', words: 'animate sum arrows tip to tail' },
      when: () => this.terms > 0,
      run: () => this.play(0, null),
    },
    {
      ...{ id: 'near', title: 'Show or hide the words that are near', shortcut: 'W' },
      run: () => {
        this.near = !this.near;
      },
    },
  ];

  save(): Json {
    return { terms: this.#terms, near: this.near };
  }

  async show(state: Json, how: Parameters<ViewInstance['show']>[1] = {}): Promise<void> {
    const from = this.look.terms;
    this.#take(state);
    if (how.animate === true && this.look.terms !== from) await this.play(from, this.#terms, how.signal);
  }

  #take(state: Json | null): void {
    this.#flight?.abort();
    const terms = savedNumber(state, 'terms', this.#terms, { least: 0 });
    this.#terms = savedNone(state, 'terms') ? null : terms;
    this.near = savedSwitch(state, 'near', this.near);
  }

  async #settled(): Promise<WordMap> {
    const map = await this.map.settled();
    if (map === null) throw noWords();
    return map;
  }

  async drawing(size: DrawingSize): Promise<Drawing> {
    return wordMapDrawing(await this.#settled(), this.look, size);
  }

  async table(): Promise<Table> {
    return wordMapTable(await this.#settled());
  }

  close(): void {
    this.#flight?.abort();
    this.map.close();
  }
}
