/** The curves with their axes and their names, as shapes. */
import { formatTick, formatValue, counted } from '../../common/numbers.ts';
import type { Drawing, DrawingSize, Mark } from '../../drawing/drawing.ts';
import { timeAxis } from '../../drawing/parts/token-axis.ts';
import { fitText, LINE_HEIGHT, textWidth } from '../../drawing/text.ts';
import { alongLog, bandPath, curvePath, logAxis, xOf, type LogAxis, type Plot } from './axis.ts';
import { colourOf, dashOf, distanceOf, farthest, namesOf, stepsOf, WIDTHS, type Series } from './series.ts';

export interface CurvesPicture {
  /** Those that are shown. */
  readonly series: readonly Series[];
  /** Ids of models in the order of their colours. */
  readonly models: readonly string[];
  /** In plain words: what the height says. */
  readonly title: string;
  /** Share of the steps, from the last one back, that is drawn. */
  readonly reach: number;
  /** The right end is the step that is derived, and the others are before it; else the ends are those of the text. */
  readonly isBack: boolean;
}

/** Where the curves lie in the drawing, and their axes. */
export interface CurvesLayout {
  readonly x: number;
  readonly y: number;
  readonly plot: Plot;
  readonly axis: LogAxis;
  /** The tokens under the curves have to do: how far back they go has no line of its own. */
  readonly isLow: boolean;
}

/** In a room, the values at the ends are what is said: this much larger than the other text. */
const HEADLINE = 1.5;
const ROOM_TEXT = 24;
/** Widest names of curves, as a share of the whole. */
const NAMES = 0.42;

/** Lower pictures, in sizes of text, keep what room there is for the curves. */
const LOW = 10;

export function curvesLayout({ series }: CurvesPicture, { width, height, text }: DrawingSize): CurvesLayout {
  const y = text * (LINE_HEIGHT + 1);
  const steps = Math.max(1, ...series.map(stepsOf));
  const isLow = height < LOW * text && longestOf(series, steps) !== undefined;
  const bottom = text * ((isLow ? 1 : 2) * LINE_HEIGHT + (isLow ? 0.4 : 1));
  const plotHeight = Math.max(height - y - bottom, 20);
  const axis = logAxis(series, Math.max(1, Math.floor(plotHeight / (text * LINE_HEIGHT))));
  const nameOf = namesOf(series);
  const numbers = Math.max(0, ...axis.ticks.map((tick) => textWidth(formatTick(tick), { size: text })));
  const names = Math.max(0, ...series.map((one) => labelWidth(one, nameOf(one), text)));
  const x = Math.min(names + text, width * NAMES);
  const right = numbers + text * 1.6;
  return {
    ...{ x, y, axis, isLow },
    plot: { width: Math.max(width - x - right, 20), height: plotHeight, steps },
  };
}

/** What the curves say, as one sentence. */
export function curvesSentence({
  series,
  title,
  isBack,
}: Pick<CurvesPicture, 'series' | 'title' | 'isBack'>): string {
  const nameOf = namesOf(series);
  const ends = series.map((one) => `${nameOf(one)} ${valueOf(one)}`);
  return `${title}; ${isBack ? 'farthest back' : 'first token'}: ${ends.join('; ')}`;
}

/** Curves over the text: names and last values at their ends on the left, the axis on the right. */
export function curvesDrawing(picture: CurvesPicture, size: DrawingSize): Drawing {
  const { series, models, title, reach } = picture;
  const { text } = size;
  const layout = curvesLayout(picture, size);
  const { x, y, plot, axis } = layout;
  const line = text / 6;
  const clip = {
    x: plot.width * (1 - reach),
    y: -line,
    width: plot.width * reach + line,
    height: plot.height + 2 * line,
  };
  const curves = series.flatMap((one): Mark[] => {
    const colour = colourOf(one.model.id, models);
    const dash = dashOf(one, text / 12);
    return [
      ...(one.error === null
        ? []
        : [
            {
              kind: 'path',
              d: bandPath(one.values, one.error, axis, plot),
              fill: colour,
              opacity: 0.22,
            } as const,
          ]),
      {
        ...{ kind: 'path', id: one.id, d: curvePath(one, axis, plot), stroke: colour },
        strokeWidth: WIDTHS[one.quantity] * line,
        ...(dash === undefined ? {} : { dash }),
      },
    ];
  });
  return {
    width: size.width,
    height: size.height,
    title: curvesSentence(picture),
    marks: [
      ...axisMarks(layout, title, size),
      { kind: 'group', x, y, clip, marks: curves },
      ...nameMarks(picture, layout, text),
      ...timeMarks(picture, layout, text),
    ],
  };
}

/** Lines at powers of ten, their numbers on the right, and over them what they are. */
function axisMarks(
  { x, y, plot, axis }: CurvesLayout,
  title: string,
  { width, text: size }: DrawingSize,
): Mark[] {
  const right = x + plot.width;
  return [
    ...axis.ticks.flatMap((tick): Mark[] => {
      const at = y + plot.height * (1 - alongLog(tick, axis));
      const dash = tick === 1 ? { stroke: 'line-3' as const, dash: [3, 4] } : { stroke: 'line-1' as const };
      return [
        { kind: 'line', x1: x, y1: at, x2: right, y2: at, ...dash },
        {
          ...{ kind: 'text', x: right + size * 0.6, y: at, text: formatTick(tick), size, fill: 'text-2' },
          baseline: 'middle',
        },
      ];
    }),
    {
      ...{ kind: 'text', x, y: size * 0.5, size, fill: 'text-2', baseline: 'top' },
      text: fitText(title, width - x, { size }),
    },
  ];
}

