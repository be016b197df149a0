import { Computed } from '../../common/computed.svelte.ts';
import { counted, formatValue } from '../../common/numbers.ts';
import { savedChoice, savedNumber, savedSwitch, savedTexts, type Json } from '../../common/saved.ts';
import { StackChoice } from '../../common/stack-choice.svelte.ts';
import type { Table } from '../../common/table.ts';
import { outputText } from '../../common/output-text.ts';
import { tokenName } from '../../common/tokens.ts';
import type { Drawing, DrawingSize } from '../../drawing/drawing.ts';
import { indexOn, lookedIndex, sequenceOf, type Place, type Side, type TokenRef } from '../../runs/place.ts';
import type { Run } from '../../runs/run.ts';
import { topOf, type Prediction } from '../../runs/facets/readout.ts';
import type { ViewCommand, ViewContext, ViewInstance } from '../view.ts';
import { looksBack } from './asked-of.ts';
import { MODES, PICTURES, PRECISIONS, SIDES, type Mode, type Picture, type Precision } from './choices.ts';
import { curvesDrawing, curvesSentence, type CurvesPicture } from './drawing.ts';
import { FORMULAS, namesOf, seen, valueAt, type Series } from './series.ts';
import { Sweep } from './sweep.svelte.ts';
import { memoryTable } from './table.ts';
import { fittedText, textDrawing } from './text-drawing.ts';
import { measure, type Measured, type Wish } from './work.ts';

/** Outputs that are offered. */
const OFFERED = 8;

/** How far back a model remembers: gradients through time, of the run and of other models on its text. */
export class MemoryView implements ViewInstance {
  #mode = $state<Mode>('states');
  /** Of curves of `inputs`, whose inputs; where the output depends on one sequence, it is that. */
  #side = $state<Side>('source');
  picture = $state<Picture>('curves');
  /** The cross terms of LSTMs are shown as well. */
  cross = $state(false);
  spectral = $state(false);
  precision = $state<Precision>('auto');
  /** Token of the output that is derived; null: the most probable. */
  output = $state<number | null>(null);
  /** Ids of other models that are measured as well. */
  others = $state.raw<readonly string[]>([]);
  /** Ids of curves that are not drawn. */
  hidden = $state.raw<readonly string[]>([]);
  /** Models that have had a colour. */
  #seen = $state.raw<readonly string[]>([]);

  readonly choice: StackChoice;
  readonly sweep = new Sweep();
  readonly measured: Computed<Wish, Measured>;
  readonly predictions: Computed<{ readonly run: Run; readonly position: number }, readonly Prediction[]>;

  constructor(
    readonly context: ViewContext,
    saved: Json | null,
  ) {
    this.choice = new StackChoice(() => this.context.run);
    this.#take(saved);
    this.measured = new Computed<Wish, Measured>(
      () => this.#wish(),
      (wish, work) => measure(wish, work, this.context.models),
    );
    this.predictions = new Computed(
      () => (this.mode === 'inputs' ? { run: this.context.run, position: this.position } : null),
      ({ run, position }) => topOf(run, position, OFFERED),
    );
  }

