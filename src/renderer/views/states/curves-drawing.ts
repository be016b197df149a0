/** The curves of units over the text, one unit under another. */
import type { Stretch } from '../../analysis/bit-sets.ts';
import type { UnitCurve } from '../../common/recurrent/unit-values.ts';
import type { Drawing, DrawingSize, Mark } from '../../drawing/drawing.ts';
import { timeAxis } from '../../drawing/parts/token-axis.ts';
import { unitMarks } from '../../drawing/parts/unit-curves.ts';
import type { Token } from '../../runs/run.ts';

export interface CurvesPicture {
  readonly units: readonly { readonly unit: number; readonly curves: readonly UnitCurve[] }[];
  readonly tokens: readonly Token[];
  readonly stretch: Stretch | null;
  readonly looked: number | null;
  readonly title: string;
}

/** Of the size of text: room of names, of a unit's heading, least heights of a unit's curves and of each, and of the axis. */
const LEFT = 9.6;
const HEADING = 1.8;
const LEAST = { all: 3.9, each: 1.3 } as const;
const AXIS = 2.2;

/** Where time runs, for what points at it. */
export function timeRoom({ width, text }: DrawingSize): { readonly x: number; readonly width: number } {
  return { x: LEFT * text, width: Math.max(width - (LEFT + 0.8) * text, 20) };
}

export function curvesDrawing(picture: CurvesPicture, size: DrawingSize): Drawing {
  const { tokens, stretch, looked, units } = picture;
  const { text, width } = size;
  const time = timeRoom(size);
  const T = Math.max(tokens.length, 1);
  const xOf = (step: number) => time.x + (step / T) * time.width;
  const most = Math.max(0, ...units.map(({ curves }) => curves.length));
  const each = Math.max(
    (size.height - (AXIS + 0.6) * text) / Math.max(units.length, 1),
    (Math.max(LEAST.all, LEAST.each * most) + HEADING + 0.8) * text,
  );
  const bottom = each * units.length;
  const marks: Mark[] = [];
  if (stretch !== null)
    marks.push({
      ...{
        kind: 'rect',
        x: xOf(stretch.from),
        y: 0,
        width: xOf(stretch.to) - xOf(stretch.from),
        height: bottom,
      },
      ...{ fill: 'accent', opacity: 0.2 },
    });
  for (const [index, { unit, curves }] of units.entries()) {
    const y = index * each;
    marks.push(
      {
        kind: 'text',
        x: text * 0.8,
        y: y + text * 0.5,
        text: `unit ${unit}`,
        size: text,
        weight: 700,
        fill: 'text-1',
        baseline: 'top',
      },
      ...unitMarks(curves, {
        ...{ x: time.x, y: y + HEADING * text, width: time.width, height: each - (HEADING + 0.8) * text },
        ...{ left: time.x - text * 0.8, text, step: looked },
      }),
    );
  }
  if (looked !== null)
    marks.push({
      ...{ kind: 'line', x1: xOf(looked + 0.5), x2: xOf(looked + 0.5), y1: text * 0.4, y2: bottom },
      stroke: 'select-lock',
    });
  marks.push(...timeAxis(tokens, { x: time.x, y: bottom, width: time.width }, text, looked));
  return { width, height: Math.ceil(bottom + AXIS * text), marks, title: picture.title };
}
