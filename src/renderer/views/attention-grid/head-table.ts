import { formatValue } from '../../common/numbers.ts';
import { tableOf, type Table, type TableArray } from '../../common/table.ts';
import { headName } from '../../common/tokens.ts';
import type { Drawing, DrawingSize, Mark } from '../../drawing/drawing.ts';
import { fitText } from '../../drawing/text.ts';
import {
  labelOf,
  METRIC_NAMES,
  METRICS,
  numberOf,
  numbersOf,
  type HeadNumber,
  type MeasuredHead,
} from '../../analysis/heads.ts';

/** What a table of heads is sorted by. */
export type SortKey = 'head' | HeadNumber;

/** Heads whose name or label has every word of the filter, in order. NaN stands last. */
export function arrangedHeads(
  heads: readonly MeasuredHead[],
  { by, descending, filter }: { readonly by: SortKey; readonly descending: boolean; readonly filter: string },
): readonly MeasuredHead[] {
  const words = filter.toLowerCase().split(/\s+/);
  const found = heads.filter((head) => {
    const text = `${headName(head.layer, head.head)} ${labelOf(head).text}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const sign = descending ? -1 : 1;
  if (by === 'head') return found.toSorted((a, b) => sign * (a.layer - b.layer || a.head - b.head));
  return found.toSorted((a, b) => {
    const [x, y] = [numberOf(a, by), numberOf(b, by)];
    if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
    return sign * (x - y);
  });
}

/** A number of the table; a metric that no query counts for has none. */
export function metricText(value: number): string {
  return Number.isNaN(value) ? '–' : formatValue(value);
}

/** The metrics as arrays [L, H]. @param heads layer by layer */
export function metricArrays(heads: readonly MeasuredHead[], layers: number): TableArray[] {
  return METRIC_NAMES.map((name) => ({
    name: `head_metrics.${name}`,
    shape: [layers, heads.length / layers],
    values: Float32Array.from(heads, ({ metrics }) => metrics[name]),
  }));
}

/** A row for each head, with its label and its metrics. @param heads layer by layer */
export function metricTable(heads: readonly MeasuredHead[], layers: number): Table {
  const { columns, rows } = tableOf({
    layer: Int32Array.from(heads, ({ layer }) => layer),
    head: Int32Array.from(heads, ({ head }) => head),
    label: heads.map((head) => labelOf(head).text),
    ...Object.fromEntries(
      numbersOf(heads).map((name) => [name, Float32Array.from(heads, (head) => numberOf(head, name))]),
    ),
  });
  return { columns, rows, arrays: metricArrays(heads, layers) };
}

/** The table as a figure, as it is sorted and filtered. */
export function headTableDrawing(
  heads: readonly MeasuredHead[],
  title: string,
  { width, text }: DrawingSize,
): Drawing {
  const line = text * 1.7;
  const names = numbersOf(heads);
  const left = [text, text * 5.5];
  const column = (width - text * 17) / names.length;
  const cell = (x: number, y: number, words: string, strong = false): Mark => ({
    ...{ kind: 'text', x, y, text: words, size: text * 0.9, fill: strong ? 'text-1' : 'text-2' },
    ...(strong ? { weight: 700 } : {}),
  });
  const number = (at: number, y: number, words: string): Mark => ({
    ...{ kind: 'text', x: text * 16 + (at + 1) * column, y, text: words, size: text * 0.9 },
    ...{ fill: 'text-1', anchor: 'end' },
  });
  const top = text * 4;
  return {
    width,
    height: top + heads.length * line + text,
    marks: [
      { kind: 'text', x: text, y: text * 1.8, text: title, size: text, fill: 'text-1', weight: 700 },
      ...names.map((name, at) =>
        number(at, top - line * 0.6, fitText(METRICS[name].name, column * 0.95, { size: text * 0.9 })),
      ),
      ...heads.flatMap((measured, row) => {
        const { layer, head } = measured;
        const y = top + row * line + text;
        return [
          cell(left[0] ?? 0, y, headName(layer, head), true),
          cell(left[1] ?? 0, y, labelOf(measured).text),
          ...names.map((name, at) => number(at, y, metricText(numberOf(measured, name)))),
        ];
      }),
    ],
    title,
  };
}
