import type { PixelRaster } from './drawing.ts';
import { cleanText } from './text.ts';
import type { FontFacts } from './true-type.ts';

/** A stretch of a text: written with the font, or drawn as a picture where the font can't. */
export interface TextRun {
  readonly text: string;
  readonly inFont: boolean;
}

/**
 * Scripts whose letters change with their neighbours, or that run from right to left: writing their letters one after
 * another would be wrong.
 */
const SHAPED =
  /\p{Script=Arabic}|\p{Script=Hebrew}|\p{Script=Syriac}|\p{Script=Thaana}|\p{Script=Nko}|\p{Script=Devanagari}|\p{Script=Bengali}|\p{Script=Tamil}|\p{Script=Thai}|\p{Script=Lao}|\p{Script=Khmer}|\p{Script=Myanmar}|\p{Script=Tibetan}|\p{Script=Mongolian}/u;

/** Cuts a text where a font begins or ends to have its characters. */
export function textRuns(text: string, font: FontFacts): TextRun[] {
  const runs: { text: string; inFont: boolean }[] = [];
  for (const { segment } of new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(
    cleanText(text).normalize('NFC'),
  )) {
    const isOne = [...segment].length === 1;
    const inFont = isOne && font.has(segment.codePointAt(0) ?? 0) && !SHAPED.test(segment);
    const last = runs.at(-1);
    if (last?.inFont === inFont) last.text += segment;
    else runs.push({ text: segment, inFont });
  }
  return runs;
}

/** A piece of text as a picture, and where it stands on its line; in the text's own pixels. */
interface TextPicture {
  readonly raster: PixelRaster;
  /** From the beginning of the text to its end: where the next piece begins. */
  readonly advance: number;
  /** The picture's upper left, from the beginning of the text's line. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export type DrawText = (text: string, font: string, size: number, colour: string) => TextPicture;

/** Pixels of a picture of text for one of the drawing: enough for print. */
const SHARPNESS = 8;

/** Draws text with the fonts of the machine, which has those that the figure's font lacks. */
export const drawTextOnCanvas: DrawText = (text, font, size, colour) => {
  const measure = new OffscreenCanvas(1, 1).getContext('2d');
  if (measure === null) throw new RangeError('The browser gave no 2D canvas.');
  measure.font = font;
  const advance = measure.measureText(text).width;
  const margin = Math.ceil(size * 0.4);
  const [width, height] = [Math.ceil(advance) + 2 * margin, Math.ceil(size * 1.3) + 2 * margin];
  const [columns, rows] = [width * SHARPNESS, height * SHARPNESS];
  const context = new OffscreenCanvas(columns, rows).getContext('2d');
  if (context === null) throw new RangeError('The browser gave no 2D canvas.');
  context.scale(SHARPNESS, SHARPNESS);
  context.font = font;
  context.fillStyle = colour;
  const line = margin + size;
  context.fillText(text, margin, line);
  const rgba = context.getImageData(0, 0, columns, rows).data;
  return { raster: { columns, rows, rgba }, advance, x: -margin, y: -line, width, height };
};
