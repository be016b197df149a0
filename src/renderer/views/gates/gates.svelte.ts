import { Computed } from '../../common/computed.svelte.ts';
import { counted, formatValue } from '../../common/numbers.ts';
import { lanesOf, type Lane } from '../../common/recurrent/lanes.ts';
import { cellSum, unitCurves, type UnitCurve } from '../../common/recurrent/unit-values.ts';
import { savedChoice, savedNumber, type Json } from '../../common/saved.ts';
import { noRecurrent } from '../../common/recurrent/no-recurrent.ts';
import { StackChoice } from '../../common/stack-choice.svelte.ts';
import type { Table } from '../../common/table.ts';
import { tokenName } from '../../common/tokens.ts';
import type { Drawing, DrawingSize } from '../../drawing/drawing.ts';
import { indexOn, type Place } from '../../runs/place.ts';
import type { Run } from '../../runs/run.ts';
import type { RecurrentTrace } from '../../runs/facets/recurrent.ts';
import type { ViewCommand, ViewContext, ViewInstance } from '../view.ts';
import { gatesDrawing } from './drawing.ts';
import { unitFacts, type UnitFacts } from './facts.ts';
import { lanesLayout } from './lanes.ts';
import { brushed, savedBrush, SORT_WORDS, SORTS, unitOrder, type Brush, type Sort } from './orders.ts';
import { lanesPicture, type LanesPicture, type PictureWish } from './picture.ts';
import { PICTURES, type Picture } from './pictures.ts';
import { scatterDrawing } from './scatter.ts';
import { factsTable, gatesTable } from './table.ts';

/** One direction of one layer of a run. */
interface Layer {
  readonly run: Run;
  readonly trace: RecurrentTrace;
  readonly layer: number;
  readonly reverse: boolean;
}

/** A place in a lane: 0 … 1 along its units and its steps. */
interface Pointed {
  readonly lane: number;
  readonly y: number;
  readonly x: number;
}

/** Gates and states of a recurrent layer, unit by unit over time. */
export class GatesView implements ViewInstance {
  picture = $state<Picture>('lanes');
  sort = $state<Sort>('number');
  /** The unit whose curves are shown; null: none. */
  unit = $state<number | null>(null);
  /** What is brushed in the plane of saturations: only these units are shown in the lanes. */
  brush = $state.raw<Brush | null>(null);
  pointed = $state.raw<Pointed | null>(null);
  /** A dot of the scatter that is pointed at, in words. */
  dot = $state('');
  /** Room of the lanes in CSS pixels, and device pixels for each: their elements tell. */
  width = $state(0);
  height = $state(0);
  ratio = $state(1);

  readonly choice: StackChoice;
  readonly facts: Computed<Layer, UnitFacts>;
  readonly pooled: Computed<PictureWish, LanesPicture>;
  readonly curves: Computed<Layer & { readonly unit: number }, readonly UnitCurve[]>;

  constructor(
    readonly context: ViewContext,
    saved: Json | null,
  ) {
    this.choice = new StackChoice(() => this.context.run);
    this.#take(saved);
    this.facts = new Computed<Layer, UnitFacts>(
      () => (this.#needsFacts ? this.#layer() : undefined),
      (wish, { signal }) => factsOf(wish, signal),
    );
    this.pooled = new Computed(() => this.#pictureWish(), lanesPicture);
    this.curves = new Computed(
      () => {
        const layer = this.#layer();
        return layer === null || this.unit === null ? null : { ...layer, unit: this.unit };
      },
      (wish, work) => curvesOf(wish, work.signal),
    );
  }

  readonly trace = $derived.by(() => this.choice.trace);
  readonly lanes: readonly Lane[] = $derived.by(() =>
    this.trace === null ? [] : lanesOf(this.trace, this.choice.layer, this.choice.reverse),
  );
  readonly text = $derived.by(() => (this.context.size === 'presented' ? 29 : 12));
  readonly steps = $derived.by(() => this.trace?.tokens.length ?? 1);

  #layer(): Layer | null {
    const { trace } = this;
    const { layer, reverse } = this.choice;
    return trace === null ? null : { run: this.context.run, trace, layer, reverse };
  }

  get #needsFacts(): boolean {
    return this.sort !== 'number' || this.picture === 'saturation' || this.brush !== null;
  }

