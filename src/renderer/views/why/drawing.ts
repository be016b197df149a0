import { headsTitle } from '../../common/attention-names.ts';
import { counted, formatPercent, formatValue } from '../../common/numbers.ts';
import { tokenName, visibleText } from '../../common/tokens.ts';
import type { Drawing, DrawingSize, Mark } from '../../drawing/drawing.ts';
import { heatmapMarks } from '../../drawing/parts/heatmap.ts';
import { fitText } from '../../drawing/text.ts';
import { lengthOf, type KeySteps } from '../../runs/head-steps.ts';
import { columnsOf, type Column } from './columns.ts';
import { phasesOf, type PhaseId } from './phases.ts';
import { strongestKey, type Reading } from './reading.ts';

/** Height of a row, in sizes of the text. */
const ROW = 1.7;

export interface WhyPicture {
  /** The last step that is shown. */
  readonly phase: PhaseId;
  /** The key whose numbers stand in the formula; null: the one with the largest weight. */
  readonly looked: number | null;
}

/** One query of one head: a row for each key, a column for each step, and below what comes out. */
export function whyDrawing(reading: Reading, { phase, looked }: WhyPicture, size: DrawingSize): Drawing {
  const { width, text } = size;
  const { steps, keys, map, layer, head, query } = reading;
  const phases = phasesOf(steps);
  const at = Math.max(
    0,
    phases.findIndex(({ id }) => id === phase),
  );
  const shown = phases.slice(0, at + 1).map(({ id }) => id);
  const key = looked ?? strongestKey(reading);
  const room = width / text - 2;
  const layout = columnsOf(
    steps,
    phases.map(({ id }) => id),
    room,
  );
  const now = phases[at];
  const asks = visibleText(reading.asks?.text ?? '');
  const from = map.kind === 'cross' ? asks : tokenName(map.queries, query);
  const title = `${headsTitle(map, layer, [head])}, query ${from}`;
  const marks: Mark[] = [
    bold(
      text,
      text * 1.9,
      fitText(now === undefined ? title : `${now.title}: ${now.formula}`, width - 2 * text, {
        size: text * 1.15,
        weight: 700,
      }),
      text * 1.15,
    ),
  ];
  const sample = keys[key];
  if (now !== undefined && sample !== undefined)
    marks.push(
      plain(
        text,
        text * 3.7,
        fitText(`${title} · key ${tokenName(map.keys, key)}: ${now.numbers(sample)}`, width - 2 * text, {
          size: text,
        }),
        text,
      ),
    );
  const top = text * 5.2;
  const extra = bottomRows(reading, shown);
  const space = size.height - top - text * (2.2 + ROW * (1 + extra.length)) - text;
  const rows = rowsToShow(keys, key, Math.max(3, Math.floor(space / (text * ROW))));
  const left = text * (1 + layout.label);
  const places = placesOf(layout.columns, left, text);
  const reach = { key: largest(steps.keys, steps.query), value: largest(steps.values) };
  const isOn = ({ phase: own }: Column) => shown.includes(own);
  // The query stands over the keys.
  const headY = top + text * 0.6;
  for (const { column, x, width: w } of places) {
    const name =
      column.kind === 'number' || column.kind === 'weight' ? { x: x + w, anchor: 'end' as const } : { x };
    marks.push({
      kind: 'text',
      ...name,
      y: headY,
      text: column.name,
      size: text,
      fill: isOn(column) ? 'text-2' : 'text-3',
      weight: isOn(column) && column.phase === now?.id ? 700 : 400,
    });
  }
  let y = top + text * 1.2;
  const asked = places.find(({ column }) => column.kind === 'keys');
  marks.push(label(text, y, `q of ${asks}`, layout.label * text, text, 'query'));
  if (asked !== undefined) marks.push(...strip(steps.query, asked.x, y, asked.width, text, reach.key));
  y += text * (ROW + 0.3);
  marks.push({
    kind: 'line',
    x1: text,
    y1: y - text * 0.25,
    x2: width - text,
    y2: y - text * 0.25,
    stroke: 'line-2',
  });
  for (const s of rows) {
    const own = keys[s];
    if (own === undefined) continue;
    marks.push({
      kind: 'group',
      id: `key-${s}`,
      y,
      opacity: own.visible || !shown.includes('mask') ? 1 : 0.45,
      marks: rowMarks(reading, s, own, {
        places: places.filter(({ column }) => isOn(column)),
        text,
        width,
        label: layout.label * text,
        reach,
        isLooked: s === key,
      }),
    });
    y += text * ROW;
  }
  if (rows.length < keys.length) {
    const isShown = new Set(rows);
    const rest = keys.filter((_, s) => !isShown.has(s));
    const share = shown.includes('softmax')
      ? `, together ${formatPercent(rest.reduce((sum, { weight }) => sum + weight, 0))}`
      : '';
    marks.push(plain(text, y + text * 1.1, `… ${counted(rest.length, 'more key')}${share}`, text));
  }
  y += text * ROW;
  marks.push({
    kind: 'line',
    x1: text,
    y1: y - text * 0.1,
    x2: width - text,
    y2: y - text * 0.1,
    stroke: 'line-2',
  });
  for (const { name, values, paint } of extra) {
    const x = left;
    const length = `length ${formatValue(lengthOf(values))}`;
    marks.push(label(text, y + text * 0.2, name, layout.label * text, text, paint));
    marks.push(...strip(values, x, y + text * 0.2, width - x - text * 10, text, largest(values)));
    marks.push({
      kind: 'text',
      x: width - text,
      y: y + text * 1.25,
      text: length,
      size: text,
      fill: 'text-2',
      anchor: 'end',
    });
    y += text * ROW;
  }
  return { width, height: Math.max(size.height, y + text), marks, title: `${title}: ${now?.title ?? ''}` };
}

