import { Computed } from '../../common/computed.svelte.ts';
import { counted, formatPercent, formatValue, formatWhole } from '../../common/numbers.ts';
import { Player } from '../../common/player.svelte.ts';
import { savedNumber, type Json } from '../../common/saved.ts';
import { noRecurrent } from '../../common/recurrent/no-recurrent.ts';
import { StackChoice } from '../../common/stack-choice.svelte.ts';
import type { Table } from '../../common/table.ts';
import { tokenName, visibleText } from '../../common/tokens.ts';
import type { Drawing, DrawingSize } from '../../drawing/drawing.ts';
import { predictsOf } from '../../runs/facets/readout.ts';
import { lookedIndex, type Place } from '../../runs/place.ts';
import type { ViewCommand, ViewContext, ViewInstance } from '../view.ts';
import { cellDrawing, cellRooms, type CellRooms, type CellScene } from './drawing.ts';
import { cellPicture, sumOf, type Bar } from './equation.ts';
import { unitAt } from './layout.ts';
import {
  momentOf,
  pageOf,
  type Direction,
  type Moment,
  type MomentWish,
  type Page,
  type PageWish,
} from './moment.ts';
import type { NextTokens } from './next.ts';
import { cellTable } from './table.ts';

/** Predictions that are shown. */
const OFFERED = 8;
/** States are read for so many steps at once, with half as many on both sides. */
const PAGE = 64;

/** One step of a recurrent layer as a diagram, and its way through the text. */
export class CellView implements ViewInstance {
  /** The unit whose numbers are shown; null: none. */
  unit = $state<number | null>(null);
  /** A unit's value in a bar that is pointed at, in words. */
  pointed = $state('');
  readonly choice: StackChoice;
  readonly player: Player;
  readonly moment: Computed<MomentWish, Moment>;
  readonly page: Computed<PageWish, Page>;

  constructor(
    readonly context: ViewContext,
    saved: Json | null,
  ) {
    this.choice = new StackChoice(() => this.context.run);
    this.#take(saved);
    this.player = new Player(() => this.move(1));
    this.moment = new Computed<MomentWish, Moment>(
      () => this.#wish(),
      (wish, { signal }) => momentOf(wish, signal),
    );
    this.page = new Computed<PageWish, Page>(
      () => {
        const wish = this.#wish();
        return wish === null ? null : pageAround(wish);
      },
      (wish, { signal }) => pageOf(wish, signal),
    );
  }

  readonly trace = $derived.by(() => this.choice.trace);
  readonly steps = $derived.by(() => this.trace?.tokens.length ?? 0);
  readonly text = $derived.by(() => (this.context.size === 'presented' ? 24 : 12));
  /** The step that is looked at; −1: there is none. */
  readonly step = $derived.by(() => {
    const { run, selection } = this.context;
    return Math.min(lookedIndex(run, selection.current, this.choice.side), this.steps - 1);
  });