  /** What is known of the units of the layer that is shown; null: not yet. */
  readonly known: UnitFacts | null = $derived.by(() => {
    const { current } = this.facts;
    const layer = this.#layer();
    const isOfLayer =
      current?.wish.trace === layer?.trace &&
      current?.wish.layer === layer?.layer &&
      current?.wish.reverse === layer?.reverse;
    return isOfLayer ? (current?.value ?? null) : null;
  });
  /** Orders that this layer has. */
  readonly sorts: readonly Sort[] = $derived.by(() => {
    const keeps = this.lanes.some((lane) => lane.keeps);
    const saturates = this.lanes.some(({ kind }) => kind === 'gate') || this.trace?.cell === 'rnn-tanh';
    return SORTS.filter((sort) => (sort !== 'half-life' || keeps) && (sort !== 'saturation' || saturates));
  });
  readonly brushed = $derived.by(() => brushed(this.brush, this.known));
  /** The units that are shown, in their order. */
  readonly order = $derived.by(() => this.#orderBy(this.known));

  #orderBy(facts: UnitFacts | null): Uint32Array<ArrayBuffer> {
    const order = unitOrder(this.sort, this.trace?.units ?? 0, facts);
    const inside = brushed(this.brush, facts);
    return inside === null || inside.size === 0 ? order : order.filter((unit) => inside.has(unit));
  }

  readonly layout = $derived.by(() =>
    lanesLayout({
      ...{ width: this.width, height: this.height, ratio: this.ratio, text: this.text },
      lanes: Math.max(this.lanes.length, 1),
      ...{ units: this.order.length, steps: this.steps },
    }),
  );

  #pictureWish(): PictureWish | null | undefined {
    if (this.trace === null) return null;
    if (this.width === 0 || this.picture !== 'lanes' || (this.#needsFacts && this.known === null))
      return undefined;
    const { order, lanes } = this;
    const { rows, columns } = this.layout;
    return { run: this.context.run, lanes, order, rows, columns };
  }

  /** The lanes that are on the GPU of the run; null: there are none yet. */
  readonly shown = $derived.by(() => {
    const { current } = this.pooled;
    return current?.wish.run.gpu === this.context.run.gpu ? current.value : null;
  });
  /** The curves of the locked unit; null: there are none, or not yet. */
  readonly unitCurves = $derived.by(() => {
    const { current } = this.curves;
    return current?.wish.run === this.context.run ? current.value : null;
  });

  /** The step that is looked at here or elsewhere. */
  readonly step = $derived.by(() => indexOn(this.context.selection.current, this.choice.side));

  placeOf(index: number): Place {
    return { token: { side: this.choice.side, index } };
  }

  /** The unit and the step of a place in a lane. */
  at({ lane, x, y }: Pointed): { readonly unit: number; readonly step: number } {
    const order = this.shown?.lanes[lane]?.order ?? this.order;
    const row = Math.min(Math.max(Math.floor(y * order.length), 0), order.length - 1);
    return { unit: order[row] ?? 0, step: Math.min(Math.max(Math.floor(x * this.steps), 0), this.steps - 1) };
  }

  point(pointed: Pointed | null): void {
    this.pointed = pointed;
    this.context.selection.hover(pointed === null ? null : this.placeOf(this.at(pointed).step));
  }

  /** Locks the step and the unit, or lets both go where they are locked already. */
  lock(pointed: Pointed): void {
    const { unit, step } = this.at(pointed);
    const { selection } = this.context;
    const isSame = unit === this.unit && indexOn(selection.locked, this.choice.side) === step;
    this.unit = isSame ? null : unit;
    if (isSame) selection.toggle(this.placeOf(step));
    else selection.lock(this.placeOf(step));
  }

  /** Moves the lock over the units, in their order. */
  moveUnit(by: number): void {
    const { order, unit } = this;
    const at = unit === null ? -1 : order.indexOf(unit);
    const to = at < 0 ? (by > 0 ? 0 : order.length - 1) : Math.min(Math.max(at + by, 0), order.length - 1);
    this.unit = order[to] ?? null;
  }

  /** What is looked at, in words; empty: nothing. */
  readonly sentence = $derived.by(() => {
    if (this.picture === 'saturation' && this.dot !== '') return this.dot;
    return this.#pointedSentence() ?? this.#unitSentence() ?? '';
  });

  #pointedSentence(): string | null {
    const { pointed, shown, trace } = this;
    const found = pointed === null || this.picture !== 'lanes' ? undefined : shown?.lanes[pointed.lane];
    if (pointed === null || shown === null || trace === null || found === undefined) return null;
    const { lane, rows, order } = found;
    const { columns, steps } = shown;
    const cell = (place: number, count: number) =>
      Math.min(Math.max(Math.floor(place * count), 0), count - 1);
    const [row, column] = [cell(pointed.y, rows), cell(pointed.x, columns)];
    const value = shown.values[found.at + row * columns + column] ?? NaN;
    const units = Math.floor(((row + 1) * order.length) / rows) - Math.floor((row * order.length) / rows);
    const from = Math.floor((column * steps) / columns);
    const to = Math.floor(((column + 1) * steps) / columns) - 1;
    const { unit } = this.at(pointed);
    const who = units > 1 ? `${counted(units, 'unit')} at ${unit}` : `unit ${unit}`;
    const when = to > from ? `steps ${from} to ${to}` : tokenName(trace.tokens, from);
    const pool = units > 1 || to > from ? (lane.kind === 'gate' ? 'mean ' : 'largest ') : '';
    return `${lane.title}, ${who}, ${when}: ${pool}${formatValue(value)}`;
  }

