import { untrack } from 'svelte';
import { readLens, type LensTable } from '../../analysis/lens.ts';
import { Computed } from '../../common/computed.svelte.ts';
import { HeadgateError } from '../../../common/error.ts';
import { counted } from '../../common/numbers.ts';
import { savedChoice, savedNumber, savedNone, type Json } from '../../common/saved.ts';
import type { Table } from '../../common/table.ts';
import { tokenName, visibleText } from '../../common/tokens.ts';
import type { Drawing, DrawingSize } from '../../drawing/drawing.ts';
import type { Lens } from '../../runs/facets/lens.ts';
import { tokenOn } from '../../runs/place.ts';
import type { Run } from '../../runs/run.ts';
import type { ViewCommand, ViewContext, ViewInstance } from '../view.ts';
import { curvesDrawing } from './curves.ts';
import { lensDrawing, type LensPicture } from './drawing.ts';
import { findToken } from './find-token.ts';
import { lensLayout } from './layout.ts';
import {
  answersOf,
  isBroken,
  measureOf,
  MEASURE_NAMES,
  MEASURES,
  rowName,
  type Measure,
} from './measures.ts';
import { lensTable } from './table.ts';

export const MODES = ['heatmap', 'curves'] as const;
/** Answers of a cell that are read. */
const ANSWERS = 10;
/** Sizes of text. */
const TEXT: Readonly<Record<ViewContext['size'], number>> = { window: 12, presented: 27 };

/** What the lens is read for. */
interface LensWish {
  readonly run: Run;
  readonly lens: Lens;
  /** Id of the token that is followed; null: the final answer of each position. */
  readonly followed: number | null;
}

/** What the model would answer after every layer. */
export class LensView implements ViewInstance {
  /** Size of the pane in CSS pixels; its elements tell. */
  width = $state(0);
  height = $state(0);
  mode = $state<(typeof MODES)[number]>('heatmap');
  measure = $state<Measure>('answer');
  /** Position of the first column, where the user chose it. */
  #chosenFirst = $state<number | null>(null);
  /** The layer that is looked at; null: the last. */
  layer = $state<number | null>(null);
  /** The cell under the pointer. */
  hovered = $state.raw<{ readonly layer: number; readonly position: number } | null>(null);
  followed = $state<number | null>(null);
  /** What was typed is no token. */
  missing = $state<string | null>(null);
  readonly read: Computed<LensWish, LensTable>;
  readonly #unfollow: () => void;

