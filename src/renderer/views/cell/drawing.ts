/** One step of a cell: its equations as bars of colour, the next tokens, and the steps around it. */
import type { Drawing, DrawingSize, Mark } from '../../drawing/drawing.ts';
import { fitText, leastSize } from '../../drawing/text.ts';
import type { Token } from '../../runs/run.ts';
import { barMarks, reachOf } from './bars.ts';
import type { CellPicture } from './equation.ts';
import { flowMarks } from './flow.ts';
import { cellLayout, leastRow, type CellLayout, type CellParts } from './layout.ts';
import type { Moment, Page } from './moment.ts';
import { nextMarks, type NextTokens } from './next.ts';
import { wrappedRows } from './slots.ts';
import { unrolledMarks } from './unrolled.ts';

/** All that is drawn. */
export interface CellScene {
  readonly picture: CellPicture;
  readonly moment: Moment;
  /** The steps around it; null: not read yet. */
  readonly page: Page | null;
  readonly tokens: readonly Token[];
  readonly reverse: boolean;
  /** What the step reads, as it is shown. */
  readonly reads: string;
  readonly next: NextTokens | null;
  readonly unit: number | null;
  readonly title: string;
}

export interface CellRooms {
  /** Size of the text. */
  readonly text: number;
  readonly cell: CellLayout;
  /** Room of the next tokens; null: there is none. */
  readonly next: {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  } | null;
  readonly unrolled: { readonly y: number; readonly height: number };
}

/** Narrower pictures, in sizes of text, leave the next tokens out. */
const LEAST_WITH_NEXT = 44;

/** What is drawn beside the bars, and the least heights in sizes of text: of the cell with it, and of the steps below. */
interface Density {
  readonly parts: CellParts;
  /** Of every row, where the equations are wrapped. */
  readonly above: number;
  readonly below: number;
}

const WHOLE: CellParts = {
  ...{ rule: true, flow: true, loops: true, numbers: true, words: true, wrapped: false },
};
const BARE: CellParts = { ...WHOLE, rule: false, flow: false, loops: false };
const WRAPPED: CellParts = { ...BARE, wrapped: true };

/** From all to what carries the point: the first that has room is taken. */
function densitiesFor(unit: number | null): readonly Density[] {
  // Symbols name the bars where a unit's numbers stand in the place of words.
  const last = unit === null ? { ...WRAPPED, numbers: false } : { ...WRAPPED, words: false };
  return [
    { parts: WHOLE, above: 16.5, below: 6 },
    { parts: { ...WHOLE, rule: false, loops: false }, above: 11.6, below: 4.4 },
    { parts: BARE, above: leastRow(BARE) + 0.6, below: 4.4 },
    { parts: WRAPPED, above: leastRow(WRAPPED) + 0.3, below: 4.4 },
    { parts: last, above: leastRow(last) + 0.3, below: 4.4 },
  ];
}

/** How the parts share the picture. */
export function cellRooms(
  { picture, next, unit }: Pick<CellScene, 'picture' | 'next' | 'unit'>,
  size: DrawingSize,
): CellRooms {
  const { width, height } = size;
  const least = leastSize(size.text);
  const densities = densitiesFor(unit);
  for (const density of densities)
    for (const text of sizesFor(density, size))
      for (const beside of next === null ? [0] : besides(width, text)) {
        const rooms = roomsAt(picture, density, { width, height, text }, beside);
        if (rooms.cell.text >= least - 1e-9 && rooms.unrolled.y + rooms.unrolled.height <= height + 1e-9)
          return rooms;
      }
  // What has no room is scrolled to.
  return roomsAt(picture, densities.at(-1) as Density, { width, height, text: least }, 0);
}

/** Sizes of text that the height may have room for, the largest first. */
function sizesFor({ parts, above, below }: Density, { height, text }: DrawingSize): readonly number[] {
  const least = leastSize(text);
  if (parts.wrapped) return [...new Set([text, least])];
  const size = Math.min(text, height / (above + below));
  return size >= least ? [size] : [];
}

/** Widths of the next tokens to try: with them, and without. */
function besides(width: number, text: number): readonly number[] {
  return width < LEAST_WITH_NEXT * text ? [0] : [Math.min(Math.max(width * 0.2, text * 11), text * 16), 0];
}

function roomsAt(
  picture: CellPicture,
  { parts, above: each, below: least }: Density,
  { width, height, text }: DrawingSize,
  beside: number,
): CellRooms {
  const margin = text * 0.8;
  const below = Math.min(Math.max(height * 0.26, text * least), text * 11);
  const room = width - 2 * margin - beside;
  const rows = parts.wrapped ? wrappedRows(picture, room, text).length : 1;
  const above = Math.max(height - below, text * each * rows);
  const cell = cellLayout(picture, { x: margin, y: 0, width: room, height: above }, text, parts);
  const top = Math.max(cell.first, text * 0.6);
  return {
    ...{ text, cell },
    next: beside === 0 ? null : { x: width - beside, y: top, width: beside - margin, height: cell.end - top },
    unrolled: { y: above, height: below },
  };
}

export function cellDrawing(scene: CellScene, size: DrawingSize): Drawing {
  const rooms = cellRooms(scene, size);
  const { cell, next, unrolled, text } = rooms;
  const { picture, moment, unit, page } = scene;
  const { width } = size;
  const margin = text * 0.8;
  const rule: Mark = {
    ...{ kind: 'text', x: margin, y: text * 0.4, size: text, fill: 'text-2', baseline: 'top' },
    text: fitText(picture.rule, width - 2 * margin, { size: text }),
  };
  const marks: Mark[] = [
    ...(cell.parts.rule ? [rule] : []),
    ...flowMarks(cell),
    ...barMarks(cell, { unit, reaches: reachOf(cell.bars, page), reads: scene.reads }),
    ...(next === null || scene.next === null ? [] : nextMarks(scene.next, next, text)),
    ...(page === null
      ? []
      : unrolledMarks(
          { page, tokens: scene.tokens, step: moment.step, reverse: scene.reverse, unit },
          { x: margin, y: unrolled.y, width: width - 2 * margin, height: unrolled.height },
          text,
        )),
  ];
  return { width, height: Math.ceil(unrolled.y + unrolled.height), marks, title: scene.title };
}
