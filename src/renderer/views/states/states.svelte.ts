import { Computed } from '../../common/computed.svelte.ts';
import { formatValue } from '../../common/numbers.ts';
import { lanesOf } from '../../common/recurrent/lanes.ts';
import { layerUnits, stateLane, statesOf, type StateName } from '../../common/recurrent/unit-features.ts';
import type { UnitCurve } from '../../common/recurrent/unit-values.ts';
import { savedChoice, savedNumber, savedNumberList, type Json } from '../../common/saved.ts';
import { noRecurrent } from '../../common/recurrent/no-recurrent.ts';
import { StackChoice } from '../../common/stack-choice.svelte.ts';
import type { Table } from '../../common/table.ts';
import { tokenName } from '../../common/tokens.ts';
import type { Drawing, DrawingSize } from '../../drawing/drawing.ts';
import type { RecurrentTrace } from '../../runs/facets/recurrent.ts';
import { indexOn, lookedIndex, type Place } from '../../runs/place.ts';
import type { Run } from '../../runs/run.ts';
import type { ViewCommand, ViewContext, ViewInstance } from '../view.ts';
import { BrushedSet, type Layer } from './brushed-set.svelte.ts';
import { COLOURS, PICTURES, type Colour, type Picture } from './choices.ts';
import { curvesDrawing, type CurvesPicture } from './curves-drawing.ts';
import {
  followDrawing,
  followed,
  followTable,
  isSameWish,
  type Followed,
  type FollowWish,
} from './follow.ts';
import { placesDrawing, placesTable } from './places.ts';
import { unitsTable } from './saved.ts';
import { textDrawing, type Colouring, type TextPicture } from './text-drawing.ts';
import { curvesOf, gradientColouring } from './work.ts';

/** Units that are shown under each other at most. */
const MOST_UNITS = 4;

/** What single units of a recurrent layer follow, and where sets of them are on. */
export class StatesView implements ViewInstance {
  picture = $state<Picture>('text');
  colour = $state<Colour>('state');
  /** The unit that is looked at, and others under it. */
  unit = $state(0);
  beside = $state.raw<readonly number[]>([]);
  /** A regular expression as a feature; empty: none. */
  pattern = $state('');
  #state = $state<StateName>('cell');
  /** The units that are on over a brushed stretch. */
  readonly brushed: BrushedSet;

  readonly choice: StackChoice;
  readonly curves: Computed<
    Layer & { readonly units: string },
    readonly { unit: number; curves: readonly UnitCurve[] }[]
  >;
  readonly gradient: Computed<
    { readonly run: Run; readonly trace: RecurrentTrace; readonly position: number },
    { readonly colouring: Colouring | null }
  >;
  readonly follow: Computed<FollowWish, Followed>;

