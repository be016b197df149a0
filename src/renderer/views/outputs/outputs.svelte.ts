import { perplexityOf, type TokenScores } from '../../analysis/token-scores.ts';
import { Computed } from '../../common/computed.svelte.ts';
import { counted, formatValue } from '../../common/numbers.ts';
import { savedNumber, type Json } from '../../common/saved.ts';
import type { Table } from '../../common/table.ts';
import { outputText } from '../../common/output-text.ts';
import { tokenName } from '../../common/tokens.ts';
import type { Drawing, DrawingSize } from '../../drawing/drawing.ts';
import { restingIndex, tokenOn, type Place } from '../../runs/place.ts';
import { predictsOf } from '../../runs/facets/readout.ts';
import type { Run } from '../../runs/run.ts';
import type { ViewContext, ViewInstance } from '../view.ts';
import { answerBars, predictionBars, tokenBars, type Bar } from './bars.ts';
import { outputsDrawing } from './drawing.ts';
import {
  answersOf,
  outputsTable,
  predictionsOf,
  scoresOf,
  type Answers,
  type Found,
  type Looked,
  type Sight,
} from './found.ts';
import { kindOf, sideOf, tokensOf, withoutPerplexity } from './kinds.ts';
import { readLabels, type LabelsShown } from './labels.ts';
import { actualToken, headingOf, ROW, rowOrder, rowsInSight, shownIn } from './rows.ts';
import { piecesOf } from './text.ts';

/** Large bars. */
export const BARS: Readonly<Record<ViewContext['size'], number>> = { window: 8, presented: 5 };
/** Tokens of the coloured text that are on the page at once, and from one part of it to the next. */
const MOST_PIECES = 600;
const PIECES_STEP = 150;

/** What a model says of its text: large bars for one token, the text coloured, and a row for each token. */
export class OutputsView implements ViewInstance {
  /** Size of the table in CSS pixels; its elements tell. */
  width = $state(0);
  height = $state(0);
  /** Row at the top; a part of it may be out of sight. */
  first = $state(0);
  readonly found: Computed<Sight, Found>;
  readonly scores: Computed<{ readonly run: Run }, TokenScores>;
  readonly labels: Computed<{ readonly run: Run }, LabelsShown | null>;
  readonly answers: Computed<Looked, Answers>;

  constructor(
    readonly context: ViewContext,
    saved: Json | null,
  ) {
    this.#take(saved);
    this.found = new Computed<Sight, Found>(() => {
      const { run } = this.context;
      return this.height > 0 && this.hasRows ? { run, ...this.sight, shown: this.shown } : undefined;
    }, predictionsOf);
    this.scores = new Computed(
      () => (this.kind === 'vocabulary' ? { run: this.context.run } : null),
      ({ run }, work, before) => scoresOf(run, work, before),
    );
    this.labels = new Computed(
      () => (this.context.run.facet('labels') === null ? null : { run: this.context.run }),
      (wish, { signal }) => readLabels(wish.run, signal),
    );
    this.answers = new Computed(
      () =>
        this.kind === 'vocabulary' || this.kind === 'judged'
          ? { run: this.context.run, position: this.position }
          : null,
      answersOf,
    );
  }

  readonly kind = $derived.by(() => kindOf(this.context.run));
  readonly tokens = $derived.by(() => tokensOf(this.context.run));
  readonly row = $derived.by(() => ROW[this.context.size]);
  /** Of an answer there are two: whether it begins or ends here. In a narrow pane tokens have room for fewer. */
  readonly shown = $derived.by(() => {
    if (this.kind === 'span') return 2;
    return shownIn(this.width, this.context.size);
  });
  readonly heading = $derived.by(() => headingOf(this.context.run));
  /** A text's labels are all in its bars. */
  readonly hasRows = $derived.by(() => this.kind !== 'text');
  /** Positions in the order of the rows. */
  readonly order: readonly number[] = $derived.by(() => rowOrder(this.context.run));
  /** Rows that are in sight, from and to. */
  readonly sight = $derived.by(() => rowsInSight(this.first, this.height / this.row, this.order.length));
  readonly hovered = $derived.by(() => tokenOn(this.context.selection.hovered, sideOf(this.context.run)));
  readonly locked = $derived.by(() => tokenOn(this.context.selection.locked, sideOf(this.context.run)));
  /** The token whose bars are shown: the one that is looked at, else the first that has a label, or the one that everything shows. */
  readonly position = $derived.by(() => this.hovered ?? this.place);
  /** The token that stays when the pointer goes: the one that is locked, or the one that the view opens at. */
  readonly place = $derived.by(() => {
    const { run } = this.context;
    const last = Math.max(this.tokens.length - 1, 0);
    if (this.locked !== null || this.kind === 'vocabulary')
      return Math.min(this.locked ?? restingIndex(run, sideOf(run)), last);
    // Labels of tokens that only mark the ends say nothing.
    const first = this.order.find((one) => this.tokens[one]?.special !== true);
    return Math.min(this.ownLabels?.span?.best[0]?.from ?? first ?? 0, last);
  });

