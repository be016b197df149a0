import { sameFields } from '../../common/computed.svelte.ts';
import * as viewport from '../../common/heatmap/viewport.ts';
import { glide, mix } from '../../common/motion.ts';
import { savedNumbers, type Json } from '../../common/saved.ts';

/** The part of a pattern that is on screen. */
export class HeadZoom {
  /** What is zoomed into; null: everything. */
  #zoomed = $state.raw<viewport.Viewport | null>(null);

  /** @param bounds of the pattern; reactive */
  constructor(private readonly bounds: () => viewport.Bounds) {}

  readonly viewed: viewport.Viewport = $derived.by(() =>
    this.#zoomed === null ? viewport.whole(this.bounds()) : viewport.inside(this.#zoomed, this.bounds()),
  );

  get isZoomed(): boolean {
    return this.#zoomed !== null;
  }

  /** @param x where it zooms, with `y` as parts of what is on screen */
  by(factor: number, x = 0.5, y = 0.5): void {
    const next = viewport.zoomAt(this.viewed, this.bounds(), factor, x, y);
    this.#zoomed = viewport.isWhole(next, this.bounds()) ? null : next;
  }

  /** Zooms around a cell as far as it is on screen, else around the middle. */
  atCell(factor: number, { row, column }: { readonly row: number | null; readonly column: number | null }) {
    const { top, bottom, left, right } = this.viewed;
    const part = (index: number | null, from: number, to: number) =>
      index === null || index < from || index >= to ? 0.5 : (index + 0.5 - from) / (to - from);
    this.by(factor, part(column, left, right), part(row, top, bottom));
  }

  showAll(): void {
    this.#zoomed = null;
  }

  /** Moves what is on screen, by parts of it. */
  pan(x: number, y: number): void {
    const { left, top, right, bottom } = this.viewed;
    if (this.#zoomed !== null)
      this.#zoomed = viewport.pan(this.viewed, this.bounds(), x * (right - left), y * (bottom - top));
  }

  /** Brings a cell on screen. */
  reveal(row: number, column: number): void {
    if (this.#zoomed !== null) this.#zoomed = viewport.reveal(this.viewed, this.bounds(), row, column);
  }

  /** Left, top, right, bottom; empty: everything is shown. */
  save(): number[] {
    const { left, top, right, bottom } = this.viewed;
    return this.isZoomed ? [left, top, right, bottom] : [];
  }

  /** Reads what a view saved as `zoom`; what is missing or wrong stays. */
  take(state: Json | null): void {
    const [left, top, right, bottom] = savedNumbers(state, 'zoom', 4) ?? [];
    if (left !== undefined && top !== undefined && right !== undefined && bottom !== undefined) {
      const isView = left >= 0 && top >= 0 && right > left && bottom > top;
      if (isView) this.#zoomed = { left, top, right, bottom };
    } else if (savedNumbers(state, 'zoom', 0) !== null) this.#zoomed = null;
  }

  /** Moves from what was on screen to what is now. */
  async glideFrom(before: viewport.Viewport, signal?: AbortSignal): Promise<void> {
    if (sameFields(before, this.viewed)) return;
    const [zoomed, after] = [this.#zoomed, this.viewed];
    await glide((share) => {
      const between = (side: keyof viewport.Viewport) => mix(before[side], after[side], share);
      this.#zoomed = {
        ...{ left: between('left'), top: between('top') },
        ...{ right: between('right'), bottom: between('bottom') },
      };
    }, signal);
    this.#zoomed = zoomed;
  }
}