  #direction(): Direction | null {
    const { trace } = this;
    const { layer, reverse } = this.choice;
    return trace === null ? null : { run: this.context.run, trace, layer, reverse };
  }

  #wish(): MomentWish | null {
    const direction = this.#direction();
    if (direction === null || this.step < 0) return null;
    // What an encoder reads predicts nothing.
    const offered = this.choice.side === 'target' ? OFFERED : 0;
    return { ...direction, step: this.step, offered };
  }

  /** What is shown: of the step that is looked at, or of the one before while that is read; null: nothing yet. */
  readonly scene: CellScene | null = $derived.by(() => {
    const { current } = this.moment;
    const page = this.page.current;
    const direction = this.#direction();
    if (current === null || direction === null || !isOf(current.wish, direction)) return null;
    const around = page !== null && isOf(page.wish, direction) ? page.value : null;
    return this.#sceneOf(direction, current.value, around);
  });

  #sceneOf(direction: Direction, moment: Moment, page: Page | null): CellScene {
    const { trace, run, reverse } = direction;
    const picture = cellPicture(trace, moment);
    return {
      ...{ picture, moment, page, reverse },
      unit: this.unit !== null && this.unit < picture.units ? this.unit : null,
      tokens: trace.tokens,
      reads: this.#reads(direction, moment.step),
      next: this.#next(moment),
      title: `${this.choice.title}, ${tokenName(trace.tokens, moment.step)}: one step of ${nameOfCell(trace.cell)} of ${run.model.name}`,
    };
  }

  /** The token that a step reads: a decoder's that chooses its tokens reads the one before. */
  #reads({ run, trace, layer }: Direction, step: number): string {
    if (layer > 0) return `layer ${layer - 1}`;
    const isDecoder = predictsOf(run) === 'own' && trace.stack === 'decoder';
    const token = trace.tokens[isDecoder ? step - 1 : step];
    return token === undefined ? 'start' : visibleText(token.text);
  }

  #next({ step, predictions }: Moment): NextTokens | null {
    if (predictions.length === 0) return null;
    const { tokens } = this.context.run;
    const predicts = predictsOf(this.context.run) ?? 'next';
    const titles: Partial<Record<typeof predicts, string>> = {
      next: 'Next token',
      own: 'Token here',
      value: 'Values',
    };
    const actual = predicts === 'next' ? tokens[step + 1] : predicts === 'own' ? tokens[step] : undefined;
    return {
      title: titles[predicts] ?? 'Labels',
      ...{ predictions, areValues: predicts === 'value', actual: actual?.id ?? null },
    };
  }

  /** The numbers of the locked unit, equation by equation; empty: none is locked. */
  readonly sums: readonly string[] = $derived.by(() => {
    const { scene } = this;
    const unit = scene?.unit ?? null;
    return scene === null || unit === null ? [] : scene.picture.equations.map((one) => sumOf(one, unit));
  });

  readonly sentence = $derived.by(() => {
    const { scene, pointed, trace } = this;
    if (scene === null || trace === null) return '';
    if (pointed !== '') return pointed;
    const step = tokenName(trace.tokens, scene.moment.step);
    return scene.unit === null ? '' : `unit ${scene.unit}, ${step}: ${this.sums.join('; ')}`;
  });

  readonly spoken = $derived.by(() => {
    const { scene, trace } = this;
    if (trace === null) return 'This run has no recurrent layers';
    if (scene === null) return `${this.choice.title}: one step of ${nameOfCell(trace.cell)}`;
    const [best] = scene.next?.predictions ?? [];
    const then =
      best === undefined || scene.next?.areValues === true
        ? ''
        : `; ${scene.next?.title.toLowerCase()} “${visibleText(best.token.text)}” ${formatPercent(best.probability)}`;
    if (this.sentence !== '') return `${this.sentence}${then}`;
    return `${this.choice.title}, position ${formatWhole(scene.moment.step + 1)} of ${formatWhole(this.steps)}, ${tokenName(trace.tokens, scene.moment.step)}${then}`;
  });

  placeOf(index: number): Place {
    return { token: { side: this.choice.side, index } };
  }

  /** Goes on by steps in the order in which the layer reads. @returns false at an end */
  move(by: number): boolean {
    return this.goTo(this.step + (this.choice.reverse ? -by : by));
  }

  goTo(step: number): boolean {
    const to = Math.min(Math.max(step, 0), this.steps - 1);
    this.context.selection.lock(this.placeOf(to));
    return to === step && step !== (this.choice.reverse ? 0 : this.steps - 1);
  }

  /** Plays from here; from the beginning where it is at its end. */
  play(): void {
    const [first, last] = this.choice.reverse ? [this.steps - 1, 0] : [0, this.steps - 1];
    if (!this.player.playing && this.step === last) this.goTo(first);
    else if (!this.player.playing) this.goTo(this.step);
    this.player.toggle();
  }

  moveUnit(by: number): void {
    const most = (this.scene?.picture.units ?? 1) - 1;
    this.unit = this.unit === null ? (by > 0 ? 0 : most) : Math.min(Math.max(this.unit + by, 0), most);
  }

  rooms(size: DrawingSize): CellRooms | null {
    return this.scene === null ? null : cellRooms(this.scene, size);
  }

  /** The unit at a place of the picture, and the bar; null: there is none. */
  at(x: number, y: number, size: DrawingSize): { readonly bar: Bar; readonly unit: number } | null {
    const rooms = this.rooms(size);
    return rooms === null ? null : unitAt(rooms.cell, x, y);
  }

  point(found: { readonly bar: Bar; readonly unit: number } | null): void {
    this.pointed =
      found === null
        ? ''
        : `${found.bar.symbol}, ${found.bar.word}, ${found.bar.hasUnits ? 'unit' : 'place'} ${found.unit}: ${formatValue(found.bar.values[found.unit] ?? NaN)}`;
  }

  readonly commands: readonly ViewCommand[] = [
    {
      ...{ id: 'play', title: 'Play, or pause', shortcut: 'A', words: 'animate step over the text' },
      when: () => this.steps > 1,
      run: () => this.play(),
    },
    {
      ...{ id: 'step', title: 'One step on', words: 'next token' },
      when: () => this.steps > 1,
      run: () => void this.move(1),
    },
    {
      ...{ id: 'back', title: 'One step back', words: 'previous token' },
      when: () => this.steps > 1,
      run: () => void this.move(-1),
    },
    {
      id: 'unlock-unit',
      title: 'Let the unit go',
      when: () => this.unit !== null,
      run: () => {
        this.unit = null;
      },
    },
  ];

  /** What the picture is of. */
  readonly title = $derived.by(() =>
    this.trace === null
      ? ''
      : `${this.choice.title}: ${nameOfCell(this.trace.cell)}, ${counted(this.trace.units, 'unit')}`,
  );

  save(): Json {
    return { ...this.choice.save(), unit: this.unit ?? -1 };
  }

  show(state: Json): Promise<void> {
    this.player.pause();
    this.#take(state);
    return Promise.resolve();
  }

  #take(state: Json | null): void {
    this.choice.take(state);
    const unit = savedNumber(state, 'unit', this.unit ?? -1, { least: -1, whole: true });
    this.unit = unit < 0 || unit >= (this.trace?.units ?? 0) ? null : unit;
  }

  async #settled(): Promise<CellScene> {
    const wish = this.#wish();
    if (wish === null) throw noRecurrent();
    const { signal } = new AbortController();
    return this.#sceneOf(wish, await momentOf(wish, signal), await pageOf(pageAround(wish), signal));
  }

  async drawing(size: DrawingSize): Promise<Drawing> {
    return cellDrawing(await this.#settled(), size);
  }

  async table(): Promise<Table> {
    return cellTable((await this.#settled()).picture);
  }

  close(): void {
    this.player.pause();
    this.moment.close();
    this.page.close();
  }
}

/** The steps that are read with a step: the same ones for its neighbours. */
function pageAround({ run, trace, layer, reverse, step }: MomentWish): PageWish {
  const begin = Math.floor(step / PAGE) * PAGE;
  const from = Math.max(begin - PAGE / 2, 0);
  const to = Math.min(begin + PAGE + PAGE / 2, trace.tokens.length);
  return { run, trace, layer, reverse, from, to };
}

function isOf(wish: Direction, { run, trace, layer, reverse }: Direction): boolean {
  return wish.run === run && wish.trace === trace && wish.layer === layer && wish.reverse === reverse;
}

const NAMES = {
  lstm: 'an LSTM',
  gru: 'a GRU',
  'gru-reset-before': 'a GRU that resets before the product',
  'rnn-tanh': 'an RNN',
  'rnn-relu': 'an RNN with ReLU',
} as const;
const nameOfCell = (cell: keyof typeof NAMES) => NAMES[cell];