interface PlacedColumn {
  readonly column: Column;
  readonly x: number;
  readonly width: number;
}

function placesOf(columns: readonly Column[], left: number, text: number): PlacedColumn[] {
  let x = left;
  return columns.map((column) => {
    const place = { column, x, width: column.width * text };
    x += place.width + text;
    return place;
  });
}

/** Keys in order: those with the largest weights, and the one that is looked at. */
export function rowsToShow(keys: readonly KeySteps[], looked: number, most: number): number[] {
  const order = [...keys.keys()];
  if (order.length <= most) return order;
  const strongest = order.sort((a, b) => (keys[b]?.weight ?? 0) - (keys[a]?.weight ?? 0)).slice(0, most - 1);
  const all = strongest.includes(looked)
    ? [...strongest, ...order.slice(most - 1, most)]
    : [...strongest, looked];
  return all.sort((a, b) => a - b);
}

function rowMarks(
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

/** What comes out, as far as it is shown. */
function bottomRows(
  { steps }: Reading,
  shown: readonly PhaseId[],
): { name: string; values: Float32Array; paint: 'value' | 'warn' | 'text-1' }[] {
  const { context, read, written } = steps;
  return [
    ...(shown.includes('sum') ? [{ name: 'Σ weight · v', values: context, paint: 'value' as const }] : []),
    ...(shown.includes('change') ? [{ name: 'changed', values: read, paint: 'warn' as const }] : []),
    ...(shown.includes('write') && written !== null
      ? [{ name: 'W_O · sum', values: written, paint: 'text-1' as const }]
      : []),
  ];
}

/** A vector as a row of colours, with zero in the middle of the scale. */
function strip(
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

function largest(...all: readonly Float32Array[]): number {
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

function label(
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

function bold(x: number, y: number, words: string, size: number): Mark {
  return { kind: 'text', x, y, text: words, size, fill: 'text-1', weight: 700 };
}

function plain(x: number, y: number, words: string, size: number): Mark {
  return { kind: 'text', x, y, text: words, size, fill: 'text-2' };
}
