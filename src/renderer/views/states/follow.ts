/** What all units follow: the features of a text, with the units that go with each most closely. */
import { builtInFeatures, joinedText, patternFeature, type Feature } from '../../analysis/features.ts';
import type { Lane } from '../../common/recurrent/lanes.ts';
import { typedText, unitCorrelations } from '../../common/recurrent/unit-features.ts';
import { formatCorrelation } from '../../common/numbers.ts';
import { tableOf, type Table } from '../../common/table.ts';
import type { DrawingSize, Drawing, Mark } from '../../drawing/drawing.ts';
import { fitText, textWidth, smallerSize } from '../../drawing/text.ts';
import type { RecurrentTrace } from '../../runs/facets/recurrent.ts';
import type { Run } from '../../runs/run.ts';
import { matchesOf } from './pattern.ts';

export interface Followed {
  readonly features: readonly Feature[];
  readonly units: number;
  /** Pearson's r, [F, H] */
  readonly values: Float32Array;
}

export interface FollowWish {
  readonly run: Run;
  readonly lane: Lane;
  readonly trace: RecurrentTrace;
  /** A regular expression; empty: none. */
  readonly pattern: string;
}

export function isSameWish(one: FollowWish, other: FollowWish): boolean {
  return (
    one.run === other.run && one.lane.activation === other.lane.activation && one.pattern === other.pattern
  );
}

/** @throws what a pattern throws; the signal's reason */
export async function followed(
  { run, lane, trace, pattern }: FollowWish,
  signal: AbortSignal,
): Promise<Followed> {
  const typed = typedText(run, trace);
  const features: Feature[] = builtInFeatures(trace.tokens, typed);
  if (pattern !== '') {
    const { text, ends } = joinedText(trace.tokens, typed);
    features.push(patternFeature(pattern, ends, await matchesOf({ pattern, text }, signal)));
  }
  const { units, values } = await unitCorrelations(run, lane, features, signal);
  return { features, units, values };
}

/** Units by how closely they follow a feature, the closest first; those that do not at all are left out. */
export function closest(
  { units, values }: Followed,
  feature: number,
  count: number,
): { unit: number; r: number }[] {
  return Array.from({ length: units }, (_, unit) => ({ unit, r: values[feature * units + unit] ?? 0 }))
    .filter(({ r }) => r !== 0)
    .sort((a, b) => Math.abs(b.r) - Math.abs(a.r))
    .slice(0, count);
}

/** Height of a row, and width of a unit's box, of the size of text. */
const ROW = 3.6;
const BOX = 7;

/** A row for each feature: its name, how the unit that is looked at follows it, and the units that do most. Boxes are named `f2:88`. */
export function followDrawing(found: Followed, unit: number, title: string, size: DrawingSize): Drawing {
  const { width, text } = size;
  const margin = text * 0.8;
  const names = Math.min(Math.max(width * 0.34, text * 14), text * 26);
  const own = margin + names;
  const best = own + BOX * text + text * 1.4;
  const count = Math.max(Math.floor((width - best - margin) / (BOX * text + text * 0.4)), 1);
  const head = text * 2.6;
  const marks: Mark[] = [
    headMark(own, `unit ${unit}`, text),
    headMark(best, 'units that follow it most', text),
    ...found.features.flatMap((feature, index): Mark[] => {
      const { title: name, about, values } = feature;
      const y = head + index * ROW * text;
      const units = closest(found, index, count);
      const r = found.values[index * found.units + unit] ?? 0;
      const isStill = units.length === 0;
      return [
        { kind: 'line', x1: margin, x2: width - margin, y1: y, y2: y, stroke: 'line-1' },
        {
          ...{
            kind: 'text',
            x: margin,
            y: y + text * 1.15,
            size: text,
            weight: 700,
            fill: 'text-1',
            baseline: 'middle',
          },
          text: fitText(name, names - text, { size: text, weight: 700 }),
        },
        {
          ...{
            kind: 'text',
            x: margin,
            y: y + text * 2.45,
            size: smallerSize(text),
            fill: 'text-3',
            baseline: 'middle',
          },
          text: fitText(isStill && isConstant(values) ? constantWords(feature) : about, names - text, {
            size: smallerSize(text),
          }),
        },
        ...boxMarks({ unit, r, isLooked: true }, own, y + text * 0.4, text, null),
        ...units.flatMap((one, at) =>
          boxMarks(
            { ...one, isLooked: one.unit === unit },
            best + at * (BOX * text + text * 0.4),
            y + text * 0.4,
            text,
            `f${index}:${one.unit}`,
          ),
        ),
      ];
    }),
  ];
  const height = Math.ceil(head + found.features.length * ROW * text + text * 0.5);
  return { width, height, marks, title };
}

const isConstant = (values: Float32Array) => values.every((value) => value === values[0]);

/** What is said of a feature that no unit can follow here. */
function constantWords({ name, values }: Feature): string {
  if (name !== 'pattern') return 'the same all over this text';
  return values[0] === 1 ? 'matches all of this text' : 'matches nothing in this text';
}

function headMark(x: number, words: string, text: number): Mark {
  return { kind: 'text', x, y: text * 1.4, text: words, size: text, fill: 'text-2', baseline: 'middle' };
}

/** A unit with its correlation, and a bar of its size. */
function boxMarks(
  { unit, r, isLooked }: { readonly unit: number; readonly r: number; readonly isLooked: boolean },
  x: number,
  y: number,
  text: number,
  id: string | null,
): Mark[] {
  const [width, height] = [BOX * text, (ROW - 0.8) * text];
  const share = formatCorrelation(r);
  const marks: Mark[] = [
    { kind: 'rect', x, y, width, height, radius: text * 0.25, fill: 'surface-2' },
    {
      kind: 'rect',
      x,
      y: y + height - text * 0.6,
      width: width * Math.abs(r),
      height: text * 0.6,
      fill: { scale: 'diverging', at: r < 0 ? 0 : 1 },
    },
    ...(isLooked
      ? [
          {
            kind: 'rect',
            x,
            y,
            width,
            height,
            radius: text * 0.25,
            stroke: 'select-lock',
            strokeWidth: text / 7,
          } as const,
        ]
      : []),
    {
      kind: 'text',
      x: x + text * 0.4,
      y: y + text,
      text: String(unit),
      size: text,
      weight: 700,
      fill: 'text-1',
      baseline: 'middle',
    },
    {
      ...{ kind: 'text', x: x + width - text * 0.4, y: y + text, text: share, size: text, fill: 'text-1' },
      ...{ anchor: 'end', baseline: 'middle' },
    },
  ];
  // Two numbers of a narrow box would touch.
  const isNarrow = textWidth(`${unit}${share}`, { size: text, weight: 700 }) > width - text;
  return [{ kind: 'group', ...(id === null ? {} : { id }), marks: isNarrow ? marks.slice(0, -1) : marks }];
}

/** A row for each unit, a column for each feature. */
export function followTable({ features, units, values }: Followed): Table {
  return tableOf({
    unit: Int32Array.from({ length: units }, (_, unit) => unit),
    ...Object.fromEntries(
      features.map(({ name }, index) => [name, values.slice(index * units, (index + 1) * units)]),
    ),
  });
}
