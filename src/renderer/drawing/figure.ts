import type { Drawing, DrawingSize } from './drawing.ts';
import { svgOf } from './svg.ts';
import { figureTheme, type ThemeName } from './theme.ts';

/** How a figure is saved. */
export interface FigureChoice {
  readonly format: 'svg' | 'pdf' | 'png';
  readonly theme: ThemeName;
  readonly transparent: boolean;
  /** Pixels of a PNG for one of the drawing, 1 to 4. */
  readonly scale: number;
  /** Width on paper, with the theme `paper`. */
  readonly millimetres: number;
}

/** Widths that papers ask for: one column, and two. */
export const COLUMN = 85;
export const TWO_COLUMNS = 174;

const PIXELS_AN_INCH = 96;
const MILLIMETRES_AN_INCH = 25.4;
/** 8 pt, and the window's text. */
const PAPER_TEXT = (8 / 72) * PIXELS_AN_INCH;
const WINDOW_TEXT = 12;
/** Height of a paper figure that does not ask for another, as a part of its width. */
const PAPER_SHAPE = 0.75;

/** What a view is asked to draw for a figure. @param pane size of the pane, CSS pixels */
export function figureSize(
  { theme, millimetres }: Pick<FigureChoice, 'theme' | 'millimetres'>,
  pane: { readonly width: number; readonly height: number },
): DrawingSize {
  if (theme !== 'paper') return { ...pane, text: WINDOW_TEXT };
  const width = (millimetres / MILLIMETRES_AN_INCH) * PIXELS_AN_INCH;
  return { width, height: width * PAPER_SHAPE, text: PAPER_TEXT };
}

/**
 * A drawing as a file: the same bytes for the same drawing and choice on one machine.
 * @throws RangeError when it is larger than can be drawn; TypeError when the fonts do not come
 */
export async function writeFigure(drawing: Drawing, choice: FigureChoice): Promise<Blob> {
  const { format, transparent, scale } = choice;
  const theme = figureTheme(choice.theme);
  const paper = choice.theme === 'paper' ? { millimetres: choice.millimetres } : {};
  if (format === 'svg')
    return new Blob([svgOf(drawing, { theme, transparent, ...paper })], { type: 'image/svg+xml' });
  const { loadFonts } = await import('./fonts.ts');
  const fonts = await loadFonts();
  if (format === 'png') {
    const { pngOf } = await import('./png.ts');
    return pngOf(drawing, { theme, transparent, scale });
  }
  const { pdfOf } = await import('./pdf.ts');
  return new Blob([pdfOf(drawing, { theme, transparent, fonts, ...paper })], { type: 'application/pdf' });
}
