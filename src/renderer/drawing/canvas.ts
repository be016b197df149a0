import type { Drawing, Filled, GroupMark, ImageMark, Mark, Paint, Stroked, TextMark } from './drawing.ts';
import { parsePath, polylineSegments, type Segment } from './path.ts';
import { pixelsOf } from './raster.ts';
import { FONT_FAMILIES } from './svg.ts';
import { baselineShift, HALO } from './text.ts';
import { colourIn, hexColour, type FigureTheme } from './theme.ts';

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/**
 * Draws marks on a canvas, from its upper left.
 * @param scale pixels of the canvas for one of the drawing
 */
export function drawOnCanvas(context: Context, { marks }: Drawing, theme: FigureTheme, scale: number): void {
  context.save();
  context.scale(scale, scale);
  const painter = new Painter(context, theme);
  for (const mark of marks) painter.draw(mark);
  context.restore();
}

class Painter {
  readonly #context: Context;
  readonly #theme: FigureTheme;

  constructor(context: Context, theme: FigureTheme) {
    this.#context = context;
    this.#theme = theme;
  }

  draw(mark: Mark): void {
    const context = this.#context;
    context.save();
    context.globalAlpha *= mark.opacity ?? 1;
    switch (mark.kind) {
      case 'rect':
        context.beginPath();
        context.roundRect(mark.x, mark.y, mark.width, mark.height, mark.radius ?? 0);
        this.#paint(mark);
        break;
      case 'line':
        context.beginPath();
        context.moveTo(mark.x1, mark.y1);
        context.lineTo(mark.x2, mark.y2);
        this.#paint(mark);
        break;
      case 'polyline':
        this.#trace(polylineSegments(mark.points, mark.closed === true));
        this.#paint(mark);
        break;
      case 'path':
        this.#trace(parsePath(mark.d));
        this.#paint(mark);
        break;
      case 'circle':
        context.beginPath();
        context.arc(mark.x, mark.y, mark.radius, 0, 2 * Math.PI);
        this.#paint(mark);
        break;
      case 'text':
        this.#text(mark);
        break;
      case 'image':
        this.#image(mark);
        break;
      case 'group':
        this.#group(mark);
    }
    context.restore();
  }

  #colour(paint: Paint): string {
    return hexColour(colourIn(this.#theme, paint));
  }

  #trace(segments: readonly Segment[]): void {
    const context = this.#context;
    context.beginPath();
    for (const segment of segments)
      if (segment.kind === 'M') context.moveTo(segment.x, segment.y);
      else if (segment.kind === 'L') context.lineTo(segment.x, segment.y);
      else if (segment.kind === 'Z') context.closePath();
      else context.bezierCurveTo(segment.x1, segment.y1, segment.x2, segment.y2, segment.x, segment.y);
  }

  #paint({ fill, stroke, strokeWidth = 1, dash = [] }: Filled & Stroked): void {
    const context = this.#context;
    if (fill !== undefined) {
      context.fillStyle = this.#colour(fill);
      context.fill();
    }
    if (stroke === undefined) return;
    context.strokeStyle = this.#colour(stroke);
    context.lineWidth = strokeWidth;
    context.lineJoin = 'round';
    context.setLineDash([...dash]);
    context.stroke();
  }

  #text(mark: TextMark): void {
    const context = this.#context;
    const { x, y, text, size, fill, anchor = 'start', baseline = 'alphabetic', halo } = mark;
    context.font = `${mark.weight ?? 400} ${size}px ${FONT_FAMILIES[mark.family ?? 'sans']}`;
    context.textAlign = ({ start: 'left', middle: 'center', end: 'right' } as const)[anchor];
    context.translate(x, y);
    context.rotate(((mark.rotate ?? 0) * Math.PI) / 180);
    const line = baselineShift(baseline, size);
    if (halo !== undefined) {
      context.strokeStyle = this.#colour(halo);
      context.lineWidth = size * HALO;
      context.lineJoin = 'round';
      context.strokeText(text, 0, line);
    }
    context.fillStyle = this.#colour(fill);
    context.fillText(text, 0, line);
  }

  #image({ x, y, width, height, raster }: ImageMark): void {
    const { columns, rows } = raster;
    if (columns === 0 || rows === 0) return;
    const pixels = new OffscreenCanvas(columns, rows);
    const copy = new Uint8ClampedArray(pixelsOf(raster, this.#theme));
    pixels.getContext('2d')?.putImageData(new ImageData(copy, columns, rows), 0, 0);
    this.#context.imageSmoothingEnabled = false;
    this.#context.drawImage(pixels, x, y, width, height);
  }

  #group({ marks, x = 0, y = 0, clip }: GroupMark): void {
    const context = this.#context;
    context.translate(x, y);
    if (clip !== undefined) {
      context.beginPath();
      context.rect(clip.x, clip.y, clip.width, clip.height);
      context.clip();
    }
    for (const mark of marks) this.draw(mark);
  }
}
