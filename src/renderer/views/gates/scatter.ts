/** How often each unit's gates stand at their ends: a square for each gate, a dot for each unit. */
import { formatPercent } from '../../common/numbers.ts';
import type { Drawing, DrawingSize, Mark } from '../../drawing/drawing.ts';
import { fitText } from '../../drawing/text.ts';
import type { Saturation, UnitFacts } from './facts.ts';
import type { Brush } from './orders.ts';

/** Where the squares stand. */
export interface ScatterLayout {
  readonly squares: readonly { readonly of: Saturation; readonly x: number; readonly y: number }[];
  readonly side: number;
  readonly height: number;
}

/** As large as they can be, in as many lines as that takes. */
export function scatterLayout(facts: UnitFacts, { width, height, text }: DrawingSize): ScatterLayout {
  const count = facts.saturations.length;
  const [left, top, below] = [text * 3.6, text * 2, text * 3.2];
  let best = { columns: 1, side: 0 };
  for (let columns = 1; columns <= Math.max(count, 1); columns++) {
    const lines = Math.ceil(count / columns);
    const side = Math.min(width / columns - left - text, height / lines - top - below);
    if (side > best.side) best = { columns, side };
  }
  const side = Math.max(best.side, text * 5);
  const squares = facts.saturations.map((of, index) => ({
    of,
    x: left + (index % best.columns) * (side + left + text),
    y: top + Math.floor(index / best.columns) * (side + top + below),
  }));
  return { squares, side, height: Math.ceil(count / best.columns) * (side + top + below) };
}

export interface ScatterPicture {
  readonly facts: UnitFacts;
  readonly brush: Brush | null;
  /** Units in the brush; null: nothing is brushed. */
  readonly brushed: ReadonlySet<number> | null;
  readonly unit: number | null;
  readonly title: string;
}

export function scatterDrawing(picture: ScatterPicture, size: DrawingSize): Drawing {
  const { facts, brush, brushed, unit, title } = picture;
  const layout = scatterLayout(facts, size);
  const { text } = size;
  const { side } = layout;
  const marks = layout.squares.flatMap(({ of, x, y }): Mark[] => {
    const { lane, low, high } = of;
    const middle = { anchor: 'middle', fill: 'text-2', size: text } as const;
    const least = lane.kind === 'gate' ? '0.1' : '−0.9';
    const dot = (index: number): Mark => ({
      ...{ kind: 'circle', x: x + (low[index] ?? 0) * side, y: y + side * (1 - (high[index] ?? 0)) },
      radius: text * (index === unit ? 0.5 : 0.28),
      fill: index === unit ? 'select-lock' : brushed?.has(index) === false ? 'text-3' : lane.colour,
      opacity: index === unit ? 1 : brushed?.has(index) === false ? 0.3 : 0.65,
    });
    const others = Array.from(low, (_, index) => index).filter((index) => index !== unit);
    return [
      { kind: 'rect', x, y, width: side, height: side, fill: 'surface-2', stroke: 'line-2' },
      // Beyond this line there is no unit: the two shares are of the same steps.
      { kind: 'line', x1: x, y1: y, x2: x + side, y2: y + side, stroke: 'line-2' },
      { kind: 'text', x, y: y - text * 0.6, text: lane.title, size: text, weight: 700, fill: 'text-1' },
      {
        kind: 'text',
        x: x + side / 2,
        y: y + side + text * 2,
        text: fitText(`share of steps below ${least}`, side, { size: text }),
        ...middle,
      },
      {
        ...{ kind: 'text', x: x - text * 1.9, y: y + side / 2, rotate: -90, ...middle },
        text: fitText('share above 0.9', side, { size: text }),
      },
      ...[0, 0.5, 1].flatMap((share): Mark[] => [
        {
          ...{ kind: 'text', x: x + share * side, y: y + side + text * 0.95 },
          ...middle,
          size: text * 0.85,
          text: String(share),
        },
        {
          ...{ kind: 'text', x: x - text * 0.3, y: y + (1 - share) * side, text: String(share) },
          ...{ size: text * 0.85, fill: 'text-2', anchor: 'end', baseline: 'middle' },
        },
      ]),
      ...others.map(dot),
      ...(unit === null || unit >= facts.units ? [] : [dot(unit)]),
      ...(brush?.lane === lane.title ? [brushMark(brush, x, y, side, text)] : []),
    ];
  });
  return { width: size.width, height: Math.ceil(layout.height), marks, title };
}

function brushMark({ low, high }: Brush, x: number, y: number, side: number, text: number): Mark {
  return {
    ...{ kind: 'rect', x: x + low[0] * side, y: y + side * (1 - high[1]) },
    ...{ width: (low[1] - low[0]) * side, height: (high[1] - high[0]) * side },
    ...{ stroke: 'accent', strokeWidth: text / 8 },
  };
}

/** The dot at a place of a square, if one is near. @param x, y 0 … 1 of the square, y down */
export function dotAt({ low, high }: Saturation, x: number, y: number, near: number): number | null {
  let [best, found]: [number, number | null] = [near, null];
  for (const unit of low.keys()) {
    const away = Math.hypot((low[unit] ?? 0) - x, 1 - (high[unit] ?? 0) - y);
    if (away < best) [best, found] = [away, unit];
  }
  return found;
}

/** `unit 72, forget: below 0.1 in 1.2 % of the steps, above 0.9 in 93.0 %` */
export function dotSentence({ lane, low, high }: Saturation, unit: number): string {
  const least = lane.kind === 'gate' ? '0.1' : '−0.9';
  return `unit ${unit}, ${lane.title}: below ${least} in ${formatPercent(low[unit] ?? 0)} of the steps, above 0.9 in ${formatPercent(high[unit] ?? 0)}`;
}