  constructor(
    readonly context: ViewContext,
    saved: Json | null,
  ) {
    this.choice = new StackChoice(() => this.context.run);
    this.brushed = new BrushedSet(
      () => this.context.models,
      () => ({ layer: this.#layer(), state: this.state, wanted: this.picture === 'places' }),
    );
    this.#take(saved);
    this.curves = new Computed(
      () => {
        const layer = this.#layer();
        return layer === null ? null : { ...layer, units: this.units.join(' ') };
      },
      (wish, { signal }) =>
        curvesOf(wish.run, lanesOf(wish.trace, wish.layer, wish.reverse), unitsIn(wish.units), signal),
    );
    this.gradient = new Computed(
      () =>
        this.trace === null || this.picture !== 'text' || this.colour !== 'gradient'
          ? null
          : { run: this.context.run, trace: this.trace, position: this.position },
      async ({ run, trace, position }, { signal }) => ({
        colouring: await gradientColouring(run, trace, position, signal),
      }),
    );
    this.follow = new Computed<FollowWish, Followed>(
      () => (this.picture === 'follow' ? this.#followWish() : undefined),
      (wish, { signal }) => followed(wish, signal),
    );
  }

  readonly trace = $derived.by(() => this.choice.trace);
  readonly steps = $derived.by(() => this.trace?.tokens.length ?? 0);
  readonly text = $derived.by(() => (this.context.size === 'presented' ? 24 : 12));
  /** The state that is looked at: of a layer without a cell the hidden one. */
  readonly state: StateName = $derived.by(() =>
    this.trace !== null && statesOf(this.trace).includes(this.#state) ? this.#state : 'hidden',
  );
  /** Units of the layer. */
  readonly most = $derived.by(() => {
    const layer = this.#layer();
    return layer === null ? 0 : layerUnits(layer.run, layer.trace, layer.layer, layer.reverse);
  });
  readonly units: readonly number[] = $derived.by(() => {
    const most = this.most;
    return [Math.min(this.unit, most - 1), ...this.beside].filter(
      (unit, at, all) => unit >= 0 && unit < most && all.indexOf(unit) === at,
    );
  });
  readonly step = $derived.by(() => indexOn(this.context.selection.current, this.choice.side));
  /** The position whose answer is derived. */
  readonly position = $derived.by(() => {
    const { run, selection } = this.context;
    return lookedIndex(run, selection.locked, 'target');
  });

  pickState(state: StateName): void {
    this.#state = state;
  }

  #layer(): Layer | null {
    const { trace } = this;
    const { layer, reverse } = this.choice;
    return trace === null ? null : { run: this.context.run, trace, layer, reverse };
  }

  #followWish(): FollowWish | null {
    const layer = this.#layer();
    if (layer === null) return null;
    const lane = this.#lane(layer);
    return { run: layer.run, lane, trace: layer.trace, pattern: this.pattern };
  }

  /** The same object for the same lane, so that wishes for it are the same. */
  #lane({ trace, layer, reverse }: Layer) {
    const lane = stateLane(trace, layer, reverse, this.state);
    const known = this.follow.current?.wish.lane;
    return known?.activation === lane.activation ? known : lane;
  }

  /** The curves of the units that are looked at; null: not read yet. */
  readonly unitCurves = $derived.by(() => {
    const { current } = this.curves;
    return current?.wish.run === this.context.run && current.wish.trace === this.trace ? current.value : null;
  });

  readonly textPicture: TextPicture | null = $derived.by(() => {
    const { trace, unitCurves, colour } = this;
    if (trace === null || unitCurves === null) return null;
    const gradient =
      this.gradient.current?.wish.run === this.context.run ? this.gradient.current.value : null;
    if (colour === 'gradient' && gradient === null) return null;
    return this.#textOf(trace, unitCurves, gradient?.colouring ?? null);
  });

  #textOf(
    trace: RecurrentTrace,
    units: NonNullable<typeof this.unitCurves>,
    gradient: Colouring | null,
  ): TextPicture {
    const ofUnits = units.flatMap(({ unit, curves }): Colouring[] => {
      const found = curves.find(({ lane }) => lane.title === this.state);
      if (found === undefined) return [];
      return [{ title: `unit ${unit}, ${this.state}`, values: found.values, scale: 'diverging' }];
    });
    const colourings = this.colour === 'gradient' ? (gradient === null ? [] : [gradient]) : ofUnits;
    // Only what is locked is marked: a text of many letters is not drawn again at every move of the pointer.
    const looked = indexOn(this.context.selection.locked, this.choice.side);
    return { colourings, tokens: trace.tokens, stretch: this.brushed.stretch, looked, title: this.title };
  }

  readonly curvesPicture: CurvesPicture | null = $derived.by(() => {
    const { trace, unitCurves, step, title } = this;
    return trace === null || unitCurves === null
      ? null
      : { units: unitCurves, tokens: trace.tokens, stretch: this.brushed.stretch, looked: step, title };
  });

  readonly followedNow: Followed | null = $derived.by(() => {
    const { current } = this.follow;
    return current?.wish.run === this.context.run ? current.value : null;
  });

  readonly title = $derived.by(() => {
    const titles: Record<Picture, string> = {
      text:
        this.colour === 'gradient'
          ? 'the text by how much an answer depends on it'
          : 'the text, coloured by units',
      curves: 'units over the text',
      follow: `what units follow: correlation of their ${this.state} state with features of the text`,
      places: 'where a set of units is on',
    };
    return this.trace === null ? '' : `${this.choice.title}: ${titles[this.picture]}`;
  });

  readonly sentence = $derived.by(() => {
    const { step, trace, unitCurves } = this;
    // What is brushed comes before what is locked; what is pointed at before both.
    const isPointed = indexOn(this.context.selection.hovered, this.choice.side) !== null;
    if (this.picture === 'places' || (!isPointed && this.brushed.stretch !== null))
      return this.brushed.sentence;
    if (step === null || trace === null || unitCurves === null || this.picture === 'follow') return '';
    const units = unitCurves.map(({ unit, curves }) => {
      const values = curves.map(({ lane, values: of }) => `${lane.title} ${formatValue(of[step] ?? NaN)}`);
      return `unit ${unit}: ${values.join(', ')}`;
    });
    return `${tokenName(trace.tokens, step)}: ${units.join('; ')}`;
  });

  readonly spoken = $derived.by(() => {
    if (this.trace === null) return 'This run has no recurrent layers';
    if (this.sentence !== '') return this.sentence;
    return `${this.title}${this.picture === 'follow' ? '' : `; units ${this.units.join(', ')}`}`;
  });

