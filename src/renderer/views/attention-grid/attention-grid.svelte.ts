import { untrack } from 'svelte';
import { headMarks } from '../../common/changes.ts';
import { Computed } from '../../common/computed.svelte.ts';
import { glide, mix } from '../../common/motion.ts';
import { noAttention } from '../../common/no-attention.ts';
import { counted } from '../../common/numbers.ts';
import { patternRows } from '../../common/pattern-rows.ts';
import { Pointed } from '../../common/pointed.ts';
import { Readout } from '../../common/readout.svelte.ts';
import { savedChoice, savedNumbers, savedSwitch, type Json } from '../../common/saved.ts';
import type { Table } from '../../common/table.ts';
import { headName } from '../../common/tokens.ts';
import type { Drawing, DrawingSize } from '../../drawing/drawing.ts';
import { cellOf, placeOfCell } from '../../runs/place.ts';
import type { AttentionMap } from '../../runs/run.ts';
import type { ViewCommand, ViewContext, ViewInstance } from '../view.ts';
import { gridDrawing, gridTable } from './drawing.ts';
import { arrangedHeads, headTableDrawing, metricArrays, metricTable, type SortKey } from './head-table.ts';
import { gridLayout, headAt, thumbnailCells } from './layout.ts';
import { ALL_NUMBERS, mostTelling, type HeadNumber } from '../../analysis/heads.ts';
import { HeadMeasures } from './measures.svelte.ts';
import { gridPicture, type GridPicture, type GridWish } from './patterns.ts';
import { gridPlaces } from './places.ts';
import { scatterDrawing } from './scatter.ts';

/** What stands for several weights that fall into one cell. */
const POOLS = ['max', 'mean'] as const;
/** How the heads are shown. */
export const MODES = ['patterns', 'table', 'scatter'] as const;

/** The patterns of every head, a row of thumbnails for each layer. */
export class AttentionGridView implements ViewInstance {
  /** Size of the pane in CSS pixels, and device pixels per CSS pixel; its elements tell. */
  width = $state(0);
  height = $state(0);
  ratio = $state(1);
  scroll = $state.raw({ left: 0, top: 0 });
  /** Where the pointer is over the heads, CSS pixels of the pane; null: elsewhere. */
  pointer = $state.raw<{ readonly x: number; readonly y: number } | null>(null);
  /** The head that keys move from. */
  focused = $state.raw({ layer: 0, head: 0 });
  pool = $state<(typeof POOLS)[number]>('max');
  mode = $state<(typeof MODES)[number]>('patterns');
  /** The metric that frames are coloured by; null: by head. */
  frame = $state<HeadNumber | null>(null);
  /** Of the scatter plot. */
  axes = $state.raw<{ readonly x: HeadNumber; readonly y: HeadNumber }>({ x: 'previous', y: 'induction' });
  /** Of the table. */
  sort = $state.raw<{ readonly by: SortKey; readonly descending: boolean }>({
    by: 'head',
    descending: false,
  });
  filter = $state('');
  /** Model whose most telling head was shown. */
  #led: string | null = null;
  readonly patterns: Computed<GridWish, GridPicture>;
  readonly measures: HeadMeasures;
  readonly readout: Readout;
  /** Scores on repeated random tokens are wanted. */
  scored = $state(false);
  readonly #pointed = new Pointed();
  readonly #unfollow: () => void;

  constructor(
    readonly context: ViewContext,
    saved: Json | null,
  ) {
    this.#take(saved);
    this.patterns = new Computed(() => this.#wish(), gridPicture);
    this.measures = new HeadMeasures(this);
    this.readout = new Readout(() => this.#cell());
    this.#unfollow = $effect.root(() => {
      $effect(() => this.#lead());
    });
  }

  readonly map: AttentionMap | null = $derived.by(() => this.context.display.of(this.context.run));
  readonly firstKey = $derived.by(() =>
    this.map === null ? 0 : this.context.display.firstKey(this.map.keys.length),
  );
  /** Heads that were changed, and how, by `layer head`. */
  readonly marks = $derived.by(() => headMarks(this.context.run, this.map?.kind ?? 'self'));
  readonly layout = $derived.by(() => {
    const { map, width, height, ratio, firstKey, context } = this;
    return gridLayout({
      ...{ width, height, ratio, size: context.size },
      ...{ layers: map?.layers ?? 1, heads: map?.heads ?? 1 },
      ...{ rows: map?.queries.length ?? 1, columns: (map?.keys.length ?? 1) - firstKey },
    });
  });
  /** Left edge of the grid in the pane. */
  readonly indent = $derived.by(() => Math.max(0, Math.floor((this.width - this.layout.width) / 2)));

  /** What is on screen; null: nothing yet, or it lies on a device that was lost. */
  readonly picture: GridPicture | null = $derived.by(() => {
    const { value } = this.patterns;
    return value?.run.gpu === this.context.run.gpu ? value : null;
  });
  readonly places = $derived.by(() =>
    this.picture === null ? [] : gridPlaces(this.layout, this.picture, this),
  );
  readonly domain = $derived.by(() => this.context.display.domain(this.picture?.largest ?? 1));

  #wish(): GridWish | null | undefined {
    const { map, width, layout, ratio, firstKey, pool, context } = this;
    if (map === null) return null;
    if (width === 0 || ratio === 0) return undefined;
    return {
      ...{ run: context.run, map, firstKey, pool },
      rows: thumbnailCells(map.queries.length, Math.round(layout.thumb.height * ratio)),
      columns: thumbnailCells(map.keys.length - firstKey, Math.round(layout.thumb.width * ratio)),
    };
  }

