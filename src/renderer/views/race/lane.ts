/** What one model did up to a time: its steps, its words, and where it looked. */
import { stepsAt } from '../../analysis/race.ts';
import { counted, formatTime } from '../../common/numbers.ts';
import type { Mark, Paint } from '../../drawing/drawing.ts';
import { heatmapMarks } from '../../drawing/parts/heatmap.ts';
import { timeAxis } from '../../drawing/parts/token-axis.ts';
import { fitText, LINE_HEIGHT, lineParts, textWidth } from '../../drawing/text.ts';
import type { LookedWord, Racer } from './reading.ts';

/** The slots' hues, as ui/tokens.css has them. */
const HUES: Readonly<Record<string, Paint>> = {
  A: 'category-2',
  B: 'category-1',
  C: 'category-3',
  D: 'category-7',
};

/** The name of what shows a word: `word-B-3`. */
export const wordId = ({ letter, word }: LookedWord) => `word-${letter}-${word}`;

/** The word that is shown there, or whose rows are; null: none. */
export function wordOf(id: string | null): LookedWord | null {
  const [, letter, word] = /^(?:word|row)-([A-D])-(\d+)$/.exec(id ?? '') ?? [];
  return letter === undefined ? null : { letter, word: Number(word) };
}

/** The clock, and the word of the lane that is looked at. */
interface WordMoment {
  readonly clock: number;
  readonly looked: number | null;
}

/** How close the parts of a lane stand; lengths are of the size of text. */
export interface LaneDensity {
  /** From the top: middle of the name, the bar of time, the line of steps, the words. */
  readonly name: number;
  readonly bar: number;
  /** Null: at the end of the name's line. */
  readonly steps: number | null;
  readonly words: number;
  /** From a line of words to the next. */
  readonly line: number;
  /** Least height of the picture of where it looked; 0: left out where it has no room. */
  readonly alignment: number;
}

export const ROOMY: LaneDensity = {
  ...{ name: 0.8, bar: 2.1, steps: 4, words: 5.6, line: 1.7, alignment: 8 },
};
export const CLOSE: LaneDensity = {
  ...{ name: 0.7, bar: 1.5, steps: 3.2, words: 3.9, line: 1.35, alignment: 5 },
};
export const DENSE: LaneDensity = { ...CLOSE, steps: null, words: 2.2, alignment: 0 };

/** Between the words and where it looked: a line that says so, and one for what it is of. */
const ABOVE = 2;
const BELOW = LINE_HEIGHT + 0.5;
/** Less of a picture of where it looked is none. */
const LEAST_ALIGNMENT = 2;

export interface LaneSize {
  readonly width: number;
  /** The steps are said in few words. */
  readonly isShort: boolean;
  /** Of all words, also of those that are still to come. */
  readonly words: number;
  /** Lines of words that have room. */
  readonly lines: number;
  /** From the top of the lane to the bottom of its room. */
  readonly height: number;
}

/** How far a model has come. */
function stepsWords({ lane }: Racer, clock: number, isShort: boolean): string {
  const done = stepsAt(lane, clock);
  const all = counted(lane.times.length, 'step');
  if (clock < lane.milliseconds) return `${done} of ${all}`;
  const taken = formatTime(lane.milliseconds);
  return isShort ? `${all}, ${taken}` : `${done} of ${all}, done in ${taken}`;
}

/** Whether the whole name has room, with what is said of the steps where that stands beside it. */
export function hasRoomForName(
  racer: Racer,
  { width, isShort }: Pick<LaneSize, 'width' | 'isShort'>,
  text: number,
  { steps }: LaneDensity,
): boolean {
  const name = text * 2.7 + textWidth(racer.run.model.name, { size: text, weight: 700 });
  const beside = textWidth(stepsWords(racer, Infinity, isShort), { size: text }) + text;
  return name + (steps === null ? beside : 0) <= width;
}

/** Least height of a lane with words of a height. */
export function leastHeight(density: LaneDensity, words: number, text: number): number {
  const { alignment } = density;
  return words + text * (density.words + (alignment === 0 ? 0 : ABOVE + alignment + BELOW));
}

