/** One step of a cell: its equations as bars of colour, the next tokens, and the steps around it. */
import type { Drawing, DrawingSize, Mark } from '../../drawing/drawing.ts';
import { fitText, leastSize } from '../../drawing/text.ts';
import type { Token } from '../../runs/run.ts';
import { barMarks, reachOf } from './bars.ts';
import type { CellPicture } from './equation.ts';
import { flowMarks } from './flow.ts';
import { cellLayout, type CellLayout, type CellParts } from './layout.ts';
import type { Moment, Page } from './moment.ts';
import { nextMarks, type NextTokens } from './next.ts';
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
  readonly above: number;
  readonly below: number;
}

/** From all to what carries the point: the first that has room is taken. */
const DENSITIES: readonly Density[] = [
  { parts: { rule: true, flow: true, loops: true }, above: 16.5, below: 6 },
  { parts: { rule: false, flow: true, loops: false }, above: 11.6, below: 4.4 },
  { parts: { rule: false, flow: false, loops: false }, above: 7.3, below: 4.4 },
];

/** The size of text and what is drawn at a size of the picture. */
function densityOf({ height, text }: DrawingSize): Density & { readonly text: number } {
  for (const density of DENSITIES) {
    const size = Math.min(text, height / (density.above + density.below));
    if (size >= leastSize(text)) return { ...density, text: size };
  }
  return { ...(DENSITIES.at(-1) as Density), text: leastSize(text) };
}

/** How the parts share the picture. */
export function cellRooms(
  { picture, next }: Pick<CellScene, 'picture' | 'next'>,
  size: DrawingSize,
): CellRooms {
  const { width, height } = size;
  const density = densityOf(size);
  const { text } = density;
  const margin = text * 0.8;
  const below = Math.min(Math.max(height * 0.26, text * density.below), text * 11);
  const above = Math.max(height - below, text * density.above);
  const place = { x: margin, y: 0, width: width - 2 * margin, height: above };
  let beside =
    next === null || width < LEAST_WITH_NEXT * text
      ? 0
      : Math.min(Math.max(width * 0.2, text * 11), text * 16);
  const layout = () => cellLayout(picture, { ...place, width: place.width - beside }, text, density.parts);
  let cell = layout();
  if (cell.text < leastSize(text)) {
    beside = 0;
    cell = layout();
  }
  return {
    text,
    cell,
    next:
      beside === 0
        ? null
        : { x: width - beside, y: cell.first, width: beside - margin, height: cell.words - cell.first },
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
