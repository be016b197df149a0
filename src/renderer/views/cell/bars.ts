/** The bars of a cell's picture with their symbols, numbers and words. */
import { formatTerm, formatValue } from '../../common/numbers.ts';
import { pooled } from '../../common/recurrent/pool.ts';
import type { Mark } from '../../drawing/drawing.ts';
import { heatmapMarks } from '../../drawing/parts/heatmap.ts';
import { fitText, textWidth } from '../../drawing/text.ts';
import type { Bar } from './equation.ts';
import { boxMarks } from './flow.ts';
import type { CellLayout, PlacedBar } from './layout.ts';
import type { Page } from './moment.ts';

/** How far the colours of a signed bar reach, by name: states as far as in the steps around, so that they can be compared. */
export function reachOf(bars: readonly PlacedBar[], page: Page | null): ReadonlyMap<string, number> {
  const largest = (values: ArrayLike<number>) => {
    let most = 1e-6;
    for (let at = 0; at < values.length; at++) {
      const size = Math.abs(values[at] ?? NaN);
      if (size > most && Number.isFinite(size)) most = size;
    }
    return most;
  };
  const around = new Map(page?.states.map(({ title, values }) => [title, largest(values)]));
  return new Map(
    bars.map(({ bar: { name, values } }) => {
      const state = name.replace(/_before$/, '');
      return [name, Math.max(largest(values), around.get(state) ?? 0)];
    }),
  );
}

export function barMarks(
  layout: CellLayout,
  about: {
    readonly unit: number | null;
    readonly reaches: ReadonlyMap<string, number>;
    readonly reads: string;
  },
): Mark[] {
  const { text, top, height } = layout;
  return [
    ...layout.signs.map(({ text: sign, middle }): Mark => ({
      ...{ kind: 'text', x: middle, y: top + height / 2, text: sign, size: text * 1.3, weight: 700 },
      ...{ fill: 'text-2', anchor: 'middle', baseline: 'middle' },
    })),
    ...(about.unit === null
      ? []
      : layout.signs.map(({ text: sign, middle }): Mark => ({
          ...{ kind: 'text', x: middle, y: layout.numbers, text: sign, size: text * 1.2 },
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
  }: { readonly unit: number | null; readonly reaches: ReadonlyMap<string, number>; readonly reads: string },
): Mark[] {
  const { text, top, height, symbols, numbers, words } = layout;
  const { bar, x, width, middle, room } = placed;
  const reach = reaches.get(bar.name) ?? 1;
  const isGate = bar.kind === 'gate';
  const rows = Math.max(Math.min(bar.values.length, Math.floor(height)), 1);
  const line = { kind: 'text', x: middle, anchor: 'middle', baseline: 'middle' } as const;
  const shown = unit !== null && bar.hasUnits ? bar.values[unit] : undefined;
  const number = shown === undefined ? '' : formatTerm(shown);
  const isInput = bar.name === 'x';
  const word = isInput ? reads : bar.word;
  const scale = isGate ? '0 … 1' : `±${formatValue(reach)}`;
  const below = number === '' ? scale : number;
  const numberSize = number === '' ? text : Math.min(text * 1.5, fitSize(number, room, text * 1.5));
  const face = { size: text, ...(isInput ? { family: 'mono' as const } : {}) };
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
    ...(shown === undefined ? [] : markerMarks(bar, unit ?? 0, placed, layout)),
    {
      ...{ ...line, y: numbers, text: below, size: numberSize },
      ...(number === '' ? { fill: 'text-3' as const } : { fill: 'text-1' as const, weight: 700 as const }),
    },
    {
      ...line,
      y: words,
      text: fitText(visible(word), room * 1.1, face),
      ...face,
      fill: isInput ? 'text-1' : 'text-2',
    },
  ];
}

const visible = (word: string) => (word === '' ? ' ' : word);

/** The largest size at which a number has room. */
function fitSize(number: string, room: number, size: number): number {
  return (
    (size * Math.min(room, textWidth(number, { size, weight: 700 }))) /
    textWidth(number, { size, weight: 700 })
  );
}

/** Where a unit stands in its bar. */
function markerMarks(
  bar: Bar,
  unit: number,
  { x, width }: PlacedBar,
  { top, height, text }: CellLayout,
): Mark[] {
  const y = top + ((unit + 0.5) / bar.values.length) * height;
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
