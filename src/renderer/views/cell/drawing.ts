/** One step of a cell: its equations as bars of colour, the next tokens, and the steps around it. */
import type { Drawing, DrawingSize, Mark } from '../../drawing/drawing.ts';
import { fitText } from '../../drawing/text.ts';
import type { Token } from '../../runs/run.ts';
import { barMarks, reachOf } from './bars.ts';
import type { CellPicture } from './equation.ts';
import { flowMarks } from './flow.ts';
import { cellLayout, type CellLayout } from './layout.ts';
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

/** Lower pictures, in sizes of text, have smaller text, down to 9 px. */
const LEAST_HEIGHT = 13;

function textOf({ height, text }: DrawingSize): number {
  return Math.min(text, Math.max(height / LEAST_HEIGHT, 9));
}

/** How the parts share the picture. */
export function cellRooms(
  { picture, next }: Pick<CellScene, 'picture' | 'next'>,
  size: DrawingSize,
): CellRooms {
  const { width, height } = size;
  const text = textOf(size);
  const margin = text * 0.8;
  const below = Math.min(Math.max(height * 0.26, text * 6), text * 11);
  const above = Math.max(height - below, text * 14);
  const beside =
    next === null || width < LEAST_WITH_NEXT * text
      ? 0
      : Math.min(Math.max(width * 0.2, text * 11), text * 17);
  const cell = cellLayout(
    picture,
    { x: margin, y: 0, width: width - 2 * margin - beside, height: above },
    text,
  );
  return {
    cell,
    next:
      beside === 0
        ? null
        : { x: width - beside, y: cell.lines.x, width: beside - margin, height: cell.words - cell.lines.x },
    unrolled: { y: above, height: below },
  };
}

export function cellDrawing(scene: CellScene, size: DrawingSize): Drawing {
  const rooms = cellRooms(scene, size);
  const { cell, next, unrolled } = rooms;
  const { picture, moment, unit, page } = scene;
  const { width } = size;
  const text = textOf(size);
  const margin = text * 0.8;
  const marks: Mark[] = [
    {
      ...{ kind: 'text', x: margin, y: text * 0.4, size: text, fill: 'text-2', baseline: 'top' },
      text: fitText(picture.rule, width - 2 * margin, { size: text }),
    },
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
