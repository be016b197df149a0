import { headsTitle } from '../../common/attention-names.ts';
import { counted, formatPercent, formatValue } from '../../common/numbers.ts';
import { tokenName, visibleText } from '../../common/tokens.ts';
import type { Drawing, DrawingSize, Mark } from '../../drawing/drawing.ts';
import { fitText } from '../../drawing/text.ts';
import { lengthOf, type KeySteps } from '../../runs/head-steps.ts';
import { columnsOf, type Column } from './columns.ts';
import { phasesOf, type PhaseId } from './phases.ts';
import { strongestKey, type Reading } from './reading.ts';
import { label, largest, ROW, rowMarks, strip, type PlacedColumn } from './row-marks.ts';

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

function bold(x: number, y: number, words: string, size: number): Mark {
  return { kind: 'text', x, y, text: words, size, fill: 'text-1', weight: 700 };
}

function plain(x: number, y: number, words: string, size: number): Mark {
  return { kind: 'text', x, y, text: words, size, fill: 'text-2' };
}
