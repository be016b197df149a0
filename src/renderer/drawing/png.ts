import { drawOnCanvas } from './canvas.ts';
import type { Drawing } from './drawing.ts';
import { hexColour, type FigureTheme } from './theme.ts';

/** Longest side of a canvas that browsers give. */
const LONGEST = 16_384;

export interface PngOptions {
  readonly theme: FigureTheme;
  readonly transparent: boolean;
  /** Pixels for one of the drawing. */
  readonly scale: number;
}

/**
 * A drawing as PNG. The fonts must be loaded (fonts.ts).
 * @throws RangeError when the picture would be larger than a browser can draw
 */
export async function pngOf(drawing: Drawing, { theme, transparent, scale }: PngOptions): Promise<Blob> {
  const [width, height] = [Math.round(drawing.width * scale), Math.round(drawing.height * scale)];
  if (width > LONGEST || height > LONGEST)
    throw new RangeError(
      `A picture of ${width} × ${height} pixels is larger than ${LONGEST} on a side. Choose a smaller scale, or SVG.`,
    );
  const canvas = new OffscreenCanvas(Math.max(width, 1), Math.max(height, 1));
  const context = canvas.getContext('2d');
  if (context === null)
    throw new RangeError(`There is no memory for a picture of ${width} × ${height} pixels.`);
  if (!transparent) {
    context.fillStyle = hexColour(theme.roles['surface-1']);
    context.fillRect(0, 0, canvas.width, canvas.height);
  }
  drawOnCanvas(context, drawing, theme, scale);
  return canvas.convertToBlob({ type: 'image/png' });
}