  /** The rows of the table. */
  readonly arranged = $derived.by(() =>
    arrangedHeads(this.measures.heads, { ...this.sort, filter: this.filter }),
  );

  /** Shows the most telling head of a model that is new here, as long as nobody has chosen one. */
  #lead(): void {
    const { run, selection } = this.context;
    const { heads } = this.measures;
    if (heads.length === 0 || this.#led === run.model.id) return;
    untrack(() => {
      this.#led = run.model.id;
      const best = mostTelling(heads);
      if (best !== null) selection.propose(best);
    });
  }

  /** What is looked at in this grid: a head, perhaps a cell of it. */
  readonly looked = $derived.by(() => {
    const { map } = this;
    const place = this.context.selection.current;
    if (map === null || place?.layer === undefined || place.head === undefined) return null;
    if (place.layer >= map.layers || place.head >= map.heads) return null;
    return { layer: place.layer, head: place.head, ...cellOf(map, place) };
  });

  #cell() {
    const { map, looked, firstKey } = this;
    if (map === null || looked === null || looked.row === null) return null;
    const { layer, head, row, column } = looked;
    if (row >= map.queries.length) return null;
    const key = column !== null && column < map.keys.length ? column : null;
    return { map, layer, head, query: row, key, firstKey };
  }

  readonly spoken: string = $derived.by(() => {
    const { map, looked, readout } = this;
    if (map === null) return 'This run has no attention';
    if (readout.sentence !== '') return readout.sentence;
    if (looked !== null) {
      const label = this.measures.labelOf(looked.layer, looked.head);
      return `Head ${headName(looked.layer, looked.head)}${label === null ? '' : `: ${label.text}`}`;
    }
    return `${counted(map.heads, 'head')} in each of ${counted(map.layers, 'layer')}`;
  });

  readonly commands: readonly ViewCommand[] = [
    {
      id: 'pool',
      title: 'Thumbnails: show the largest weights, or their means',
      words: 'pool maximum mean average',
      run: () => this.nextPool(),
    },
    {
      ...{ id: 'mode', title: 'Show it another way', shortcut: 'T' },
      words: 'heads patterns table scatter plot metrics sort filter induction',
      run: () => this.nextMode(),
    },
    {
      ...{ id: 'why', title: 'Why it looks there: this head step by step', shortcut: 'Y' },
      words: 'query key score softmax values drill down',
      when: () => this.map !== null,
      run: () => this.open('why'),
    },
    {
      ...{ id: 'score', title: 'Heads: score on repeated random tokens' },
      words: 'induction duplicate previous token copy',
      when: () => this.measures.scores === null,
      run: () => this.score(),
    },
  ];

  /** Asks for the scores, and shows them. */
  score(): void {
    this.scored = true;
    const { repeated } = this.measures;
    if (repeated.error !== null) repeated.again();
    if (this.mode === 'patterns') this.mode = 'table';
  }

  nextMode(): void {
    this.mode = MODES[(MODES.indexOf(this.mode) + 1) % MODES.length] ?? 'patterns';
  }

  /** Sorts the table by a column, the largest first; again: the other way round. */
  sortBy(by: SortKey): void {
    const descending = this.sort.by === by ? !this.sort.descending : by !== 'head';
    this.sort = { by, descending };
  }

  setAxis(axis: 'x' | 'y', metric: string): void {
    const found = ALL_NUMBERS.find((name) => name === metric);
    if (found !== undefined) this.axes = { ...this.axes, [axis]: found };
  }

  nextPool(): void {
    this.pool = this.pool === 'max' ? 'mean' : 'max';
  }

  /** Points at a place of the content, CSS pixels from its corner; `pointer`: the same in the pane. */
  hover(x: number, y: number, pointer: { readonly x: number; readonly y: number }): void {
    const { map, layout, firstKey, context } = this;
    if (map === null) return;
    const found = headAt(layout, map.layers, map.heads, { x, y });
    if (found === null) {
      this.leave();
      return;
    }
    const { layer, head } = found;
    const cell = (part: number, count: number) => Math.min(Math.floor(part * count), count - 1);
    const row = cell(found.y, map.queries.length);
    const column = firstKey + cell(found.x, map.keys.length - firstKey);
    this.#pointed.to(
      () => patternRows(map).row(layer, head, row),
      () => {
        if (this.map !== map) return;
        this.pointer = pointer;
        context.selection.hover(placeOfCell(map, layer, head, row, column));
      },
    );
  }

  /** What the pointer is on is looked at now: a key is about it. */
  pointNow(): void {
    this.#pointed.now();
  }

  /** The pointer is on no head. */
  leave(): void {
    this.#pointed.away();
    this.pointer = null;
    this.context.selection.hover(null);
  }

  /** Looks at a head that has the focus. */
  focus(layer: number, head: number): void {
    this.#pointed.away();
    this.pointer = null;
    this.focused = { layer, head };
    const { token } = this.context.selection.locked ?? {};
    this.context.selection.hover({ layer, head, ...(token === undefined ? {} : { token }) });
  }

  /** Shows the head large and locks it; a locked token stays locked. */
  choose(layer: number, head: number): void {
    const { selection } = this.context;
    selection.head = { layer, head };
    const { token, key } = selection.locked ?? {};
    selection.toggle({
      ...{ layer, head },
      ...(token === undefined ? {} : { token }),
      ...(key === undefined ? {} : { key }),
    });
  }

  /** Opens another view at the head that is looked at. */
  open(view: 'attention-head' | 'why'): void {
    const { selection } = this.context;
    if (this.looked !== null) selection.head = { layer: this.looked.layer, head: this.looked.head };
    this.context.open(view, { held: false });
  }

  save(): Json {
    const { left, top } = this.scroll;
    const { pool, mode, frame, axes, sort, filter } = this;
    return {
      ...{ mode, pool, frame: frame ?? 'none', ...axes, sort: sort.by, descending: sort.descending, filter },
      scored: this.scored,
      scroll: [Math.round(left), Math.round(top)],
    };
  }

  async show(
    state: Json,
    { animate = false, signal }: Parameters<ViewInstance['show']>[1] = {},
  ): Promise<void> {
    const before = this.scroll;
    this.#take(state);
    const after = this.scroll;
    if (!animate || (before.left === after.left && before.top === after.top)) return;
    await glide((share) => {
      const { left, top } = before;
      this.scroll = { left: mix(left, after.left, share), top: mix(top, after.top, share) };
    }, signal);
  }

  #take(state: Json | null): void {
    this.pool = savedChoice(state, 'pool', this.pool, POOLS);
    this.mode = savedChoice(state, 'mode', this.mode, MODES);
    const frame = savedChoice(state, 'frame', this.frame ?? 'none', ['none', ...ALL_NUMBERS]);
    this.frame = frame === 'none' ? null : frame;
    this.axes = {
      x: savedChoice(state, 'x', this.axes.x, ALL_NUMBERS),
      y: savedChoice(state, 'y', this.axes.y, ALL_NUMBERS),
    };
    this.sort = {
      by: savedChoice(state, 'sort', this.sort.by, ['head', ...ALL_NUMBERS]),
      descending: savedSwitch(state, 'descending', this.sort.descending),
    };
    this.filter = savedChoice(state, 'filter', this.filter);
    this.scored = savedSwitch(state, 'scored', this.scored);
    const [left = this.scroll.left, top = this.scroll.top] = savedNumbers(state, 'scroll', 2) ?? [];
    this.scroll = { left, top };
  }

  async drawing(size: DrawingSize): Promise<Drawing> {
    const { firstKey, pool, context, mode } = this;
    const [run, map] = [context.run, this.#need()];
    if (mode === 'patterns')
      return gridDrawing({ run, map, firstKey, pool }, (largest) => context.display.domain(largest), size);
    const heads = await this.measures.measureAll(map);
    if (mode === 'scatter') return scatterDrawing(heads, this.axes, map.heads, size);
    const arranged = arrangedHeads(heads, { ...this.sort, filter: this.filter });
    return headTableDrawing(arranged, `${run.model.name} · metrics of its heads`, size);
  }

  async table(): Promise<Table> {
    const [run, map] = [this.context.run, this.#need()];
    const heads = await this.measures.measureAll(map);
    if (this.mode !== 'patterns') return metricTable(heads, map.layers);
    const { columns, rows, arrays } = await gridTable(run, map);
    return { columns, rows, arrays: [...arrays, ...metricArrays(heads, map.layers)] };
  }

  #need(): AttentionMap {
    if (this.map !== null) return this.map;
    throw noAttention();
  }

  close(): void {
    this.#unfollow();
    this.#pointed.away();
    this.measures.close();
    this.patterns.close();
    this.readout.close();
  }
}