  constructor(
    readonly context: ViewContext,
    saved: Json | null,
  ) {
    this.#take(saved);
    this.read = new Computed<LensWish, LensTable>(
      () => {
        const { run } = context;
        const lens = run.facet('lens');
        return lens === null ? null : { run, lens, followed: this.#followedOf(lens) };
      },
      (wish, { signal, progress, show }) => readWish(wish, { signal, progress, show }),
    );
    this.#unfollow = $effect.root(() => {
      $effect(() => {
        const position = tokenOn(context.selection.locked, 'target');
        if (position !== null) untrack(() => this.reveal(position));
      });
    });
  }

  readonly lens: Lens | null = $derived.by(() => this.context.run.facet('lens'));
  readonly text = $derived.by(() => TEXT[this.context.size]);
  /** What is known of the lens of the present run; null: nothing yet. */
  readonly cells: LensTable | null = $derived.by(() => {
    const { current } = this.read;
    return current?.wish.run === this.context.run ? current.value : null;
  });
  /** The cell that is looked at: under the pointer, or at the selected token. */
  readonly looked = $derived.by(() => {
    const { run, selection } = this.context;
    if (this.hovered !== null) return this.hovered;
    const position = tokenOn(selection.current, 'target');
    if (position === null || position >= run.tokens.length) return null;
    return { layer: this.lookedLayer, position };
  });
  readonly lookedLayer = $derived.by(() => {
    const last = (this.lens?.depth ?? 1) - 1;
    return Math.min(this.layer ?? last, last);
  });
  readonly picture: LensPicture | null = $derived.by(() => {
    const { lens, cells } = this;
    return lens === null || cells === null ? null : this.#pictureOf(lens, cells);
  });
  readonly layout = $derived.by(() => {
    const size = { width: this.width, height: this.height, text: this.text };
    return lensLayout(
      { depth: this.lens?.depth ?? 1, positions: this.context.run.tokens.length },
      size,
      size.text * 3,
    );
  });

  /** Position of the first column: by itself, the last position is in sight, which is looked at while none is selected. */
  get first(): number {
    const end = this.width === 0 ? 0 : this.context.run.tokens.length - this.layout.columns;
    return this.#chosenFirst ?? Math.max(end, 0);
  }

  set first(position: number) {
    this.#chosenFirst = position;
  }

  #pictureOf(lens: Lens, table: LensTable): LensPicture {
    const { measure, looked, context } = this;
    const most = Math.max(table.positions - 1, 0);
    const first = Math.min(this.first, most);
    return { run: context.run, lens, table, measure, first, looked, followed: this.#followedOf(lens) };
  }

  /** The followed token, as long as the vocabulary has it. */
  #followedOf({ vocabulary }: Lens): number | null {
    return this.followed !== null && this.followed < vocabulary ? this.followed : null;
  }

  /** Brings a position on screen. */
  reveal(position: number): void {
    const { columns } = this.layout;
    if (this.width === 0) return;
    if (position < this.first) this.first = position;
    else if (position >= this.first + columns) this.first = position - columns + 1;
  }

  /** A cell in words: its answer, and what the measure says. */
  wordsOf({ layer, position }: { readonly layer: number; readonly position: number }): string {
    const { cells, lens, measure } = this;
    const [best] = cells === null ? [] : answersOf(cells, layer, position);
    if (cells === null || lens === null) return 'not computed yet';
    if (best === undefined)
      return isBroken(cells, measure, layer, position) ? 'not a number' : 'not computed yet';
    const answer = `“${visibleText(lens.token(best.id).text)}”`;
    return `${answer}, ${MEASURES[measure].name} ${MEASURES[measure].words(measureOf(cells, measure, layer, position))}`;
  }

  readonly spoken: string = $derived.by(() => {
    const { lens, looked, context } = this;
    if (lens === null) return 'This run has no lens';
    if (looked === null)
      return `Answers after each of ${counted(lens.depth - 1, 'layer')}, at ${counted(context.run.tokens.length, 'position')}`;
    return `${tokenName(context.run.tokens, looked.position)} ${rowName(looked.layer)}: ${this.wordsOf(looked)}`;
  });

  readonly commands: readonly ViewCommand[] = [
    {
      ...{ id: 'mode', title: 'Show it another way', shortcut: 'T' },
      words: 'lens heatmap curves layers plot',
      run: () => void (this.mode = this.mode === 'heatmap' ? 'curves' : 'heatmap'),
    },
    {
      ...{ id: 'follow', title: 'Lens: follow the answer of the cell that is looked at', shortcut: 'G' },
      words: 'token track rank probability',
      when: () => this.looked !== null,
      run: () => this.followLooked(),
    },
    {
      ...{ id: 'unfollow', title: 'Lens: follow the final answers' },
      when: () => this.followed !== null,
      run: () => this.follow(null),
    },
  ];

  /** Follows a token through the layers; null: the final answers. */
  follow(id: number | null): void {
    this.missing = null;
    this.followed = id;
    if (id !== null && !MEASURES[this.measure].isOfToken) this.measure = 'probability';
  }

  followLooked(): void {
    const { looked, cells } = this;
    const [best] = looked === null || cells === null ? [] : answersOf(cells, looked.layer, looked.position);
    if (best !== undefined) this.follow(best.id);
  }

  /** Follows the token that a text is; an empty one: the final answers. */
  async followText(text: string): Promise<void> {
    const { lens } = this;
    if (lens === null || text === '') {
      this.follow(null);
      return;
    }
    const id = await findToken(lens, text);
    if (id === null) this.missing = text;
    else this.follow(id);
  }

  /** Looks at a cell; again: lets go of it. */
  choose(layer: number, position: number): void {
    const { selection } = this.context;
    const isSame = tokenOn(selection.locked, 'target') === position && this.lookedLayer === layer;
    this.layer = layer;
    if (isSame) selection.clear();
    else selection.lock({ token: { side: 'target', index: position } });
  }

  hover(cell: { readonly layer: number; readonly position: number } | null): void {
    this.hovered = cell;
    this.context.selection.hover(cell === null ? null : { token: { side: 'target', index: cell.position } });
  }

  save(): Json {
    const { mode, measure, layer, followed } = this;
    return { mode, measure, layer, followed, first: this.#chosenFirst };
  }

  show(state: Json): Promise<void> {
    this.#take(state);
    return Promise.resolve();
  }

  #take(state: Json | null): void {
    const whole = { least: 0, whole: true };
    this.mode = savedChoice(state, 'mode', this.mode, MODES);
    this.measure = savedChoice(state, 'measure', this.measure, MEASURE_NAMES);
    this.#chosenFirst = savedNone(state, 'first')
      ? null
      : savedNumber(state, 'first', this.#chosenFirst, whole);
    this.layer = savedNone(state, 'layer') ? null : savedNumber(state, 'layer', this.layer, whole);
    this.followed = savedNone(state, 'followed')
      ? null
      : savedNumber(state, 'followed', this.followed, whole);
  }

  async drawing(size: DrawingSize): Promise<Drawing> {
    const { lens, table } = await this.#need();
    const picture = this.#pictureOf(lens, table);
    return this.mode === 'heatmap' ? lensDrawing(picture, size) : curvesDrawing(picture, size);
  }

  async table(): Promise<Table> {
    const { run, lens, table } = await this.#need();
    return lensTable(run, lens, table);
  }

  async #need() {
    const { run } = this.context;
    const lens = run.facet('lens');
    if (lens === null) throw noLens();
    const followed = this.#followedOf(lens);
    const { current } = this.read;
    const isThere = current?.wish.run === run && current.wish.followed === followed && !this.read.busy;
    const table = isThere ? current.value : await readWish({ run, lens, followed });
    return { run, lens, table };
  }

  close(): void {
    this.#unfollow();
    this.read.close();
  }
}

function readWish(
  { run, lens, followed }: LensWish,
  work: Pick<Parameters<typeof readLens>[3], 'signal' | 'progress' | 'show'> = {},
): Promise<LensTable> {
  const T = run.tokens.length;
  const chosen = followed === null ? 'answer' : new Uint32Array(T).fill(followed);
  return readLens(run.gpu, lens, T, { ...work, k: ANSWERS, chosen });
}

function noLens(): HeadgateError {
  return new HeadgateError(
    'no-lens',
    'This run has no output head that could read its layers.',
    'Open a language model or an encoder-decoder of the Transformer kind.',
  );
}
