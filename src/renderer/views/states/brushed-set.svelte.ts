import { onThroughout, type OnSets, type Stretch } from '../../analysis/bit-sets.ts';
import { HeadgateError } from '../../../common/error.ts';
import { Computed } from '../../common/computed.svelte.ts';
import { counted, formatValue } from '../../common/numbers.ts';
import { stateLane, type StateName } from '../../common/recurrent/unit-features.ts';
import { savedNumber, savedNumberList, savedSwitch, type Json } from '../../common/saved.ts';
import { spacedText } from '../../../common/text/token.ts';
import { visibleText } from '../../common/tokens.ts';
import type { RecurrentTrace } from '../../runs/facets/recurrent.ts';
import type { Run } from '../../runs/run.ts';
import type { ViewContext } from '../view.ts';
import { placesOf, type Places } from './places.ts';
import { savedStretch } from './saved.ts';
import {
  longStates,
  setsOf,
  textStates,
  type LongText,
  type LongWish,
  type SetsWish,
  type TextStates,
} from './work.ts';

/** One direction of one layer of a run. */
export interface Layer {
  readonly run: Run;
  readonly trace: RecurrentTrace;
  readonly layer: number;
  readonly reverse: boolean;
}

/** What the set is of; reactive. */
interface Looked {
  readonly layer: Layer | null;
  readonly state: StateName;
  /** The set is shown, or may be soon. */
  readonly wanted: boolean;
}

/** The units that are on all over a brushed stretch of the text, and the other places where they are (LSTMVis). */
export class BrushedSet {
  threshold = $state(0.5);
  /** Only units that are off just before and after the stretch. */
  exactly = $state(false);
  /** The brushed steps; null: none. */
  stretch = $state.raw<Stretch | null>(null);
  /** Units that the user took out of the set. */
  without = $state.raw<readonly number[]>([]);
  /** A text that is searched besides; not kept with the view. */
  long = $state.raw<LongText | null>(null);

  readonly states: Computed<Layer & { readonly state: StateName }, TextStates>;
  readonly sets: Computed<SetsWish, OnSets>;
  readonly longStates: Computed<LongWish, TextStates>;
  readonly longSets: Computed<SetsWish, OnSets>;

  constructor(
    private readonly models: () => ViewContext['models'],
    private readonly looked: () => Looked,
  ) {
    this.states = new Computed(
      () => {
        const { layer, state, wanted } = this.looked();
        if (layer === null) return null;
        return wanted || this.stretch !== null ? { ...layer, state } : undefined;
      },
      ({ run, trace, layer, reverse, state }, { signal }) =>
        textStates(run, stateLane(trace, layer, reverse, state), trace.tokens, signal),
    );
    this.sets = new Computed<SetsWish, OnSets>(() => {
      const { current } = this.states;
      return current === null ? null : { states: current.value, threshold: this.threshold };
    }, setsOf);
    this.longStates = new Computed<LongWish, TextStates>(
      () => {
        const { layer, state } = this.looked();
        if (layer === null || this.long === null) return null;
        const { run, trace, layer: index, reverse } = layer;
        return { run, long: this.long, stack: trace.stack, layer: index, reverse, state };
      },
      (wish, { signal }) => longStates(wish, this.models(), signal),
    );
    this.longSets = new Computed<SetsWish, OnSets>(() => {
      const states = this.longStates.value;
      return states === null ? null : { states, threshold: this.threshold };
    }, setsOf);
  }

  readonly #layer = $derived.by(() => this.looked().layer);
  /** Everything that is computed for it. */
  get parts() {
    return [this.states, this.sets, this.longStates, this.longSets] as const;
  }

  /** The units of the set; null: nothing is brushed, or not known yet. */
  readonly units: readonly number[] | null = $derived.by(() => {
    const sets = this.sets.value;
    if (this.stretch === null || sets === null || this.states.current?.wish.run !== this.#layer?.run)
      return null;
    return onThroughout(sets, this.stretch, this.exactly).filter((unit) => !this.without.includes(unit));
  });

  /** Where the set is on, text by text; null: there is no set. */
  readonly places: readonly Places[] | null = $derived.by(() => {
    const { units, stretch, long } = this;
    const [states, sets] = [this.states.value, this.sets.value];
    if (units === null || states === null || sets === null) return null;
    const found = [placesOf({ name: 'this text', tokens: states.tokens, sets }, units, stretch)];
    const [longStatesNow, longSets] = [this.longStates.value, this.longSets.value];
    if (long !== null && longStatesNow !== null && longSets !== null)
      found.push(placesOf({ name: long.name, tokens: longStatesNow.tokens, sets: longSets }, units, null));
    return found;
  });

  /** The stretch and its set in words; empty: nothing is brushed. */
  readonly sentence = $derived.by(() => {
    const { stretch, units, places, threshold } = this;
    const trace = this.#layer?.trace;
    if (stretch === null || trace === undefined) return '';
    const words = trace.tokens.slice(stretch.from, stretch.to).map((token) => visibleText(spacedText(token)));
    const name = `“${words.slice(0, 30).join('')}${words.length > 30 ? '…' : ''}” (${stretch.from}–${stretch.to - 1})`;
    if (units === null || places === null) return name;
    const on = threshold < 0 ? `at most ${formatValue(threshold)}` : `at least ${formatValue(threshold)}`;
    const found = places.map(({ of, stretches }) => `${counted(stretches.length, 'place')} in ${of.name}`);
    return `${name}: ${counted(units.length, 'unit')} with ${on} all through; together also at ${found.join(', ')}`;
  });

  /** Brushes the steps between two, both included, or none. */
  brush(stretch: readonly [number, number] | null): void {
    this.without = [];
    if (stretch === null) this.stretch = null;
    else {
      const last = (this.#layer?.trace.tokens.length ?? 0) - 1;
      const [a, b] = stretch.map((step) => Math.min(Math.max(step, 0), last)) as [number, number];
      this.stretch = { from: Math.min(a, b), to: Math.max(a, b) + 1 };
    }
  }

  /** The stretch grows from `at` to another step, or from the end of it that is there. */
  growTo(step: number, at: number): void {
    const { from, to } = this.stretch ?? { from: at, to: at + 1 };
    this.brush([at === from && to - 1 !== from ? to - 1 : from, step]);
  }

  /** The places once they are known. @throws HeadgateError `nothing-brushed` */
  async settledPlaces(): Promise<readonly Places[]> {
    if (this.stretch === null)
      throw new HeadgateError(
        'nothing-brushed',
        'No stretch of the text is brushed whose units could be found again.',
        'Drag over the text or the curves, or move over them with Shift and the arrow keys.',
      );
    for (const part of this.parts) await part.settled();
    return this.places ?? [];
  }

  save() {
    const { threshold, exactly, without, stretch } = this;
    return { threshold, exactly, without, stretch: stretch === null ? null : [stretch.from, stretch.to] };
  }

  take(state: Json | null): void {
    this.threshold = savedNumber(state, 'threshold', this.threshold);
    this.exactly = savedSwitch(state, 'exactly', this.exactly);
    this.without = savedNumberList(state, 'without') ?? this.without;
    this.stretch = savedStretch(state, this.stretch);
  }

  close(): void {
    for (const part of this.parts) part.close();
  }
}