  readonly trace = $derived.by(() => this.choice.trace);
  readonly gradients = $derived.by(() => this.context.run.facet('inputGradient'));
  /** What is measured: what was chosen, if the run has it. */
  readonly #measures: Mode = $derived.by(() =>
    this.trace === null ? 'inputs' : this.gradients === null ? 'states' : this.#mode,
  );
  /** The sequence that is looked at. */
  readonly side: Side = $derived.by(() => {
    if (this.#measures === 'states') return this.choice.side;
    const sides = this.gradients?.sides ?? [];
    return sides.includes(this.#side) ? this.#side : 'target';
  });
  /** What the steps stand for. */
  readonly tokens = $derived.by(() =>
    this.#measures === 'states' ? (this.trace?.tokens ?? []) : sequenceOf(this.context.run, this.side),
  );
  /** There is something to measure. */
  readonly can = $derived.by(() => this.trace !== null || this.gradients !== null);
  /** The position whose output is derived by the inputs. */
  readonly position = $derived.by(() => {
    const { run, selection } = this.context;
    return lookedIndex(run, selection.locked, 'target');
  });

  get mode(): Mode {
    return this.#measures;
  }

  set mode(mode: Mode) {
    this.#mode = mode;
  }

  get inputSide(): Side {
    return this.side;
  }

  set inputSide(side: Side) {
    this.#side = side;
  }

  #wish(): Wish | null {
    const { mode, spectral, precision, others, can } = this;
    if (!can) return null;
    const asked =
      mode === 'inputs'
        ? { trace: null, position: this.position, output: this.output }
        : { trace: this.trace, position: 0, output: null };
    return { run: this.context.run, mode, spectral, precision, ...asked, others };
  }

  /** What is there is of this run, and of what is asked. */
  readonly #isOfRun = $derived.by(() => {
    const { current } = this.measured;
    return current !== null && current.wish.run === this.context.run && current.wish.mode === this.mode;
  });
  /** Every curve that was measured for what is asked. */
  readonly all: readonly Series[] = $derived.by(() => {
    const { current } = this.measured;
    if (current === null || !this.#isOfRun) return [];
    const isCross = ({ quantity }: Series) => quantity === 'h by c' || quantity === 'c by h';
    return current.value.series.filter(
      (one) => (this.cross || !isCross(one)) && (this.spectral || one.quantity !== 'spectral'),
    );
  });
  /** Those that the picture can show: curves are over one sequence, texts are below each other. */
  readonly offered: readonly Series[] = $derived.by(() =>
    this.all.filter(({ side }) => this.picture === 'text' || side === this.side),
  );
  readonly shown: readonly Series[] = $derived.by(() =>
    this.offered.filter(({ id }) => !this.hidden.includes(id)),
  );
  /** How the curves are named beside each other. */
  readonly nameOf = $derived.by(() => namesOf(this.offered));
  /** Models by their colours: the run's own, then the others in the order in which they were added. */
  readonly models: readonly string[] = $derived.by(() =>
    seen(this.#seen, [this.context.run.model.id, ...this.others]),
  );
  readonly candidates = $derived.by(() => this.context.models.othersThan(this.context.run.model.id));
  /** The work was ended by the user before anything of this run was there. */
  readonly isStopped = $derived.by(
    () => this.can && !this.measured.busy && !this.#isOfRun && this.measured.error === null,
  );

  /** What the height of a curve says, in plain words. */
  readonly title = $derived.by(() =>
    this.mode === 'states'
      ? 'How much the end depends on this step'
      : 'How much the output depends on this input',
  );
  /** What the curves are, in formulas. */
  readonly formulas = $derived.by(() =>
    this.shown
      .map(({ quantity }) => FORMULAS[quantity])
      .filter((formula, index, all) => all.indexOf(formula) === index)
      .join(', '),
  );

  /** The step that is looked at, and how far it is before the last one. */
  readonly step = $derived.by(() => indexOn(this.context.selection.current, this.side));
  readonly distance = $derived.by(() => {
    const back = this.step === null ? -1 : this.tokens.length - 1 - this.step;
    return back < 0 ? null : back;
  });
  readonly readings = $derived.by(() => {
    const { distance } = this;
    if (distance === null) return [];
    const own = this.shown.filter(({ side }) => side === this.side);
    return own.map((series) => ({ series, value: valueAt(series, distance) }));
  });

  readonly spoken = $derived.by(() => {
    const { distance, tokens, step } = this;
    if (distance === null || step === null)
      return this.shown.length === 0 ? 'Memory: nothing is measured yet' : curvesSentence(this.curves);
    const values = this.readings.map(
      ({ series, value }) => `${this.nameOf(series)} ${value === null ? 'none' : formatValue(value)}`,
    );
    const back = this.isBack ? `, ${counted(distance, 'step')} before the end` : '';
    return `${tokenName(tokens, step)}${back}: ${values.join('; ')}`;
  });

  readonly commands: readonly ViewCommand[] = [
    {
      id: 'sweep',
      title: 'Play the sweep back through time',
      words: 'animate gradient backwards',
      when: () => this.shown.length > 0,
      run: () => this.sweep.play(),
    },
    {
      id: 'picture',
      title: 'Curves or coloured text',
      words: 'letters heat',
      run: () => {
        this.picture = this.picture === 'curves' ? 'text' : 'curves';
      },
    },
    {
      id: 'mode',
      title: 'Derive by states or by inputs',
      words: 'gradient logit saliency',
      when: () => this.trace !== null && this.gradients !== null,
      run: () => {
        this.mode = this.mode === 'states' ? 'inputs' : 'states';
      },
    },
  ];

  get curves(): CurvesPicture {
    const { shown: series, models, title, sweep, isBack } = this;
    return { series, models, title, reach: sweep.reach, isBack };
  }

  /** What is derived is at the end of what it reads. */
  readonly isBack = $derived.by(() => looksBack(this.context.run, this.mode, this.side));

  placeOf(index: number, side = this.side): Place {
    return { token: { side, index } };
  }

  /** The token whose output is asked about, or that is looked at. */
  get looked(): TokenRef | null {
    const { locked } = this.context.selection;
    if (this.mode === 'inputs') return { side: 'target', index: this.position };
    const index = indexOn(locked, this.side);
    return index === null ? null : { side: this.side, index };
  }

  /** Measures another model as well, or no more. */
  compare(id: string): void {
    // Its colour stays its own when it goes and comes again.
    this.#seen = this.models;
    this.others = this.others.includes(id)
      ? this.others.filter((other) => other !== id)
      : [...this.others, id];
  }

  toggle(id: string): void {
    this.hidden = this.hidden.includes(id)
      ? this.hidden.filter((other) => other !== id)
      : [...this.hidden, id];
  }

  /** `“a”`, as an output is offered. */
  nameOfOutput({ token }: Prediction): string {
    return `“${outputText(this.context.run, token)}”`;
  }

  save(): Json {
    const { picture, cross, spectral, precision, output, others, hidden, models } = this;
    const { stack } = this.choice.save();
    const chosen = { mode: this.#mode, side: this.#side };
    return { stack, ...chosen, picture, cross, spectral, precision, output, others, hidden, models };
  }

  show(state: Json): Promise<void> {
    this.#take(state);
    return Promise.resolve();
  }

  #take(state: Json | null): void {
    this.choice.take(state);
    this.#mode = savedChoice(state, 'mode', this.#mode, MODES);
    this.#side = savedChoice(state, 'side', this.#side, SIDES);
    this.picture = savedChoice(state, 'picture', this.picture, PICTURES);
    this.cross = savedSwitch(state, 'cross', this.cross);
    this.spectral = savedSwitch(state, 'spectral', this.spectral);
    this.precision = savedChoice(state, 'precision', this.precision, PRECISIONS);
    this.output = savedNumber(state, 'output', this.output, { least: 0, whole: true });
    this.others = savedTexts(state, 'others') ?? this.others;
    this.hidden = savedTexts(state, 'hidden') ?? this.hidden;
    this.#seen = savedTexts(state, 'models') ?? this.#seen;
  }

  /** The text, as coloured by what is shown. */
  textAt(size: DrawingSize): Drawing {
    return fittedText({ ...this.curves, looked: this.looked }, size);
  }

  async drawing(size: DrawingSize): Promise<Drawing> {
    await this.measured.settled();
    return this.picture === 'text'
      ? textDrawing({ ...this.curves, reach: 1, looked: this.mode === 'inputs' ? this.looked : null }, size)
      : curvesDrawing({ ...this.curves, reach: 1 }, size);
  }

  async table(): Promise<Table> {
    await this.measured.settled();
    return memoryTable(this.all);
  }

  close(): void {
    this.sweep.close();
    this.measured.close();
    this.predictions.close();
  }
}
