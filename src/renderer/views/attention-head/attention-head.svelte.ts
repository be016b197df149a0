import { headsTitle } from '../../common/attention-names.ts';
import { untrack } from 'svelte';
import type { TokenLabel } from '../../common/axis-labels.ts';
import { Computed } from '../../common/computed.svelte.ts';
import { HeadChoice } from '../../common/head-choice.svelte.ts';
import { rowTokens } from '../../common/head-rows.ts';
import * as viewport from '../../common/heatmap/viewport.ts';
import { measureHeads, mostTelling } from '../../analysis/heads.ts';
import { noAttention } from '../../common/no-attention.ts';
import { Readout } from '../../common/readout.svelte.ts';
import { savedChoice, type Json } from '../../common/saved.ts';
import type { Table } from '../../common/table.ts';
import { largestWeight } from '../../common/tiles.ts';
import { elide, headName, visibleText } from '../../common/tokens.ts';
import type { Drawing, DrawingSize } from '../../drawing/drawing.ts';
import { cellOf, placeOfCell, type Place } from '../../runs/place.ts';
import type { AttentionMap, Token } from '../../runs/run.ts';
import type { ViewCommand, ViewContext, ViewInstance } from '../view.ts';
import { headDrawing, headTable, type Head } from './drawing.ts';
import { FONTS, headLayout, LONGEST_LABEL, labelFont, labelLengths, visibleLabels } from './layout.ts';
import { HeadLines } from './lines.svelte.ts';
import { receivedWeights } from './received.ts';
import { HeadZoom } from './zoom.svelte.ts';
import { headPicture, type HeadPicture, type HeadWish } from './pattern.ts';

/** Keys zoom by this. */
const ZOOM = 1.5;

/** Height of the strip under the pattern. */
const RECEIVED = 34;
/** A lower pane has all its room for the pattern. */
const LEAST_FOR_RECEIVED = 240;

/** How a head is shown. */
export const MODES = ['matrix', 'lines'] as const;

/** Whose most telling head is looked for. */
interface TellingWish {
  readonly map: AttentionMap;
  readonly model: string;
}

/** One head's pattern, at any zoom: the head that the window looks at, or one that the pane is held at. */
export class AttentionHeadView implements ViewInstance {
  /** Size of the picture in CSS pixels, and device pixels per CSS pixel; its elements tell. */
  width = $state(0);
  height = $state(0);
  ratio = $state(1);
  readonly choice: HeadChoice;
  readonly zoom = new HeadZoom(() => this.bounds);
  mode = $state<(typeof MODES)[number]>('matrix');
  readonly pattern: Computed<HeadWish, HeadPicture>;
  readonly lines: HeadLines;
  readonly #largest: Computed<Head & { readonly firstKey: number }, number>;
  readonly #telling: Computed<TellingWish, Pick<Head, 'layer' | 'head'> | null>;
  readonly readout: Readout;
  /** Weight that each key receives. */
  readonly received: Computed<Head, Float32Array>;

  constructor(
    readonly context: ViewContext,
    saved: Json | null,
  ) {
    this.choice = new HeadChoice(context);
    this.lines = new HeadLines(this);
    this.#take(saved);
    this.pattern = new Computed(() => this.#wish(), headPicture);
    this.#largest = new Computed(
      () =>
        this.head === null || !this.context.display.needsLargest
          ? null
          : { ...this.head, firstKey: this.firstKey },
      ({ run, map, layer, head, firstKey }) => largestWeight(run, map, layer, head, firstKey),
    );
    this.#telling = new Computed(
      () => this.#tellingWish(),
      async ({ map }, work) => {
        const best = mostTelling(await measureHeads({ map }, work));
        if (best !== null) this.context.selection.propose(best);
        return best;
      },
    );
    this.readout = new Readout(() => this.#cell());
    // Once the pattern is there, which is what one wants to see first.
    this.received = new Computed(
      () => (this.below === 0 ? null : this.picture === null ? undefined : this.head),
      receivedWeights,
    );
  }

  /** Room under the pattern for what its keys receive, CSS pixels. */
  readonly below = $derived.by(() =>
    this.context.size === 'window' && this.mode === 'matrix' && this.height >= LEAST_FOR_RECEIVED
      ? RECEIVED
      : 0,
  );
  /** The column that is looked at; null: none. */
  readonly lookedColumn = $derived.by(() =>
    this.map === null ? null : cellOf(this.map, this.context.selection.current).column,
  );

