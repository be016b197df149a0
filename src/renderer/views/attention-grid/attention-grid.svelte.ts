import { headMarks } from '../../common/changes.ts';
import { Computed } from '../../common/computed.svelte.ts';
import { glide, mix } from '../../common/motion.ts';
import { noAttention } from '../../common/no-attention.ts';
import { counted } from '../../common/numbers.ts';
import { Readout } from '../../common/readout.svelte.ts';
import { savedChoice, savedNumbers, type Json } from '../../common/saved.ts';
import type { Table } from '../../common/table.ts';
import { headName } from '../../common/tokens.ts';
import type { Drawing, DrawingSize } from '../../drawing/drawing.ts';
import { cellOf, placeOfCell } from '../../runs/place.ts';
import type { AttentionMap } from '../../runs/run.ts';
import type { ViewCommand, ViewContext, ViewInstance } from '../view.ts';
import { gridDrawing, gridTable } from './drawing.ts';
import { gridLayout, headAt, thumbnailCells } from './layout.ts';
import { gridPicture, type GridPicture, type GridWish } from './patterns.ts';
import { gridPlaces } from './places.ts';

/** What stands for several weights that fall into one cell. */
const POOLS = ['max', 'mean'] as const;

/** The patterns of every head, a row of thumbnails for each layer. */
export class AttentionGridView implements ViewInstance {
  /** Size of the pane in CSS pixels, and device pixels per CSS pixel; its elements tell. */
  width = $state(0);
  height = $state(0);
  ratio = $state(1);
  scroll = $state.raw({ left: 0, top: 0 });
  /** The head that keys move from. */
  focused = $state.raw({ layer: 0, head: 0 });
  pool = $state<(typeof POOLS)[number]>('max');
  readonly patterns: Computed<GridWish, GridPicture>;
  readonly readout: Readout;

  constructor(
    readonly context: ViewContext,
    saved: Json | null,
  ) {
    this.#take(saved);
    this.patterns = new Computed(() => this.#wish(), gridPicture);
    this.readout = new Readout(() => this.#cell());
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
    if (looked !== null) return `Head ${headName(looked.layer, looked.head)}`;
    return `${counted(map.heads, 'head')} in each of ${counted(map.layers, 'layer')}`;
  });

  readonly commands: readonly ViewCommand[] = [
    {
      id: 'pool',
      title: 'Thumbnails: show the largest weights, or their means',
      words: 'pool maximum mean average',
      run: () => this.nextPool(),
    },
  ];

  nextPool(): void {
    this.pool = this.pool === 'max' ? 'mean' : 'max';
  }

  /** Points at a place of the content, CSS pixels from its corner. */
  hover(x: number, y: number): void {
    const { map, layout, firstKey, context } = this;
    if (map === null) return;
    const found = headAt(layout, map.layers, map.heads, { x, y });
    if (found === null) {
      context.selection.hover(null);
      return;
    }
    const cell = (part: number, count: number) => Math.min(Math.floor(part * count), count - 1);
    const row = cell(found.y, map.queries.length);
    const column = firstKey + cell(found.x, map.keys.length - firstKey);
    context.selection.hover(placeOfCell(map, found.layer, found.head, row, column));
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

  save(): Json {
    const { left, top } = this.scroll;
    return { pool: this.pool, scroll: [Math.round(left), Math.round(top)] };
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
    const [left = this.scroll.left, top = this.scroll.top] = savedNumbers(state, 'scroll', 2) ?? [];
    this.scroll = { left, top };
  }

  drawing(size: DrawingSize): Promise<Drawing> {
    const { firstKey, pool, context } = this;
    const wish = { run: context.run, map: this.#need(), firstKey, pool };
    return gridDrawing(wish, (largest) => context.display.domain(largest), size);
  }

  table(): Promise<Table> {
    return gridTable(this.context.run, this.#need());
  }

  #need(): AttentionMap {
    if (this.map !== null) return this.map;
    throw noAttention();
  }

  close(): void {
    this.patterns.close();
    this.readout.close();
  }
}
