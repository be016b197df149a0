import { counted, formatFactor, formatTime } from '../../common/numbers.ts';
import type { Drawing, DrawingSize, Mark } from '../../drawing/drawing.ts';
import { fitText, leastSize, textWidth } from '../../drawing/text.ts';
import {
  CLOSE,
  DENSE,
  hasRoomForName,
  laneMarks,
  leastHeight,
  ROOMY,
  wordMarks,
  type LaneDensity,
} from './lane.ts';
import { lengthOf, type LookedWord, type Racer } from './reading.ts';

/** Narrowest column of a lane, in sizes of text, and where all lanes stand in one row to have room. */
const COLUMN = 16;
const NARROW_COLUMN = 10;

export interface RacePicture {
  /** ms; words and rows that were known then are shown. */
  readonly clock: number;
  /** Of the replay, a factor; null: not said. */
  readonly speed: number | null;
  /** What the marked words differ from; empty: nothing. */
  readonly compared: string;
  /** The word that is pointed at or locked. */
  readonly looked: LookedWord | null;
}

/** How the lanes stand: as many beside each other as have room, and as close as it takes to show all without scrolling. */
interface Grid {
  readonly text: number;
  readonly density: LaneDensity;
  readonly columns: number;
  readonly width: number;
  readonly isShort: boolean;
  /** Lines of words that have room in every lane. */
  readonly lines: number;
  /** Of every row: its words, and all of it. */
  readonly rows: readonly { readonly words: number; readonly height: number }[];
}

export function raceDrawing(
  racers: readonly Racer[],
  { clock, speed, compared, looked }: RacePicture,
  size: DrawingSize,
): Drawing {
  const { width, height } = size;
  const grid = gridOf(racers, size);
  const { text, density, columns } = grid;
  const total = lengthOf(racers);
  const time = `${formatTime(clock)} of ${formatTime(total)}${speed === null ? '' : `, ${formatFactor(speed)}`}`;
  const [head, base] = [headOf(density) * text, headOf(density) * text - text * 0.9];
  const beside = width - text * 3 - textWidth(time, { size: text * 1.3, weight: 700 });
  const marks: Mark[] = [
    { kind: 'text', x: text, y: base, size: text * 1.3, fill: 'text-1', weight: 700, text: time },
  ];
  if (compared !== '')
    marks.push({
      ...{ kind: 'text', x: width - text, y: base, size: text, fill: 'text-2', anchor: 'end' },
      text: fitText(compared, beside, { size: text }),
    });
  // What is left goes to where the models looked.
  const used = grid.rows.reduce((sum, row) => sum + row.height, 0) + head + text * (grid.rows.length - 0.5);
  const spare = Math.max(height - used, 0) / grid.rows.length;
  let y = head;
  for (const [at, row] of grid.rows.entries()) {
    for (const [column, racer] of racers.slice(at * columns, (at + 1) * columns).entries())
      marks.push({
        ...{ kind: 'group', id: `lane-${racer.letter}`, x: text + column * (grid.width + GAP * text), y },
        marks: laneMarks(
          racer,
          { clock, total, looked },
          {
            ...{ width: grid.width, isShort: grid.isShort, lines: grid.lines },
            ...{ words: row.words, height: row.height + spare },
          },
          text,
          density,
        ),
      });
    y += row.height + spare + text;
  }
  const title = racers
    .map(
      ({ run, lane }) =>
        `${run.model.name}: ${counted(lane.times.length, 'step')}, ${formatTime(lane.milliseconds)}`,
    )
    .join('; ');
  return { width, height: Math.max(height, Math.floor(y - text * 0.5)), marks, title };
}

/** Between columns, in sizes of text. */
const GAP = 1.4;
/** Height of the clock's line, in sizes of text. */
const headOf = (density: LaneDensity) => (density === ROOMY ? 3.2 : 2.3);

function gridOf(racers: readonly Racer[], { width, height, text: full }: DrawingSize): Grid {
  const least = leastSize(full);
  const sizes: readonly (readonly [LaneDensity, number])[] = [
    ...[[ROOMY, full] as const, [CLOSE, full] as const, [CLOSE, least] as const],
    ...[[DENSE, full] as const, [DENSE, (full + least) / 2] as const, [DENSE, least] as const],
  ];
  const grids: (Grid & { readonly isNamed: boolean; readonly fits: boolean })[] = [];
  const candidates = [
    ...sizes.map(([density, text]) => ({ density, text, lines: Infinity })),
    // The words that were written last.
    ...[6, 4, 3, 2, 1].map((lines) => ({ density: DENSE, text: least, lines })),
  ];
  for (const { density, text, lines } of candidates)
    for (const columns of columnsOf(racers.length, width / text)) {
      const own = (width - 2 * text - GAP * text * (columns - 1)) / columns;
      const rows = Array.from({ length: Math.ceil(racers.length / columns) }, (_, row) => {
        const words = racers
          .slice(row * columns, (row + 1) * columns)
          .map(
            (racer) => wordMarks(racer, { clock: Infinity, looked: null }, own, text, density, lines).height,
          );
        const most = Math.max(0, ...words);
        return { words: most, height: leastHeight(density, most, text) };
      });
      const needed = rows.reduce((sum, row) => sum + row.height, 0) + text * (rows.length - 0.5);
      const areNamed = (isShort: boolean) =>
        racers.every((racer) => hasRoomForName(racer, { width: own, isShort }, text, density));
      grids.push({
        ...{ text, density, columns, width: own, rows, lines },
        isShort: density.steps === null && !areNamed(false),
        isNamed: areNamed(density.steps === null),
        fits: needed + headOf(density) * text <= height,
      });
    }
  const fitting = grids.filter(({ fits }) => fits);
  // All words come before names, and both before a few words.
  const whole = fitting.filter(({ lines }) => lines === Infinity);
  const best = [whole, fitting].flatMap((some) => [...some.filter(({ isNamed }) => isNamed), ...some])[0];
  return best ?? (grids.at(-1) as Grid);
}

/** Numbers of columns to try, the best one first. @param room in sizes of text */
function columnsOf(racers: number, room: number): readonly number[] {
  const most = (least: number) => Math.max(1, Math.min(racers, Math.floor((room - 1) / least)));
  const fewer = Array.from({ length: most(COLUMN) }, (_, i) => most(COLUMN) - i);
  return [...new Set([...fewer.slice(0, 1), most(NARROW_COLUMN), ...fewer])];
}
