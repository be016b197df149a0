/** A key as a row: its numbers, and its vectors as strips of colours. */
import { visibleText } from '../../common/tokens.ts';
import type { Mark } from '../../drawing/drawing.ts';
import { heatmapMarks } from '../../drawing/parts/heatmap.ts';
import { fitText } from '../../drawing/text.ts';
import type { KeySteps } from '../../runs/head-steps.ts';
import type { Column } from './columns.ts';
import type { Reading } from './reading.ts';

/** Height of a row, in sizes of the text. */
export const ROW = 1.7;

export interface PlacedColumn {
  readonly column: Column;
  readonly x: number;
  readonly width: number;
}

/** @param s the key's place among the keys */
export function rowMarks(
  { steps, map }: Reading,
  s: number,
  key: KeySteps,
  row: {
    places: readonly PlacedColumn[];
    text: number;
    width: number;
    label: number;
    reach: { key: number; value: number };
    isLooked: boolean;
  },
): Mark[] {
  const { places, text, width, reach, isLooked } = row;
  const height = text * ROW;
  const d = steps.query.length;
  const dv = steps.context.length;
  const marks: Mark[] = [
    // Takes the pointer over the whole row.
    {
      kind: 'rect',
      x: text * 0.5,
      y: 0,
      width: width - text,
      height,
      radius: 3,
      fill: isLooked ? 'accent-soft' : 'surface-1',
    },
    label(
      text,
      0,
      map.keys[s]?.text === undefined ? '' : visibleText(map.keys[s].text),
      row.label,
      text,
      'text-1',
    ),
  ];
  for (const { column, x, width: w } of places) {
    const write = (fill: 'text-1' | 'text-2', end = x + w): Mark => ({
      kind: 'text',
      x: end,
      y: height / 2,
      text: column.text?.(key) ?? '',
      size: text,
      fill,
      anchor: 'end',
      baseline: 'middle',
    });
    if (column.kind === 'number') marks.push(write('text-1'));
    else if (column.kind === 'keys')
      marks.push(...strip(steps.keys.subarray(s * d, (s + 1) * d), x, 0, w, text, reach.key));
    else if (column.kind === 'values') {
      const weighted = steps.values.subarray(s * dv, (s + 1) * dv).map((value) => value * key.weight);
      marks.push(...strip(weighted, x, 0, w, text, reach.value));
    } else {
      const bar = w - text * 5;
      marks.push(
        { kind: 'rect', x, y: height * 0.25, width: bar, height: height * 0.5, fill: 'surface-3' },
        {
          kind: 'rect',
          x,
          y: height * 0.25,
          width: Number.isFinite(key.weight) ? bar * Math.min(Math.max(key.weight, 0), 1) : bar,
          height: height * 0.5,
          fill: Number.isFinite(key.weight) ? 'accent' : 'danger',
        },
        write('text-1'),
      );
    }
  }
  return marks;
}

/** A vector as a row of colours, with zero in the middle of the scale. */
export function strip(
  values: Float32Array,
  x: number,
  y: number,
  width: number,
  text: number,
  reach: number,
): Mark[] {
  const height = text * (ROW - 0.5);
  const domain = { low: -reach, high: reach, log: false };
  return heatmapMarks(
    { rows: 1, columns: values.length, values, domain, scale: 'diverging', isImage: true },
    { x, y: y + text * 0.25, width, height },
  );
}

/** The largest size of their values; 1 where all are 0. */
export function largest(...all: readonly Float32Array[]): number {
  const most = Math.max(...all.map(largestOf));
  return most > 0 ? most : 1;
}

/** Kept as long as their arrays: keys and values of a long text are looked through once, not with every move of the pointer. */
const known = new WeakMap<Float32Array, number>();

function largestOf(values: Float32Array): number {
  const found = known.get(values) ?? values.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
  known.set(values, found);
  return found;
}

/** A name in the first column. */
export function label(
  x: number,
  y: number,
  name: string,
  width: number,
  text: number,
  fill: 'query' | 'value' | 'warn' | 'text-1',
): Mark {
  const face = { size: text, family: 'mono' } as const;
  return {
    kind: 'text',
    x,
    y: y + (text * ROW) / 2,
    text: fitText(name, width - text, face),
    ...face,
    fill,
    baseline: 'middle',
  };
}
