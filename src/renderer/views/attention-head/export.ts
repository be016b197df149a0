import type { HeatmapStyle } from '../../common/heatmap/heatmap.ts';
import { along, colourOf, cssColour, ticks, valueAt, type Rgb } from '../../common/heatmap/scale.ts';
import { formatTick } from '../../common/numbers.ts';
import type { TileSide } from '../../common/heatmap/viewport.ts';
import type { Token } from '../../runs/run.ts';
import { saveCsv, savePng } from '../../common/download.ts';
import { readTiles } from '../../common/tiles.ts';
import { elide, headName, labelStep, visibleText } from '../../common/tokens.ts';
import { CHARACTER, LABEL_ANGLE, LONGEST_LABEL } from './layout.ts';
import type { HeadPicture } from './picture.svelte.ts';

/** Pixels of a saved picture's heatmap, about. */
const PICTURE_PIXELS = 1400;
const LARGEST_CELL = 48;
const FONT = 18;
const MARGIN = 32;

/** The cells [from, to) that cell `at` of a tile's side stands for. */
export function cellSpan({ from, to, cells }: TileSide, at: number): readonly [number, number] {
  const span = to - from;
  return [from + Math.floor((at * span) / cells), from + Math.ceil(((at + 1) * span) / cells)];
}

/** A cell's name in a table: index and text, or the span that is pooled in it. */
export function spanName(tokens: readonly Token[], [from, to]: readonly [number, number]): string {
  return to - from === 1 ? `${from} ${tokens[from]?.text ?? ''}` : `${from}–${to - 1}`;
}

/** A pattern as a table: a row for each query, a column for each key. */
export function headTable(
  { map, rows, columns }: Pick<HeadPicture, 'map' | 'rows' | 'columns'>,
  values: Float32Array,
): (string | number)[][] {
  const header = Array.from({ length: columns.cells }, (_, i) => spanName(map.keys, cellSpan(columns, i)));
  const body = Array.from({ length: rows.cells }, (_, i) => [
    spanName(map.queries, cellSpan(rows, i)),
    ...values.subarray(i * columns.cells, (i + 1) * columns.cells),
  ]);
  return [['query \\ key', ...header], ...body];
}

/** Saves the values that are on screen. */
export async function saveHeadCsv(picture: HeadPicture): Promise<void> {
  saveCsv(nameOf(picture), headTable(picture, await readTiles(picture.run, picture.tiles)));
}

/** Saves what is on screen with its tokens and its scale, large enough to print. */
export async function saveHeadPng(
  picture: HeadPicture,
  style: HeatmapStyle,
  ink: { readonly text: Rgb; readonly faint: Rgb },
): Promise<void> {
  const { map, rows, columns, run, layer, head } = picture;
  const values = await readTiles(run, picture.tiles);
  const cell = Math.min(
    LARGEST_CELL,
    Math.max(1, Math.floor(PICTURE_PIXELS / Math.max(rows.cells, columns.cells))),
  );
  const label = (tokens: readonly Token[], index: number) =>
    elide(visibleText(tokens[index]?.text ?? ''), LONGEST_LABEL);
  const left = Math.round(MARGIN + LONGEST_LABEL * CHARACTER * FONT);
  const top = Math.round(MARGIN + 40 + LONGEST_LABEL * CHARACTER * FONT * 0.9);
  const width = columns.cells * cell;
  const height = rows.cells * cell;

  await savePng(nameOf(picture), left + width + 4 * MARGIN, top + height + 90, (context) => {
    context.fillStyle = cssColour(style.background);
    context.fillRect(0, 0, context.canvas.width, context.canvas.height);
    context.fillStyle = cssColour(ink.text);
    context.font = `600 ${FONT + 2}px sans-serif`;
    context.fillText(`${run.model.name} · ${headName(layer, head)}`, MARGIN, MARGIN + 8);

    for (let row = 0; row < rows.cells; row++)
      for (let column = 0; column < columns.cells; column++) {
        const [firstKey] = cellSpan(columns, column);
        const [, afterQuery] = cellSpan(rows, row);
        const isMasked = style.diagonal !== null && firstKey > afterQuery - 1 + style.diagonal;
        const value = values[row * columns.cells + column] ?? NaN;
        const colour = isMasked
          ? style.masked
          : Number.isFinite(value)
            ? colourOf(value, style.domain, style.colours)
            : style.invalid;
        context.fillStyle = cssColour(colour);
        const gap = cell >= 8 ? 1 : 0;
        context.fillRect(left + column * cell, top + row * cell, cell - gap, cell - gap);
      }

    context.font = `${FONT}px monospace`;
    context.fillStyle = cssColour(ink.text);
    context.textBaseline = 'middle';
    const step = labelStep(cell, FONT * 1.1);
    context.textAlign = 'right';
    for (let row = 0; row < rows.cells; row += step)
      context.fillText(label(map.queries, cellSpan(rows, row)[0]), left - 8, top + (row + 0.5) * cell);
    context.textAlign = 'left';
    for (let column = 0; column < columns.cells; column += step) {
      context.save();
      context.translate(left + (column + 0.5) * cell, top - 8);
      context.rotate((-LABEL_ANGLE * Math.PI) / 180);
      context.fillText(label(map.keys, cellSpan(columns, column)[0]), 0, 0);
      context.restore();
    }
    drawLegend(context, style, ink.faint, left, top + height + 30);
  });
}

function drawLegend(
  context: CanvasRenderingContext2D,
  style: HeatmapStyle,
  faint: Rgb,
  x: number,
  y: number,
): void {
  const width = 256;
  for (let i = 0; i < width; i++) {
    const value = valueAt((i + 0.5) / width, style.domain);
    context.fillStyle = cssColour(colourOf(value, style.domain, style.colours));
    context.fillRect(x + i, y, 1, 16);
  }
  context.fillStyle = cssColour(faint);
  context.font = `${FONT - 2}px sans-serif`;
  context.textAlign = 'center';
  for (const number of ticks(style.domain, 2))
    context.fillText(formatTick(number), x + along(number, style.domain) * width, y + 30);
}

function nameOf({ run, layer, head }: HeadPicture): string {
  return `${run.model.name} attention ${headName(layer, head)}`;
}
