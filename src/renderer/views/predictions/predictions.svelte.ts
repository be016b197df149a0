import { Computed } from '../../common/computed.svelte.ts';
import { counted } from '../../common/numbers.ts';
import { savedNumber, type Json } from '../../common/saved.ts';
import type { Table } from '../../common/table.ts';
import { tokenName, visibleText } from '../../common/tokens.ts';
import type { Drawing, DrawingSize } from '../../drawing/drawing.ts';
import { tokenOn, type Place } from '../../runs/place.ts';
import type { ViewContext, ViewInstance } from '../view.ts';
import { predictionsDrawing } from './drawing.ts';
import { predictionsOf, predictionsTable, type Found, type Sight } from './found.ts';
import { headingOf, ROW, rowOrder, rowsInSight, scoreOf, SHOWN } from './rows.ts';

/** The likeliest tokens at every position, a row each; those in sight are computed. */
export class PredictionsView implements ViewInstance {
  /** Height of the table in CSS pixels; its elements tell. */
  height = $state(0);
  /** Row at the top; a part of it may be out of sight. */
  first = $state(0);
  readonly found: Computed<Sight, Found>;

  constructor(
    readonly context: ViewContext,
    saved: Json | null,
  ) {
    this.#take(saved);
    this.found = new Computed<Sight, Found>(() => {
      const { run } = this.context;
      return this.height > 0 ? { run, ...this.sight, shown: this.shown } : undefined;
    }, predictionsOf);
  }

  readonly row = $derived.by(() => ROW[this.context.size]);
  readonly shown = $derived.by(() => SHOWN[this.context.size]);
  readonly heading = $derived.by(() => headingOf(this.context.run));
  /** Positions in the order of the rows. */
  readonly order: readonly number[] = $derived.by(() => rowOrder(this.context.run));
  /** Rows that are in sight, from and to. */
  readonly sight = $derived.by(() => rowsInSight(this.first, this.height / this.row, this.order.length));
  readonly hovered = $derived.by(() => tokenOn(this.context.selection.hovered, 'target'));
  readonly locked = $derived.by(() => tokenOn(this.context.selection.locked, 'target'));

  /** Predictions of a position; null: not computed yet. */
  of(position: number) {
    const { current } = this.found;
    return current?.wish.run === this.context.run ? (current.value.get(position) ?? null) : null;
  }

  /** Nothing is computed yet of what is in sight. */
  readonly isEmpty = $derived.by(() => {
    const { from, to } = this.sight;
    return to > from && this.order.slice(from, to).every((position) => this.of(position) === null);
  });

  readonly spoken = $derived.by(() => {
    const { run, selection } = this.context;
    const at = tokenOn(selection.current, 'target');
    const [best] = at === null ? [] : (this.of(at) ?? []);
    return at === null || best === undefined
      ? `${this.heading}, ${counted(this.order.length, 'position')}`
      : `${tokenName(run.tokens, at)}: “${visibleText(best.token.text)}” ${scoreOf(run, best)}`;
  });

  placeOf(position: number): Place {
    return { token: { side: 'target', index: position } };
  }

  save(): Json {
    return { first: Math.round(this.first * 100) / 100 };
  }

  show(state: Json): Promise<void> {
    this.#take(state);
    return Promise.resolve();
  }

  #take(state: Json | null): void {
    this.first = savedNumber(state, 'first', this.first, { least: 0 });
  }

  drawing(size: DrawingSize): Promise<Drawing> {
    return predictionsDrawing(this.context.run, Math.floor(this.first), size);
  }

  table(): Promise<Table> {
    return predictionsTable(this.context.run);
  }

  close(): void {
    this.found.close();
  }
}
