import { Computed } from '../../common/computed.svelte.ts';
import type { Drawing, DrawingSize } from '../../drawing/drawing.ts';
import { COLUMN, figureSize, writeFigure, type FigureChoice } from '../../drawing/figure.ts';

interface Size {
  readonly width: number;
  readonly height: number;
}

/** What was chosen last holds for the next figure of the window. */
let last = $state.raw<FigureChoice | null>(null);

/** A figure of a view: what was chosen, the drawing for it, and its files. */
export class FigureMaker {
  readonly #drawing: Computed<DrawingSize, Drawing>;
  readonly #ground: 'dark' | 'light';

  /**
   * @param draw makes the view's drawing
   * @param ground of the window: what a figure has until another theme is chosen
   */
  constructor(draw: (size: DrawingSize) => Promise<Drawing>, pane: () => Size, ground: 'dark' | 'light') {
    this.#ground = ground;
    this.#drawing = new Computed(
      () => figureSize(this.choice, pane()),
      (size) => draw(size),
    );
  }

  get choice(): FigureChoice {
    return last ?? { format: 'svg', theme: this.#ground, transparent: false, scale: 2, millimetres: COLUMN };
  }

  choose(change: Partial<FigureChoice>): void {
    last = { ...this.choice, ...change };
  }

  /** The newest drawing; null: it is being made. */
  get drawing(): Drawing | null {
    return this.#drawing.value;
  }

  get error(): string | null {
    return this.#drawing.error?.message ?? null;
  }

  get busy(): boolean {
    return this.#drawing.busy;
  }

  /** The file, in a format. @throws what can't be drawn */
  async file(format: FigureChoice['format'] = this.choice.format): Promise<Blob> {
    const drawing = await this.#drawing.settled();
    if (drawing === null) throw new Error('There is nothing to draw.');
    return writeFigure(drawing, { ...this.choice, format });
  }

  close(): void {
    this.#drawing.close();
  }
}
