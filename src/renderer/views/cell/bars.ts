/** The bars of a cell's picture with their symbols, numbers and words. */
import { formatTerm, formatReach } from '../../common/numbers.ts';
import { pooled } from '../../common/recurrent/pool.ts';
import type { Mark } from '../../drawing/drawing.ts';
import { heatmapMarks } from '../../drawing/parts/heatmap.ts';
import { fitText, leastSize, textWidth, type TextFace } from '../../drawing/text.ts';
import { boxMarks } from './flow.ts';
import type { CellLayout, PlacedBar } from './layout.ts';
import type { Page } from './moment.ts';

/** Of the values of states, the share whose sizes colours tell apart: a few units that count far would pale all others. */
const TOLD_APART = 0.98;

/** How far colours reach: a number, and whether values go beyond it. */
export interface Reach {
  readonly size: number;
  readonly isBeyond: boolean;
}

/** How far the colours of signed bars reach, by name; those of states as in the steps around, so that they compare. */
export function reachOf(bars: readonly PlacedBar[], page: Page | null): ReadonlyMap<string, Reach> {
  const around = new Map(page?.states.map(({ title, values }) => [title, stateReach(values)]));
  return new Map(
    bars.map(({ bar: { name, values } }) => [
      name,
      around.get(name.replace(/_before$/, '')) ?? { size: largestSize(values), isBeyond: false },
    ]),
  );
}

/** How far the colours of a state reach. */
export function stateReach(values: Float32Array): Reach {
  const sizes = values.map(Math.abs).filter(Number.isFinite).sort();
  const size = Math.max(sizes[Math.ceil((sizes.length - 1) * TOLD_APART)] ?? 0, 1e-6);
  return { size, isBeyond: (sizes.at(-1) ?? 0) > size };
}

function largestSize(values: Float32Array): number {
  return values.reduce(
    (most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most),
    1e-6,
  );
}

export function barMarks(
  layout: CellLayout,
  about: {
    readonly unit: number | null;
    readonly reaches: ReadonlyMap<string, Reach>;
    readonly reads: string;
  },
): Mark[] {
  const { text } = layout;
  return [
    ...layout.signs.map(({ text: sign, middle, row }): Mark => ({
      ...{ kind: 'text', x: middle, y: row.top + row.height / 2, text: sign, size: text * 1.3, weight: 700 },
      ...{ fill: 'text-2', anchor: 'middle', baseline: 'middle' },
    })),
    ...(about.unit === null
      ? []
      : layout.signs.map(({ text: sign, middle, row }): Mark => ({
          ...{ kind: 'text', x: middle, y: row.numbers, text: sign, size: text * 1.2 },
          ...{ fill: 'text-2', anchor: 'middle', baseline: 'middle' },
        }))),
    ...layout.bars.flatMap((placed) => oneBar(layout, placed, about)),
  ];
}

function oneBar(
  layout: CellLayout,
  placed: PlacedBar,
  {
    unit,
    reaches,
    reads,
  }: { readonly unit: number | null; readonly reaches: ReadonlyMap<string, Reach>; readonly reads: string },
): Mark[] {
  const { text, parts } = layout;
  const { bar, x, width, middle, room, wordRoom } = placed;
  const { top, height, symbols, numbers, words } = placed.row;
  const { size: reach, isBeyond } = reaches.get(bar.name) ?? { size: 1, isBeyond: false };
  const isGate = bar.kind === 'gate';
  const rows = Math.max(Math.min(bar.values.length, Math.floor(height)), 1);
  const line = { kind: 'text', x: middle, anchor: 'middle', baseline: 'middle' } as const;
  const shown = unit !== null && bar.hasUnits ? bar.values[unit] : undefined;
  const number = shown === undefined ? '' : formatTerm(shown);
  const isInput = bar.name === 'x';
  const word = isInput ? reads : bar.word;
  // What goes beyond the scale has its last colour.
  const isNumber = bar.values.length === 0 || bar.values.some(Number.isFinite);
  const reached = isGate ? '0 … 1' : `±${formatReach(reach)}${isBeyond ? '+' : ''}`;
  const scale = isNumber ? reached : 'NaN';
  const below = number === '' ? scale : number;
  const least = Math.max(text * 0.8, leastSize(text));
  const numberSize =
    number === ''
      ? Math.max(fitSize(scale, room * 0.96, { size: text }), least)
      : Math.max(fitSize(number, room, { size: text * 1.5, weight: 700 }), leastSize(text));
  const wide = { size: text, ...(isInput ? { family: 'mono' as const } : {}) };
  const face = { ...wide, size: Math.max(fitSize(word, wordRoom * 0.96, wide), least) };
  return [
    ...boxMarks(layout, placed, unit),
    { ...line, y: symbols, text: bar.symbol, size: text * 1.15, weight: 700, fill: 'text-1' },
    ...heatmapMarks(
      {
        ...{ rows, columns: 1, values: pooled(bar.values, rows, isGate ? 'mean' : 'largest'), isImage: true },
        domain: isGate ? { low: 0, high: 1, log: false } : { low: -reach, high: reach, log: false },
        scale: isGate ? 'sequential' : 'diverging',
      },
      { x, y: top, width, height },
    ),
    { kind: 'rect', x, y: top, width, height, stroke: bar.colour, strokeWidth: text / 6 },
    ...(shown === undefined ? [] : markerMarks(unit ?? 0, placed, text)),
    ...(parts.numbers
      ? [
          {
            ...{ ...line, y: numbers, text: below, size: numberSize },
            ...(number === ''
              ? { fill: 'text-3' as const }
              : { fill: 'text-1' as const, weight: 700 as const }),
          },
        ]
      : []),
    ...(parts.words
      ? [
          {
            ...{ ...line, y: words, text: fitText(word, wordRoom, face), ...face },
            fill: isInput ? ('text-1' as const) : ('text-2' as const),
          },
        ]
      : []),
  ];
}

/** The size of a face, or less where the text has no room. */
function fitSize(words: string, room: number, face: TextFace): number {
  const width = textWidth(words, face);
  return width <= room ? face.size : (face.size * room) / width;
}

/** Where a unit stands in its bar. */
function markerMarks(unit: number, { bar, row, x, width }: PlacedBar, text: number): Mark[] {
  const y = row.top + ((unit + 0.5) / bar.values.length) * row.height;
  const size = text * 0.45;
  return [
    {
      kind: 'line',
      x1: x,
      x2: x + width,
      y1: y,
      y2: y,
      stroke: 'select-lock',
      strokeWidth: Math.max(text / 6, 2),
    },
    {
      kind: 'path',
      d: `M${x},${y}L${x - size},${y - size * 0.7}L${x - size},${y + size * 0.7}Z`,
      fill: 'select-lock',
    },
  ];
}