  readonly map: AttentionMap | null = $derived.by(() => this.choice.map);
  readonly layer: number = $derived.by(() => this.choice.layer);
  readonly index: number = $derived.by(() => this.choice.head);
  /** The head that is shown; null: the run has no attention. */
  readonly head: Head | null = $derived.by(() => {
    const { map, layer, index: head } = this;
    return map === null ? null : { run: this.context.run, map, layer, head };
  });
  readonly bounds: viewport.Bounds = $derived.by(() => ({
    rows: this.map?.queries.length ?? 1,
    columns: this.map?.keys.length ?? 1,
    firstColumn: this.firstKey,
  }));
  readonly viewed: viewport.Viewport = $derived.by(() => this.zoom.viewed);
  /** Names of the rows. */
  readonly rows: readonly Token[] = $derived.by(() =>
    this.map === null ? [] : rowTokens(this.context.run, this.map),
  );
  readonly fonts = $derived.by(() => FONTS[this.context.size]);
  readonly layout = $derived.by(() => {
    const { width, ratio, fonts, bounds, map } = this;
    const height = this.height - this.below;
    const keys = map?.keys.slice(bounds.firstColumn) ?? [];
    return headLayout({
      ...{ width, height, ratio, fonts, rows: bounds.rows, columns: bounds.columns - bounds.firstColumn },
      rowLabels: labelLengths(this.rows, height, fonts.smallest),
      columnLabels: labelLengths(keys, width, fonts.smallest),
    });
  });
  /** CSS pixels of a cell. */
  readonly cell = $derived.by(() => this.layout.height / (this.viewed.bottom - this.viewed.top));
  readonly font = $derived.by(() => Math.min(labelFont(this.cell, this.fonts), this.layout.font));
  readonly rowLabels = $derived.by(() => {
    const { top, bottom } = this.viewed;
    return visibleLabels(this.rows, [top, bottom], this.layout.height, this.font, 'rows');
  });
  readonly columnLabels = $derived.by(() => {
    const { left, right } = this.viewed;
    return visibleLabels(this.map?.keys ?? [], [left, right], this.layout.width, this.font, 'columns');
  });

  /** What is on screen; null: nothing yet, or it lies on a device that was lost. */
  readonly picture: HeadPicture | null = $derived.by(() => {
    const { current } = this.pattern;
    return current?.wish.run.gpu === this.context.run.gpu ? current.value : null;
  });
  /** Cells of the matrix in one that is drawn. */
  readonly pooled = $derived.by(() => {
    const { columns } = this.picture ?? {};
    return columns === undefined ? 1 : Math.round((columns.to - columns.from) / columns.cells);
  });
  readonly domain = $derived.by(() => this.context.display.domain(this.#largest.value ?? 1));

  /** First key that is shown. */
  get firstKey(): number {
    return this.map === null ? 0 : this.context.display.firstKey(this.map.keys.length);
  }

  #wish(): HeadWish | null | undefined {
    const { head, bounds, viewed, layout, ratio } = this;
    if (head === null) return null;
    if (this.width === 0 || layout.width <= 0) return undefined;
    const side = (from: number, to: number, limit: number, length: number, least?: number) =>
      viewport.tileSide(from, to, limit, Math.round(length * ratio), least);
    const rows = side(viewed.top, viewed.bottom, bounds.rows, layout.height);
    const columns = side(viewed.left, viewed.right, bounds.columns, layout.width, bounds.firstColumn);
    return {
      ...{ ...head, top: rows.from, bottom: rows.to, height: rows.cells },
      ...{ left: columns.from, right: columns.to, width: columns.cells },
    };
  }

  /** The model's most telling head is what one wants to see first. */
  #tellingWish(): TellingWish | null | undefined {
    const { map, context } = this;
    if (map === null || this.choice.isHeld || !context.selection.wantsHead) return null;
    const { id } = context.run.model;
    return untrack(() => this.#telling.current)?.wish.model === id ? undefined : { map, model: id };
  }

  /** What went wrong with what is shown; null: nothing. */
  readonly error = $derived.by(() => (this.mode === 'lines' ? this.lines.found : this.pattern).error);
  readonly isBusy = $derived.by(() =>
    this.mode === 'lines' ? this.lines.found.value === null : this.picture === null,
  );

  again(): void {
    (this.mode === 'lines' ? this.lines.found : this.pattern).again();
  }

  #cell() {
    const { head } = this;
    const { row, column } = this.looked;
    if (head === null || row === null || row >= head.map.queries.length) return null;
    const key = column !== null && column < head.map.keys.length ? column : null;
    return { map: head.map, layer: head.layer, head: head.head, query: row, key, firstKey: this.firstKey };
  }

  /** The cell of this picture that a place stands for. */
  cellOf(place: Place | null): ReturnType<typeof cellOf> {
    return this.map === null ? { row: null, column: null } : cellOf(this.map, place);
  }

  readonly looked = $derived.by(() => this.cellOf(this.context.selection.current));

  placeOf(row: number, column: number): Place {
    return this.map === null ? {} : placeOfCell(this.map, this.layer, this.index, row, column);
  }

