import { counted, formatPercent, formatValue } from '../../common/numbers.ts';
import type { Drawing, DrawingSize, Mark } from '../../drawing/drawing.ts';
import { heatmapMarks } from '../../drawing/parts/heatmap.ts';
import { fitText, textWidth } from '../../drawing/text.ts';
import { chartMarks, type Measure } from './chart.ts';
import { numbersOf, outputWords, sourceWords, wordCount, type Reading } from './reading.ts';

/** Height of the chart, in sizes of text, below which the picture is scrolled. */
const LEAST_CHART = 12;

export interface BottleneckPicture {
  /** The right output; empty: not given. */
  readonly reference: string;
  readonly measure: Measure;
  /** Token of the output that is looked at; null: none. */
  readonly looked: number | null;
}

/** From top to bottom: the source, the vector that it becomes, the output with its certainty, and quality by length. */
export function bottleneckDrawing(
  reading: Reading,
  { reference, measure, looked }: BottleneckPicture,
  { width, height, text }: DrawingSize,
): Drawing {
  const { run, decoder } = reading;
  const bottleneck = run.facet('bottleneck');
  const quality = run.facet('quality');
  const count = numbersOf(decoder);
  const marks: Mark[] = [];
  let y = text * 1.8;
  const room = width - 2 * text;
  /** @param ways to say it, the longest first: what has room is taken */
  const head = (...ways: readonly string[]) => {
    const words = ways.find((one) => textWidth(one, { size: text }) <= room) ?? ways.at(-1) ?? '';
    marks.push({
      kind: 'text',
      x: text,
      y,
      text: fitText(words, room, { size: text }),
      size: text,
      fill: 'text-2',
    });
    y += text * 0.7;
  };

  head(`read: ${counted(wordCount(run), 'word')}, ${counted(run.sourceTokens?.length ?? 0, 'token')}`);
  const source = flow(sourceWords(run), room, text);
  for (const { word, x, line, width: w } of source.words) {
    const top = y + line * text * 2.2;
    marks.push(
      {
        kind: 'rect',
        x: text + x,
        y: top,
        width: w,
        height: text * 1.8,
        radius: text / 4,
        fill: 'surface-3',
      },
      {
        ...{ kind: 'text', x: text + x + text * 0.5, y: top + text * 0.9, text: word, size: text },
        ...{ family: 'mono', fill: 'text-1', baseline: 'middle' },
      },
    );
  }
  y += source.lines * text * 2.2 + text * 0.4;

  // The sentence narrows to the vector, and widens again.
  const left = width / 2 - Math.min(room, text * 46) / 2;
  const strip = Math.min(room, text * 46);
  marks.push(funnel([text, width - text], [left, left + strip], y, text * 2));
  y += text * 3.4;
  const numbers = counted(count, 'number');
  if (bottleneck?.attends === true)
    head(
      `${numbers} to start from; the decoder also looks at every state of the encoder`,
      `${numbers} to start from, and every state of the encoder`,
    );
  else
    head(
      `${numbers}: all that the decoder knows of the sentence, however long it is`,
      `${numbers}: all that the decoder knows of the sentence`,
    );
  const rows = decoder.flatMap(({ layer, hidden, cell }) => [
    { name: `h, layer ${layer}`, values: hidden },
    ...(cell === null ? [] : [{ name: `c, layer ${layer}`, values: cell }]),
  ]);
  for (const { name, values } of rows) {
    const reach = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
    const label = textWidth('h, layer 0', { size: text }) + text;
    const end = textWidth(' ±0.000', { size: text }) + text;
    const domain = { low: -reach, high: reach, log: false };
    marks.push(
      {
        ...{ kind: 'text', x: left, y: y + text * 0.9, text: name, size: text, fill: 'text-1' },
        baseline: 'middle',
      },
      ...heatmapMarks(
        { rows: 1, columns: values.length, values, domain, scale: 'diverging', isImage: true },
        { x: left + label, y: y + text * 0.1, width: strip - label - end, height: text * 1.6 },
      ),
      {
        ...{ kind: 'text', x: left + strip, y: y + text * 0.9, text: `±${formatValue(reach)}`, size: text },
        ...{ fill: 'text-2', anchor: 'end', baseline: 'middle' },
      },
    );
    y += text * 2;
  }
  marks.push(funnel([left, left + strip], [text, width - text], y + text * 0.3, text * 2));
  y += text * 3.9;

  const words = outputWords(reading, reference);
  const wrong = words.filter((word) => word.wrong).length;
  head(
    reference.trim() === ''
      ? 'written, and how sure it was of each word'
      : `written, and how sure it was of each word; ${wrong === 0 ? 'as the reference' : `${counted(wrong, 'word')} not as in the reference`}`,
  );
  const bar = text * 3;
  const out = flow(
    words.map((word) => word.text),
    room,
    text,
    textWidth('>99.9 %', { size: text }) + text * 0.8,
  );
  for (const [index, { word, x, line, width: w }] of out.words.entries()) {
    const own = words[index];
    if (own === undefined) continue;
    const top = y + line * (bar + text * 4);
    const filled = bar * Math.min(Math.max(own.probability, 0), 1);
    const paint = own.wrong ? 'danger' : 'accent';
    marks.push({
      ...{ kind: 'group', id: `token-${own.token}`, x: text + x, y: top },
      marks: [
        {
          kind: 'rect',
          x: 0,
          y: 0,
          width: w,
          height: bar + text * 3.4,
          fill: looked === own.token ? 'accent-soft' : 'surface-1',
        },
        { kind: 'rect', x: w * 0.1, y: 0, width: w * 0.8, height: bar, fill: 'surface-3' },
        { kind: 'rect', x: w * 0.1, y: bar - filled, width: w * 0.8, height: filled, fill: paint },
        {
          ...{ kind: 'text', x: w / 2, y: bar + text * 1.2, text: word, size: text, family: 'mono' },
          ...{ fill: own.wrong ? 'danger' : 'text-1', anchor: 'middle', weight: own.wrong ? 700 : 400 },
        },
        {
          ...{
            kind: 'text',
            x: w / 2,
            y: bar + text * 2.7,
            text: formatPercent(own.probability),
            size: text,
          },
          ...{ fill: 'text-2', anchor: 'middle' },
        },
        // Colour is not all that tells it.
        ...(own.wrong
          ? [
              {
                kind: 'line' as const,
                x1: w * 0.1,
                y1: bar + text * 1.55,
                x2: w * 0.9,
                y2: bar + text * 1.55,
                stroke: 'danger' as const,
                strokeWidth: text / 8,
              },
            ]
          : []),
      ],
    });
  }
  y += out.lines * (bar + text * 4) + text * 0.6;

  if (quality !== null) {
    const chartWidth = Math.min(room, text * 52);
    const place = { x: text, y, width: chartWidth, height: Math.max(height - y - text, text * LEAST_CHART) };
    const chart = chartMarks(quality, measure, wordCount(run), place, text);
    marks.push(...chart.marks);
    y += chart.height;
  }
  const title = `${run.model.name}: ${counted(wordCount(run), 'word')} in ${counted(count, 'number')}`;
  return { width, height: Math.max(height, y + text), marks, title };
}

/** A trapezium between two widths, as light as a shadow. */
function funnel(
  top: readonly [number, number],
  bottom: readonly [number, number],
  y: number,
  height: number,
): Mark {
  const points = [top[0], y, top[1], y, bottom[1], y + height, bottom[0], y + height];
  return { kind: 'polyline', points, closed: true, fill: 'surface-3', opacity: 0.6 };
}

/** Words in lines of a width. @param least width of a word */
function flow(
  words: readonly string[],
  width: number,
  text: number,
  least = 0,
): {
  readonly words: readonly { word: string; x: number; line: number; width: number }[];
  readonly lines: number;
} {
  let [x, line] = [0, 0];
  const placed = words.map((word) => {
    const own = Math.max(textWidth(word, { size: text, family: 'mono' }) + text, least);
    if (x > 0 && x + own > width) [x, line] = [0, line + 1];
    const place = { word, x, line, width: own };
    x += own + text * 0.4;
    return place;
  });
  return { words: placed, lines: words.length === 0 ? 0 : line + 1 };
}
