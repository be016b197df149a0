/** The lines of a cell's picture: from the input and the state to the gates, and from a step to the next. */
import { STATE_COLOURS } from '../../common/gate-colours.ts';
import { formatTerm } from '../../common/numbers.ts';
import type { Mark, Role } from '../../drawing/drawing.ts';
import { textWidth } from '../../drawing/text.ts';
import type { CellLayout, PlacedBar } from './layout.ts';

/** Lines to the boxes that make bars, the boxes, and the ways back. */
export function flowMarks(layout: CellLayout): Mark[] {
  const { parts } = layout;
  const made = layout.bars.filter(({ bar }) => bar.made !== undefined);
  return [
    ...(parts.flow ? [...sourceMarks(layout, 'x', made), ...sourceMarks(layout, 'h', made)] : []),
    ...(parts.loops ? loopMarks(layout) : []),
    ...layout.dividers.map(({ x, row }): Mark => ({
      ...{ kind: 'line', x1: x, x2: x, y1: parts.flow ? layout.first : row.symbols, y2: row.words },
      stroke: 'line-2',
    })),
  ];
}

/** The numbers in the boxes, of a unit. */
export function boxMarks(
  { parts, text, boxes }: CellLayout,
  { bar, middle, room }: PlacedBar,
  unit: number | null,
): Mark[] {
  if (bar.made === undefined || !parts.flow) return [];
  const { by, sums } = bar.made;
  const value = unit === null || !bar.hasUnits ? undefined : sums?.[unit];
  const whole = value === undefined ? by : `${by}(${formatTerm(value)})`;
  const limit = room * 1.25;
  const words = textWidth(whole, { size: text }) + text * 0.6 > limit ? by : whole;
  const width = Math.max(textWidth(words, { size: text }) + text * 0.8, text * 2);
  return [
    {
      ...{ kind: 'rect', x: middle - width / 2, y: boxes, width, height: text * 1.7, radius: text * 0.3 },
      ...{ fill: 'surface-2', stroke: bar.colour, strokeWidth: text / 8 },
    },
    {
      ...{ kind: 'text', x: middle, y: boxes + text * 0.85, text: words, size: text, fill: 'text-1' },
      ...{ anchor: 'middle', baseline: 'middle' },
    },
  ];
}

/** From a bar on the left along its line, and down to every box that it goes into. */
function sourceMarks(layout: CellLayout, of: 'x' | 'h', made: readonly PlacedBar[]): Mark[] {
  const { text, lines, boxes } = layout;
  const source = layout.bars[of === 'x' ? 0 : 1];
  const into = made.filter(({ bar }) => bar.made?.of === of || bar.made?.of === 'both');
  const last = into.at(-1);
  if (source === undefined || last === undefined) return [];
  const y = lines[of];
  const stroke: Role = of === 'x' ? 'text-3' : STATE_COLOURS.hidden;
  const look = { stroke, strokeWidth: text / 9 } as const;
  const at = ({ middle, bar }: PlacedBar) =>
    middle + (bar.made?.of === 'both' ? (of === 'x' ? 0.45 : -0.45) * text : 0);
  return [
    {
      kind: 'path',
      d: `M${source.middle},${source.row.symbols - text * 0.8}L${source.middle},${y}L${at(last)},${y}`,
      ...look,
    },
    ...into.flatMap((target): Mark[] => [
      { kind: 'line', x1: at(target), x2: at(target), y1: y, y2: boxes - text * 0.35, ...look },
      arrow(at(target), boxes, text * 0.4, stroke, 'down'),
    ]),
  ];
}

/** The state is the next step's state before. */
function loopMarks({ bars, loops, text }: CellLayout): Mark[] {
  const back = bars.flatMap((from) => {
    const to = bars.find(({ bar }) => bar.name === from.bar.becomes);
    return to === undefined ? [] : [{ from, to }];
  });
  // The same bar may stand twice; one way back is enough, and longer ones are farther out.
  return back.flatMap(({ from, to }, index): Mark[] => {
    const y = loops + text * (0.5 + 1.4 * index);
    const start = from.row.words + text * 0.8;
    const look = { stroke: from.bar.colour, strokeWidth: text / 9, dash: [text * 0.5, text * 0.35] };
    const label = `${from.bar.symbol} goes on as ${to.bar.symbol}`;
    // The line leaves room for its words.
    const middle = (from.middle + to.middle) / 2;
    const half = Math.sign(from.middle - to.middle) * (textWidth(label, { size: text }) / 2 + text * 0.4);
    return [
      {
        kind: 'path',
        d:
          `M${from.middle},${start}L${from.middle},${y}L${middle + half},${y}` +
          `M${middle - half},${y}L${to.middle},${y}L${to.middle},${start + text * 0.3}`,
        ...look,
      },
      arrow(to.middle, start, text * 0.4, from.bar.colour, 'up'),
      {
        ...{ kind: 'text', x: middle, y, text: label, size: text, fill: 'text-2' },
        ...{ anchor: 'middle', baseline: 'middle', halo: 'surface-1' },
      },
    ];
  });
}

/** An arrow's head with its point at a place. */
function arrow(x: number, y: number, size: number, fill: Role, to: 'up' | 'down'): Mark {
  const base = to === 'down' ? y - size : y + size;
  return { kind: 'path', d: `M${x},${y}L${x - size * 0.6},${base}L${x + size * 0.6},${base}Z`, fill };
}