  /** The temperature that bars are shown at: the one that tokens are drawn with, or the model's own. */
  readonly temperature = $derived.by(() => this.context.sampling.choice.temperature || 1);
  /** What the numbers are of, when they are the run's that is shown. */
  readonly ownLabels = $derived.by(() => of(this.labels.current, this.context.run));
  readonly ownScores = $derived.by(() => of(this.scores.current, this.context.run));

  /** The bars are of a token or a run that is no longer looked at. */
  readonly isLate = $derived.by(() => {
    const wish = this.answers.current?.wish;
    return wish !== undefined && (wish.run !== this.context.run || wish.position !== this.position);
  });
  /** Something is still to come. */
  readonly isWaiting = $derived.by(() => this.answers.busy || this.labels.busy);
  /** Rows are about their own tokens. */
  readonly isOwn = $derived.by(() => predictsOf(this.context.run) === 'own');

  /** Large bars; null: not computed yet. */
  readonly bars: readonly Bar[] | null = $derived.by(() => {
    const { run, size, sampling } = this.context;
    const k = BARS[size];
    const isValue = predictsOf(run) === 'value';
    const labels = this.ownLabels;
    if (this.kind === 'none') return [];
    if (labels !== null)
      return labels.span === null
        ? predictionBars(labels.byPlace[labels.labels === 'text' ? 0 : this.position] ?? [], isValue).slice(
            0,
            k,
          )
        : answerBars(run, labels.span).slice(0, k);
    const { current } = this.answers;
    if (current?.wish.run !== run) return null;
    if ('predictions' in current.value) return predictionBars(current.value.predictions, isValue).slice(0, k);
    const nameOf = run.facet('readout')?.logits?.token;
    const drawing = { ...sampling.choice, temperature: this.temperature };
    const actual = actualToken(run, current.wish.position);
    return nameOf === undefined ? [] : tokenBars(current.value.logits, drawing, nameOf, actual, k);
  });

  /** What the bars are about. */
  readonly about = $derived.by(() => {
    const { run } = this.context;
    const name = tokenName(this.tokens, this.position);
    if (this.kind === 'text')
      return predictsOf(run) === 'value' ? 'Values of the text' : 'Labels of the text';
    if (this.kind === 'span') return 'Answers';
    if (this.kind === 'tokens') return `Labels of ${name}`;
    if (this.kind === 'judged') return `${this.heading}: ${name}`;
    return predictsOf(run) === 'own' ? `Here: ${name}` : `After ${name}`;
  });

  /** exp of the mean surprisal, in words; null: there is none. */
  readonly perplexity = $derived.by(() => {
    const scores = this.ownScores;
    if (scores === null) return null;
    const why = withoutPerplexity(this.context.run);
    if (why !== null) return { text: 'no perplexity', about: why };
    const found = perplexityOf(scores);
    return (
      found && {
        text: `perplexity ${formatValue(found.perplexity)}`,
        about: `exp of the mean surprisal over ${counted(found.count, 'token')}`,
      }
    );
  });

  /** Tokens of the coloured text that are on the page: of a long text a part, which the pointer does not move. */
  readonly range: readonly [number, number] = $derived.by(() => {
    const T = this.tokens.length;
    const before = Math.floor((this.place - MOST_PIECES / 2) / PIECES_STEP) * PIECES_STEP;
    const from = Math.min(Math.max(before, 0), Math.max(T - MOST_PIECES, 0));
    return [from, Math.min(T, from + MOST_PIECES)];
  });
  readonly pieces = $derived.by(() =>
    piecesOf(
      this.context.run,
      { scores: this.ownScores, labels: this.ownLabels, written: this.written },
      this.range,
    ),
  );

  /** Index of the first token that was written; null: none was. */
  get written(): number | null {
    return this.context.sampling.written;
  }

  /** Predictions of a position; null: not computed yet. */
  of(position: number) {
    const { current } = this.found;
    return current?.wish.run === this.context.run ? (current.value.get(position) ?? null) : null;
  }

  readonly error = $derived.by(
    () => this.answers.error ?? this.labels.error ?? this.found.error ?? this.scores.error,
  );

  again(): void {
    for (const one of [this.answers, this.labels, this.found, this.scores])
      if (one.error !== null) one.again();
  }

  readonly spoken = $derived.by(() => {
    const [best] = this.bars ?? [];
    const more = this.perplexity === null ? '' : `; ${this.perplexity.text}`;
    return best === undefined
      ? `${this.heading}, ${counted(this.order.length, 'position')}${more}`
      : `${this.about}: “${outputText(this.context.run, best)}” ${best.value}${more}`;
  });

  placeOf(position: number): Place {
    return { token: { side: sideOf(this.context.run), index: position } };
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
    const { run, sampling } = this.context;
    const drawing = { ...sampling.choice, temperature: this.temperature };
    return outputsDrawing(
      run,
      { first: Math.floor(this.first), position: this.position, written: this.written, drawing },
      size,
    );
  }

  table(): Promise<Table> {
    return outputsTable(this.context.run);
  }

  close(): void {
    for (const one of [this.answers, this.labels, this.found, this.scores]) one.close();
  }
}

/** A value, where it is of this run. */
function of<Value>(
  current: { readonly wish: { readonly run: Run }; readonly value: Value } | null,
  own: Run,
): Value | null {
  return current?.wish.run === own ? current.value : null;
}