/** The clock, and what is looked at. */
export interface RaceMoment {
  readonly clock: number;
  /** The longest time. */
  readonly total: number;
  readonly looked: LookedWord | null;
}

export function laneMarks(
  racer: Racer,
  moment: RaceMoment,
  { width, isShort, words: wordsHeight, lines, height }: LaneSize,
  text: number,
  density: LaneDensity,
): Mark[] {
  const { letter, run, lane } = racer;
  const { clock, total } = moment;
  const looked = moment.looked?.letter === letter ? moment.looked.word : null;
  const hue = HUES[letter] ?? 'accent';
  const isIn = clock >= lane.milliseconds;
  const said = stepsWords(racer, clock, isShort);
  const beside = density.steps === null ? textWidth(said, { size: text }) + text : 0;
  const middle = text * density.name;
  const bar = { kind: 'rect', x: 0, y: text * density.bar, height: text * 0.6, radius: text * 0.3 } as const;
  const named = { kind: 'text', y: middle, size: text, weight: 700, baseline: 'middle' } as const;
  return [
    { kind: 'circle', x: text * 0.9, y: middle, radius: text * 0.85, fill: hue, opacity: 0.3 },
    { ...named, x: text * 0.9, text: letter, fill: 'text-1', anchor: 'middle' },
    {
      ...{ ...named, x: text * 2.4, fill: 'text-1' },
      text: fitText(run.model.name, width - text * 2.6 - beside, { size: text, weight: 700 }),
    },
    { ...bar, width, fill: 'surface-3' },
    { ...bar, width: total > 0 ? (Math.min(clock, lane.milliseconds) / total) * width : 0, fill: hue },
    density.steps === null
      ? {
          ...{ kind: 'text', x: width, y: middle, size: text, fill: isIn ? 'ok' : 'text-2', text: said },
          ...{ anchor: 'end', baseline: 'middle' },
        }
      : {
          ...{ kind: 'text', x: 0, y: text * density.steps, size: text, fill: isIn ? 'ok' : 'text-2' },
          text: fitText(said, width, { size: text }),
        },
    {
      ...{ kind: 'group', y: text * density.words },
      marks: wordMarks(racer, { clock, looked }, width, text, density, lines).marks,
    },
    ...alignmentMarks(racer, { clock, looked }, text, {
      ...{ y: text * density.words + wordsHeight, width, bottom: height },
    }),
  ];
}

/** The rows of the alignment that were known at a time, over the words of the source. */
function alignmentMarks(
  { run, alignment, letter, lane }: Racer,
  { clock, looked }: WordMoment,
  text: number,
  { y, width, bottom }: { readonly y: number; readonly width: number; readonly bottom: number },
): Mark[] {
  /** @param ways to say it, the longest first: what has room is taken */
  const note = (...ways: readonly string[]): Mark => ({
    ...{ kind: 'text', x: 0, y: y + text * 1.4, size: text, fill: 'text-3' },
    text:
      ways.find((words) => textWidth(words, { size: text }) <= width) ??
      fitText(ways.at(-1) ?? '', width, { size: text }),
  });
  if (alignment === null) {
    if (bottom - y < text * ABOVE) return [];
    const isVector = run.facet('bottleneck') !== null;
    return [
      isVector
        ? note('looks at no source word: it has one vector', 'has one vector, no attention')
        : note('no attention over a source', 'no attention'),
    ];
  }
  const source = run.sourceTokens ?? [];
  const T = run.tokens.length;
  const room = bottom - y - text * (ABOVE + BELOW);
  if (room < text * LEAST_ALIGNMENT) return [];
  const height = Math.min(room, width * (T / Math.max(source.length, 1)) * 1.2);
  const shown = (run.facet('pace')?.times ?? []).filter((time) => time <= clock).length;
  const top = y + text * ABOVE;
  return [
    note('where it looks in the source, step by step', 'where it looks, step by step', 'where it looks'),
    ...heatmapMarks(
      {
        ...{ rows: T, columns: source.length, values: alignment, scale: 'sequential', isImage: true },
        domain: { low: 0, high: 1, log: false },
        isMasked: (row) => row >= shown,
      },
      { x: 0, y: top, width, height },
    ),
    ...lane.words.flatMap(({ tokens: [from, to], at }, word): Mark[] => {
      if (at > clock) return [];
      const place = { x: 0, y: top + (from / T) * height, width, height: ((to - from) / T) * height };
      const frame: Mark[] =
        word === looked
          ? [{ kind: 'rect', ...place, stroke: 'select-lock', strokeWidth: Math.max(text / 9, 1) }]
          : [];
      // What the pointer finds.
      const area = { kind: 'rect', ...place, fill: 'surface-1', opacity: 0 } as const;
      return [{ kind: 'group', id: `row-${letter}-${word}`, marks: [...frame, area] }];
    }),
    ...timeAxis(source, { x: 0, y: top + height + text * 0.2, width }, text),
  ];
}

