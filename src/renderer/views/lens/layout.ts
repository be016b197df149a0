import { textWidth } from '../../drawing/text.ts';
import { rowName } from './measures.ts';

/** Where the cells of the lens are, in CSS pixels; the last layer is at the top. */
export interface LensLayout {
  readonly left: number;
  readonly top: number;
  readonly cell: { readonly width: number; readonly height: number };
  /** Columns that have room. */
  readonly columns: number;
  readonly depth: number;
}

/** Widths of a cell in its text's size: what a short token needs, and what is enough. */
const CELL = { least: 4, most: 10 };

/** @param top room above the cells */
export function lensLayout(
  { depth, positions }: { readonly depth: number; readonly positions: number },
  { width, height, text }: { readonly width: number; readonly height: number; readonly text: number },
  top: number,
): LensLayout {
  const left =
    Math.max(...[0, depth - 1].map((layer) => textWidth(rowName(layer), { size: text }))) + text * 1.6;
  const room = Math.max(width - left - text, text);
  const cellWidth = Math.min(Math.max(room / positions, CELL.least * text), CELL.most * text);
  const below = text * 4.5;
  const cellHeight = Math.min(Math.max((height - top - below) / depth, text * 1.7), text * 4);
  return {
    ...{ left, top, depth },
    cell: { width: cellWidth, height: cellHeight },
    columns: Math.max(1, Math.min(positions, Math.floor(room / cellWidth))),
  };
}

/** Upper edge of a layer's row. */
export function rowTop({ top, cell, depth }: LensLayout, layer: number): number {
  return top + (depth - 1 - layer) * cell.height;
}