  placeOf(index: number): Place {
    return { token: { side: this.choice.side, index } };
  }

  /** Goes a step on; with `brushing` the stretch grows to it. */
  move(to: number, brushing: boolean): void {
    const step = Math.min(Math.max(to, 0), this.steps - 1);
    if (brushing) this.brushed.growTo(step, this.step ?? step);
    this.context.selection.lock(this.placeOf(step));
  }

  moveUnit(by: number): void {
    const most = Math.max(this.most - 1, 0);
    this.unit = Math.min(Math.max(this.unit + by, 0), most);
  }

  /** Puts a unit first; with `besides` it is shown under those that are there, or no more. */
  look(unit: number, besides = false): void {
    if (!besides) this.unit = unit;
    else if (this.beside.includes(unit)) this.beside = this.beside.filter((other) => other !== unit);
    else if (unit !== this.unit) this.beside = [...this.beside, unit].slice(1 - MOST_UNITS);
  }

  readonly commands: readonly ViewCommand[] = [
    ...PICTURES.map((picture) => ({
      id: `picture-${picture}`,
      title: `States: ${{ text: 'the text coloured', curves: 'curves of units', follow: 'what units follow', places: 'places where a set of units is on' }[picture]}`,
      words: 'karpathy lstmvis correlation pattern',
      run: () => {
        this.picture = picture;
      },
    })),
    {
      id: 'unbrush',
      title: 'Let the brushed stretch go',
      when: () => this.brushed.stretch !== null,
      run: () => this.brushed.brush(null),
    },
  ];

  save(): Json {
    const { picture, colour, unit, beside, pattern } = this;
    return {
      ...{ ...this.choice.save(), ...this.brushed.save() },
      ...{ picture, state: this.#state, colour, unit, beside, pattern },
    };
  }

  show(state: Json): Promise<void> {
    this.#take(state);
    return Promise.resolve();
  }

  #take(state: Json | null): void {
    this.choice.take(state);
    this.picture = savedChoice(state, 'picture', this.picture, PICTURES);
    this.#state = savedChoice(state, 'state', this.#state, ['cell', 'hidden']);
    this.colour = savedChoice(state, 'colour', this.colour, COLOURS);
    this.unit = savedNumber(state, 'unit', this.unit, { least: 0, whole: true });
    this.beside = savedNumberList(state, 'beside', MOST_UNITS - 1) ?? this.beside;
    this.pattern = savedChoice(state, 'pattern', this.pattern);
    this.brushed.take(state);
  }

  async drawing(size: DrawingSize): Promise<Drawing> {
    const layer = this.#layer();
    const wish = this.#followWish();
    if (layer === null || wish === null) throw noRecurrent();
    const { run, trace } = layer;
    const { signal } = new AbortController();
    if (this.picture === 'follow')
      return followDrawing(await this.#followed(wish, signal), this.unit, this.title, size);
    if (this.picture === 'places')
      return placesDrawing({ places: await this.brushed.settledPlaces(), title: this.title }, size);
    const units = await curvesOf(run, lanesOf(trace, layer.layer, layer.reverse), this.units, signal);
    if (this.picture === 'curves')
      return curvesDrawing(
        { units, tokens: trace.tokens, stretch: this.brushed.stretch, looked: this.step, title: this.title },
        size,
      );
    const gradient =
      this.colour === 'gradient' ? await gradientColouring(run, trace, this.position, signal) : null;
    return textDrawing(this.#textOf(trace, units, gradient), size);
  }

  async table(): Promise<Table> {
    const layer = this.#layer();
    const wish = this.#followWish();
    if (layer === null || wish === null) throw noRecurrent();
    const { signal } = new AbortController();
    if (this.picture === 'follow') return followTable(await this.#followed(wish, signal));
    if (this.picture === 'places')
      return placesTable(await this.brushed.settledPlaces(), this.brushed.units ?? []);
    const { run, trace } = layer;
    const lanes = lanesOf(trace, layer.layer, layer.reverse);
    return unitsTable(trace.tokens, await curvesOf(run, lanes, this.units, signal));
  }

  /** What is on screen where it is what is wished for: it may still be of another layer or pattern. */
  async #followed(wish: FollowWish, signal: AbortSignal): Promise<Followed> {
    const { current } = this.follow;
    return current !== null && isSameWish(current.wish, wish) ? current.value : followed(wish, signal);
  }

  close(): void {
    for (const part of [this.curves, this.gradient, this.follow, this.brushed]) part.close();
  }
}

const unitsIn = (list: string) => (list === '' ? [] : list.split(' ').map(Number));
