import { scaleLinear, scaleLog } from 'd3-scale';
import type { Domain } from '../../common/heatmap/scale.ts';
import { formatTick } from '../../common/numbers.ts';
import type { Mark } from '../drawing.ts';
import { textWidth } from '../text.ts';

/** From values to pixels, with round numbers on the way. */
export interface ValueScale {
  at(value: number): number;
  readonly ticks: readonly number[];
}

/**
 * @param domain with `log`, its low end is above 0: what is below stands on the low end
 * @param range pixels of the low and of the high end
 * @param count of ticks, about
 */
export function valueScale(
  { low, high, log }: Domain,
  range: readonly [number, number],
  count: number,
): ValueScale {
  // A single value stands in the middle of a domain around it.
  const spread = high > low ? [low, high] : log ? [low / 10, low * 10] : [low - 1, low + 1];
  if (!log) {
    const scale = scaleLinear(spread, range);
    return { at: (value) => scale(value), ticks: scale.ticks(count) };
  }
  const scale = scaleLog(spread, range).clamp(true);
  const all = scale.ticks(count);
  const powers = all.filter((tick) => Math.abs(Math.log10(tick) - Math.round(Math.log10(tick))) < 1e-9);
  const ticks = powers.length >= 2 ? powers : all;
  const step = Math.max(1, Math.ceil(ticks.length / (count + 1)));
  return { at: (value) => scale(value), ticks: ticks.filter((_, i) => i % step === 0) };
}

interface AxisPlace {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Lines across a plot at round values of its height, with numbers left of it and a name on its side. */
export function leftAxis(scale: ValueScale, plot: AxisPlace, size: number, title?: string): Mark[] {
  const marks = scale.ticks.flatMap((tick): Mark[] => {
    const y = scale.at(tick);
    return [
      {
        kind: 'line',
        x1: plot.x,
        y1: y,
        x2: plot.x + plot.width,
        y2: y,
        stroke: tick === 0 ? 'line-3' : 'line-1',
      },
      {
        ...{ kind: 'text', x: plot.x - size * 0.6, y, text: formatTick(tick), size, fill: 'text-2' },
        ...{ anchor: 'end', baseline: 'middle' },
      },
    ];
  });
  if (title === undefined) return marks;
  const x = plot.x - leftAxisRoom(scale, size) - size * 0.8;
  return [
    ...marks,
    {
      ...{ kind: 'text', x, y: plot.y + plot.height / 2, text: title, size, fill: 'text-2', rotate: -90 },
      ...{ anchor: 'middle', baseline: 'middle' },
    },
  ];
}

/** How wide the numbers of a left axis are, with their gap; a title takes 1.6 times the text's size more. */
export function leftAxisRoom({ ticks }: ValueScale, size: number): number {
  return Math.max(0, ...ticks.map((tick) => textWidth(formatTick(tick), { size }))) + size * 0.6;
}

/** Lines up a plot at round values of its width, with numbers under it and a name below them. */
export function bottomAxis(scale: ValueScale, plot: AxisPlace, size: number, title?: string): Mark[] {
  const bottom = plot.y + plot.height;
  const marks = scale.ticks.flatMap((tick): Mark[] => {
    const x = scale.at(tick);
    return [
      { kind: 'line', x1: x, y1: plot.y, x2: x, y2: bottom, stroke: tick === 0 ? 'line-3' : 'line-1' },
      {
        ...{ kind: 'text', x, y: bottom + size * 0.4, text: formatTick(tick), size, fill: 'text-2' },
        ...{ anchor: 'middle', baseline: 'top' },
      },
    ];
  });
  if (title === undefined) return marks;
  return [
    ...marks,
    {
      ...{
        kind: 'text',
        x: plot.x + plot.width / 2,
        y: bottom + size * 1.8,
        text: title,
        size,
        fill: 'text-2',
      },
      ...{ anchor: 'middle', baseline: 'top' },
    },
  ];
}