  #unitSentence(): string | null {
    const { unitCurves, unit, step, trace } = this;
    if (unitCurves === null || unit === null || trace === null) return null;
    if (step === null) return `unit ${unit}: its curves are below the lanes`;
    const sum = cellSum(unitCurves, step, { reverse: this.choice.reverse, stack: trace.stack });
    const values = unitCurves.map(({ lane, values: of }) => `${lane.title} ${formatValue(of[step] ?? NaN)}`);
    return `unit ${unit}, ${tokenName(trace.tokens, step)}: ${sum ?? values.join(', ')}`;
  }

  /** What the picture is of. */
  readonly title = $derived.by(() => {
    const { trace, choice } = this;
    const part =
      this.brushed === null || this.brush === null
        ? ''
        : `; ${this.brushed.size} of ${counted(trace?.units ?? 0, 'unit')}, brushed in ${this.brush.lane}`;
    const how = this.picture === 'saturation' ? 'how often units stand at their ends' : SORT_WORDS[this.sort];
    return `${choice.title}: ${how}${part}`;
  });
  readonly spoken = $derived.by(() => (this.sentence === '' ? this.title : this.sentence));

  readonly commands: readonly ViewCommand[] = [
    {
      id: 'picture',
      title: 'Lanes or saturation',
      words: 'scatter brush gates',
      run: () => {
        this.picture = this.picture === 'lanes' ? 'saturation' : 'lanes';
      },
    },
    ...SORTS.map((sort) => ({
      id: `sort-${sort}`,
      title: `Sort ${SORT_WORDS[sort].replace(/:.*/, '').replace(/,.*/, '')}`,
      words: 'order rows',
      when: () => this.sorts.includes(sort),
      run: () => {
        this.sort = sort;
      },
    })),
    {
      id: 'unlock-unit',
      title: 'Let the unit go',
      when: () => this.unit !== null,
      run: () => {
        this.unit = null;
      },
    },
    {
      id: 'unbrush',
      title: 'Show all units again',
      when: () => this.brush !== null,
      run: () => {
        this.brush = null;
      },
    },
  ];

  save(): Json {
    const { picture, sort, unit, brush } = this;
    return {
      ...this.choice.save(),
      ...{ picture, sort, unit: unit ?? -1 },
      brush: brush === null ? null : { lane: brush.lane, low: [...brush.low], high: [...brush.high] },
    };
  }

  show(state: Json): Promise<void> {
    this.#take(state);
    return Promise.resolve();
  }

  #take(state: Json | null): void {
    this.choice.take(state);
    this.picture = savedChoice(state, 'picture', this.picture, PICTURES);
    this.sort = savedChoice(state, 'sort', this.sort, SORTS);
    const unit = savedNumber(state, 'unit', this.unit ?? -1, { least: -1, whole: true });
    this.unit = unit < 0 || unit >= (this.trace?.units ?? 0) ? null : unit;
    this.brush = savedBrush(state, this.brush);
  }

  async drawing(size: DrawingSize): Promise<Drawing> {
    const layer = this.#layer();
    if (layer === null || this.trace === null) throw noRecurrent();
    const { run } = layer;
    const { signal } = new AbortController();
    const facts = this.#needsFacts ? (this.known ?? (await factsOf(layer, signal))) : null;
    const { unit, brush, title, lanes } = this;
    if (this.picture === 'saturation' && facts !== null)
      return scatterDrawing({ facts, brush, brushed: brushed(brush, facts), unit, title }, size);
    const own = unit === null ? null : { index: unit, curves: await curvesOf({ ...layer, unit }, signal) };
    const { tokens } = this.trace;
    const locked = indexOn(this.context.selection.locked, this.choice.side);
    const order = this.#orderBy(facts);
    return gatesDrawing({ run, lanes, tokens, order, title, unit: own, step: locked }, size);
  }

  async table(): Promise<Table> {
    const layer = this.#layer();
    if (layer === null || this.trace === null) throw noRecurrent();
    if (this.picture === 'saturation')
      return factsTable(this.known ?? (await factsOf(layer, new AbortController().signal)));
    return gatesTable(layer.run, this.lanes, this.trace.tokens);
  }

  close(): void {
    this.facts.close();
    this.pooled.close();
    this.curves.close();
  }
}

function factsOf({ run, trace, layer, reverse }: Layer, signal: AbortSignal): Promise<UnitFacts> {
  return unitFacts(run, lanesOf(trace, layer, reverse), trace.cell === 'rnn-tanh', signal);
}

function curvesOf(
  { run, trace, layer, reverse, unit }: Layer & { readonly unit: number },
  signal: AbortSignal,
): Promise<readonly UnitCurve[]> {
  return unitCurves(run, lanesOf(trace, layer, reverse), unit, signal);
}