  /** The label of what a place looks at, if it is on screen. */
  marked(place: Place | null, side: 'rows' | 'columns'): TokenLabel | null {
    const { row, column } = this.cellOf(place);
    const { top, bottom, left, right } = this.viewed;
    const index = side === 'rows' ? row : column;
    const [from, to] = side === 'rows' ? [top, bottom] : [left, right];
    if (index === null || index < Math.floor(from) || index >= to) return null;
    const size = side === 'rows' ? this.layout.height : this.layout.width;
    const token = (side === 'rows' ? this.rows : this.map?.keys)?.[index];
    const text = elide(visibleText(token?.text ?? ''), LONGEST_LABEL);
    return { first: index, end: index + 1, text, at: ((index + 0.5 - from) / (to - from)) * size };
  }

  /** The heads that are shown, for where the tools do not say it. */
  readonly title: string | undefined = $derived.by(() => {
    const { map } = this;
    if (map === null) return undefined;
    return headsTitle(map, this.layer, this.mode === 'lines' ? this.lines.heads : [this.index]);
  });

  readonly spoken: string = $derived.by(() => {
    if (this.head === null) return 'This run has no attention';
    if (this.readout.sentence !== '') return this.readout.sentence;
    return `${headName(this.layer, this.index)}, ${this.bounds.rows} queries and ${this.bounds.columns} keys`;
  });

  readonly commands: readonly ViewCommand[] = $derived.by(() => {
    const hasHead = () => this.map !== null;
    return [
      ...this.choice.commands(),
      {
        ...{ id: 'mode', title: 'One head: matrix or lines', shortcut: 'V', words: 'bertviz arcs chips' },
        when: hasHead,
        run: () => {
          this.mode = this.mode === 'matrix' ? 'lines' : 'matrix';
        },
      },
      { id: 'zoom-in', title: 'Zoom in', shortcut: '+', run: () => this.zoom.atCell(ZOOM, this.looked) },
      {
        id: 'zoom-out',
        title: 'Zoom out',
        shortcut: '-',
        run: () => this.zoom.atCell(1 / ZOOM, this.looked),
      },
      { id: 'zoom-all', title: 'Show everything', shortcut: '0', run: () => this.zoom.showAll() },
      {
        ...{ id: 'hold', title: 'Hold this pane at its head, or let it follow', shortcut: 'H' },
        words: 'pin lock head two panes',
        when: hasHead,
        run: () => this.choice.toggleHold(),
      },
      {
        ...{ id: 'why', title: 'Why it looks there: this head step by step', shortcut: 'Y' },
        words: 'query key score softmax values drill down',
        when: hasHead,
        run: () => this.openWhy(),
      },
    ];
  });

  /** Shows the steps of the head: of the one that the pane is held at, too. */
  openWhy(): void {
    const { map, layer, index: head, context } = this;
    if (map !== null)
      context.open('why', this.choice.isHeld ? { held: true, kind: map.kind, layer, head } : { held: false });
  }

  /** Moves the cell cursor: what is locked moves along; while nothing is, the cell is previewed, as the pointer does. */
  step(row: number, column: number): void {
    const { selection } = this.context;
    const place = this.placeOf(row, column);
    if (selection.locked === null) selection.hover(place);
    else selection.lock(place);
    this.zoom.reveal(row, column);
  }

  save(): Json {
    return {
      ...this.choice.save(),
      zoom: this.zoom.save(),
      mode: this.mode,
      ...this.lines.save(),
    };
  }

  async show(
    state: Json,
    { animate = false, signal }: Parameters<ViewInstance['show']>[1] = {},
  ): Promise<void> {
    const before = this.viewed;
    this.#take(state);
    if (animate) await this.zoom.glideFrom(before, signal);
  }

  #take(state: Json | null): void {
    this.choice.take(state);
    this.mode = savedChoice(state, 'mode', this.mode, MODES);
    this.lines.take(state);
    this.zoom.take(state);
  }

  /** Where it can't be told which head tells most, the first is as good. */
  async #led(): Promise<void> {
    await this.#telling.settled().catch(() => null);
  }

  async drawing(size: DrawingSize): Promise<Drawing> {
    await this.#led();
    const { display } = this.context;
    const { head, viewed } = this;
    if (head === null) throw noAttention();
    const { firstKey } = this;
    if (this.mode === 'lines') return this.lines.drawing(head.map, size);
    const largest = display.needsLargest
      ? await largestWeight(head.run, head.map, head.layer, head.head, firstKey)
      : 1;
    return headDrawing(head, viewed, firstKey, display.domain(largest), size);
  }

  async table(): Promise<Table> {
    await this.#led();
    if (this.head === null) throw noAttention();
    return headTable(this.head);
  }

  close(): void {
    this.pattern.close();
    this.lines.close();
    this.#largest.close();
    this.#telling.close();
    this.readout.close();
    this.received.close();
  }
}