/** The curve whose tokens stand under all: it has as many as there are steps. */
function longestOf(series: readonly Series[], steps: number): Series | undefined {
  return series.find((one) => one.distances === null && one.values.length === steps);
}

/** Tokens under the curves, of the longest one, and how far back they go. */
function timeMarks(
  { series, isBack }: CurvesPicture,
  { x, y, plot, isLow }: CurvesLayout,
  size: number,
): Mark[] {
  const longest = longestOf(series, plot.steps);
  const top = y + plot.height;
  // Every token stands at its step: the first at the left end of the curves, the last at the right.
  const pitch = plot.width / Math.max(plot.steps - 1, 1);
  const place = { x: x - pitch / 2, y: top + size * 0.2, width: pitch * plot.steps };
  const back = {
    kind: 'text',
    y: top + size * (LINE_HEIGHT + 0.6),
    size,
    fill: 'text-3',
    baseline: 'top',
  } as const;
  const first = isBack ? `${counted(Math.round(plot.steps - 1), 'step')} back` : 'first token';
  const last = isBack ? 'the last step' : 'last token';
  const fits = textWidth(first, { size }) + textWidth(last, { size }) + size <= plot.width;
  return [
    ...(longest === undefined ? [] : timeAxis(longest.tokens, place, size)),
    ...(isLow ? [] : [{ ...back, x, text: first }]),
    ...(isLow || !fits ? [] : [{ ...back, x: x + plot.width, anchor: 'end' as const, text: last }]),
  ];
}

/** `layer 1, cell` and its last value. */
function labelWidth(one: Series, name: string, size: number): number {
  return (
    textWidth(name, { size }) + size * 0.6 + textWidth(valueOf(one), { size: valueSize(size), weight: 700 })
  );
}

function valueSize(size: number): number {
  return size >= ROOM_TEXT ? size * HEADLINE : size;
}

/** The value at a curve's far end, an estimate with its error; of a direction that reads from the end of the text at the right. */
function valueOf(one: Series): string {
  const end = farthest(one);
  const share = one.error === null ? null : farthest({ values: one.error, reverse: one.reverse });
  // Of what is too small for a number, or is none, no part is known.
  const isKnown = share !== null && Number.isFinite(share) && end > 0;
  return `${one.reverse ? '→ ' : ''}${formatValue(end)}${isKnown ? ` ±${Math.round(share * 100)} %` : ''}`;
}

/** Names at the left ends of curves, moved apart, with lines to where they belong. */
function nameMarks(
  { series, models, reach }: CurvesPicture,
  { x, y, plot, axis }: CurvesLayout,
  size: number,
): Mark[] {
  if (reach < 1) return [];
  const nameOf = namesOf(series);
  const ends = series.map((one) => {
    const value = one.values[0] ?? 0;
    return { one, x: x + xOf(distanceOf(one, 0), plot), y: y + plot.height * (1 - alongLog(value, axis)) };
  });
  const places = spread(
    ends.map((end) => end.y),
    valueSize(size) * LINE_HEIGHT,
    y,
    y + plot.height,
  );
  return ends.flatMap(({ one, ...end }, index): Mark[] => {
    const at = places[index];
    if (at === undefined) return [];
    const colour = colourOf(one.model.id, models);
    const value = valueOf(one);
    const gap = size * 0.6;
    const valueWidth = textWidth(value, { size: valueSize(size), weight: 700 });
    const room = x - 1.6 * gap - valueWidth;
    const text = { kind: 'text', y: at, size, baseline: 'middle', anchor: 'end' } as const;
    return [
      {
        kind: 'line',
        x1: x - gap * 0.7,
        y1: at,
        x2: end.x,
        y2: end.y,
        stroke: colour,
        strokeWidth: size / 5,
      },
      { ...text, x: x - gap, text: value, size: valueSize(size), fill: 'text-1', weight: 700 },
      {
        ...text,
        x: x - gap - valueWidth - gap * 0.6,
        text: fitText(nameOf(one), room, { size }),
        fill: 'text-2',
      },
    ];
  });
}

/** Places as near as possible to those wished, at least `gap` apart; undefined where there is no room left. */
export function spread(
  wished: readonly number[],
  gap: number,
  low: number,
  high: number,
): readonly (number | undefined)[] {
  const fit = Math.max(1, Math.floor((high - low) / gap) + 1);
  const order = wished.map((_, i) => i).sort((a, b) => (wished[a] ?? 0) - (wished[b] ?? 0));
  const placed = order.slice(0, fit).map((index) => wished[index] ?? 0);
  for (let i = 1; i < placed.length; i++) placed[i] = Math.max(placed[i] ?? 0, (placed[i - 1] ?? 0) + gap);
  for (let i = placed.length - 1; i >= 0; i--) {
    const most = high - (placed.length - 1 - i) * gap;
    placed[i] = Math.min(placed[i] ?? 0, most);
  }
  const result: (number | undefined)[] = wished.map(() => undefined);
  for (const [i, at] of placed.entries()) result[order[i] ?? 0] = at;
  return result;
}