function underline(x1: number, x2: number, y: number, text: number): Mark {
  return { kind: 'line', x1, x2, y1: y, y2: y, stroke: 'danger', strokeWidth: text / 9 };
}

/**
 * The words that were there at a time, in lines; those that differ are marked, the one that is looked at has a ground. Where
 * not all lines have room, those are shown that were written last, or those that begin with the one that is looked at.
 * @param most lines that have room
 */
export function wordMarks(
  { lane, letter }: Racer,
  { clock, looked }: WordMoment,
  width: number,
  text: number,
  density: LaneDensity,
  most = Infinity,
): { readonly marks: Mark[]; readonly height: number } {
  const parts = flowed(lane.words, width, text);
  const written = Math.max(0, ...parts.flatMap(({ word, line }) => (word.at <= clock ? [line] : [])));
  const last = parts.find(({ word }) => looked !== null && word === lane.words[looked])?.line ?? written;
  const first = Math.max(0, Math.min(last, written + 1 - most));
  const all = Math.min((parts.at(-1)?.line ?? 0) + 1, most);
  const pitch = text * density.line;
  const marks: Mark[] = [];
  for (const [index, word] of lane.words.entries()) {
    const shown = parts.filter(
      (part) => part.word === word && part.line >= first && part.line < first + most,
    );
    if (word.at > clock || shown.length === 0) continue;
    const own = shown.flatMap(({ part, x, line, width: long }): Mark[] => {
      const y = (line - first) * pitch;
      const box = { x, y, width: long, height: pitch, radius: text * 0.2 };
      const fill = word.differs ? 'danger' : 'text-1';
      return [
        ...(index === looked ? [{ kind: 'rect', ...box, fill: 'select-lock', opacity: 0.4 } as const] : []),
        { kind: 'text', x, y: y + text, text: part, ...faceOf(word, text), fill },
        // Colour is not all that tells it.
        ...(word.differs ? [underline(x, x + long, y + text * 1.2, text)] : []),
      ];
    });
    marks.push({ kind: 'group', id: wordId({ letter, word: index }), marks: own });
  }
  if (first > 0)
    marks.push({
      ...{ kind: 'text', x: -text * 0.1, y: text, text: '…', size: text, family: 'mono', anchor: 'end' },
      fill: 'text-2',
    });
  // Such as of weights that are no numbers.
  if (lane.words.length === 0 && clock >= lane.milliseconds)
    marks.push({ kind: 'text', x: 0, y: text, text: 'wrote no word', size: text, fill: 'text-3' });
  return { marks, height: all * pitch };
}

type Word = Racer['lane']['words'][number];

const faceOf = ({ differs }: Word, text: number) =>
  ({ size: text, family: 'mono', weight: differs ? 700 : 400 }) as const;

/** The words in lines of a width. */
function flowed(words: readonly Word[], width: number, text: number) {
  let [x, line] = [0, 0];
  return words.flatMap((word) => {
    const face = faceOf(word, text);
    const placed = lineParts(word.text, width, face).map((part) => {
      const own = textWidth(part, face);
      if (x > 0 && x + own > width) [x, line] = [0, line + 1];
      const place = { word, part, x, line, width: own };
      x += own;
      return place;
    });
    x += text * 0.6;
    return placed;
  });
}
