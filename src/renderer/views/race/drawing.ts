import { stepsAt } from '../../analysis/race.ts';
import { counted, formatTime } from '../../common/numbers.ts';
import type { Drawing, DrawingSize, Mark, Paint } from '../../drawing/drawing.ts';
import { heatmapMarks } from '../../drawing/parts/heatmap.ts';
import { fitText, lineParts, textWidth } from '../../drawing/text.ts';
import { lengthOf, type Racer } from './reading.ts';

/** The slots' hues, as ui/tokens.css has them. */
const HUES: Readonly<Record<string, Paint>> = {
  A: 'category-2',
  B: 'category-1',
  C: 'category-3',
  D: 'category-7',
};

/** @param clock ms; words and rows that were known then are shown @param compared what the marked words differ from */
export function raceDrawing(
  racers: readonly Racer[],
  clock: number,
  compared: string,
  { width, height, text }: DrawingSize,
): Drawing {
  const gap = text * 1.4;
  const columns = Math.max(1, Math.min(racers.length, Math.floor((width - text) / (text * 16))));
  const column = (width - 2 * text - gap * (columns - 1)) / columns;
  const total = lengthOf(racers);
  const marks: Mark[] = [
    {
      ...{ kind: 'text', x: text, y: text * 1.9, size: text * 1.3, fill: 'text-1', weight: 700 },
      text: `${formatTime(clock)} of ${formatTime(total)}`,
    },
    ...(compared === ''
      ? []
      : [
          {
            ...{ kind: 'text' as const, x: width - text, y: text * 1.9, size: text, fill: 'text-2' as const },
            ...{ anchor: 'end' as const, text: fitText(compared, width * 0.6, { size: text }) },
          },
        ]),
  ];
  const y = text * 3.2;
  const rows = Math.ceil(racers.length / columns);
  let bottom = y;
  for (let row = 0; row < rows; row++) {
    const inRow = racers.slice(row * columns, (row + 1) * columns);
    const top = row === 0 ? y : bottom + text;
    const words = Math.max(0, ...inRow.map((racer) => wordMarks(racer, Infinity, column, text).height));
    const room = Math.max(text * 10, (height - y) / rows - words - text * 9);
    for (const [at, racer] of inRow.entries()) {
      const x = text + at * (column + gap);
      const lane = laneMarks(racer, clock, total, { width: column, words, room }, text);
      marks.push({ kind: 'group', id: `lane-${racer.letter}`, x, y: top, marks: lane.marks });
      bottom = Math.max(bottom, top + lane.height);
    }
  }
  const title = racers
    .map(
      ({ run, lane }) =>
        `${run.model.name}: ${counted(lane.times.length, 'step')}, ${formatTime(lane.milliseconds)}`,
    )
    .join('; ');
  return { width, height: Math.max(height, bottom + text), marks, title };
}

function laneMarks(
  racer: Racer,
  clock: number,
  total: number,
  size: { readonly width: number; readonly words: number; readonly room: number },
  text: number,
): { marks: Mark[]; height: number } {
  const { letter, run, lane, alignment } = racer;
  const hue = HUES[letter] ?? 'accent';
  const { width } = size;
  const done = stepsAt(lane, clock);
  const isIn = clock >= lane.milliseconds;
  const name = fitText(run.model.name, width - text * 2.6, { size: text, weight: 700 });
  const words = wordMarks(racer, clock, width, text);
  const top = text * 5.6;
  const marks: Mark[] = [
    { kind: 'circle', x: text * 0.9, y: text * 0.8, radius: text * 0.85, fill: hue, opacity: 0.3 },
    {
      ...{
        kind: 'text',
        x: text * 0.9,
        y: text * 0.8,
        text: letter,
        size: text,
        fill: 'text-1',
        weight: 700,
      },
      ...{ anchor: 'middle', baseline: 'middle' },
    },
    {
      ...{ kind: 'text', x: text * 2.4, y: text * 0.8, text: name, size: text, fill: 'text-1', weight: 700 },
      baseline: 'middle',
    },
    { kind: 'rect', x: 0, y: text * 2.1, width, height: text * 0.6, radius: text * 0.3, fill: 'surface-3' },
    {
      ...{ kind: 'rect', x: 0, y: text * 2.1, height: text * 0.6, radius: text * 0.3, fill: hue },
      width: total > 0 ? (Math.min(clock, lane.milliseconds) / total) * width : 0,
    },
    {
      ...{ kind: 'text', x: 0, y: text * 4, size: text, fill: isIn ? 'ok' : 'text-2' },
      text: `${done} of ${counted(lane.times.length, 'step')}${isIn ? `, done in ${formatTime(lane.milliseconds)}` : ''}`,
    },
    { kind: 'group', y: top, marks: words.marks },
  ];
  const below = top + size.words + text;
  if (alignment === null) {
    const note = 'looks at no source word: it has one vector';
    const words = run.facet('bottleneck') === null ? 'no attention over a source' : note;
    marks.push({
      kind: 'text',
      x: 0,
      y: below + text,
      text: fitText(words, width, { size: text }),
      size: text,
      fill: 'text-3',
    });
    return { marks, height: below + text * 2 };
  }
  const source = run.sourceTokens ?? [];
  const T = run.tokens.length;
  const heatmapHeight = Math.min(size.room, width * (T / Math.max(source.length, 1)) * 1.2);
  const shown = rowsAt(racer, clock);
  marks.push(
    {
      kind: 'text',
      x: 0,
      y: below + text * 0.2,
      text: fitText('where it looks in the source, step by step', width, { size: text }),
      size: text,
      fill: 'text-2',
    },
    ...heatmapMarks(
      {
        ...{ rows: T, columns: source.length, values: alignment, scale: 'sequential', isImage: true },
        domain: { low: 0, high: 1, log: false },
        isMasked: (row) => row >= shown,
      },
      { x: 0, y: below + text * 0.8, width, height: heatmapHeight },
    ),
  );
  return { marks, height: below + text * 1.2 + heatmapHeight };
}

/** Rows of the alignment that were known at a time. */
function rowsAt({ run }: Racer, clock: number): number {
  const times = run.facet('pace')?.times ?? [];
  return times.filter((time) => time <= clock).length;
}

function underline(x1: number, x2: number, y: number, text: number): Mark {
  return { kind: 'line', x1, x2, y1: y, y2: y, stroke: 'danger', strokeWidth: text / 9 };
}

/** The words that were there at a time, in lines; those that differ are marked. */
function wordMarks(
  { lane }: Racer,
  clock: number,
  width: number,
  text: number,
): { marks: Mark[]; height: number } {
  const line = text * 1.7;
  let [x, y] = [0, 0];
  const marks: Mark[] = [];
  for (const { text: word, at, differs } of lane.words) {
    const face = { size: text, family: 'mono', weight: differs ? 700 : 400 } as const;
    for (const part of lineParts(word, width, face)) {
      const own = textWidth(part, face);
      if (x > 0 && x + own > width) [x, y] = [0, y + line];
      if (at <= clock) {
        const fill = differs ? 'danger' : 'text-1';
        marks.push({ kind: 'text', x, y: y + text, text: part, ...face, fill });
        // Colour is not all that tells it.
        if (differs) marks.push(underline(x, x + own, y + text * 1.3, text));
      }
      x += own;
    }
    x += text * 0.6;
  }
  return { marks, height: y + line };
}
