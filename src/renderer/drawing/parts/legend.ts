import { formatTick, formatValue } from '../../common/numbers.ts';
import { along, SCALE_STEPS, ticks, type Domain } from '../../common/heatmap/scale.ts';
import type { Mark, Paint, ScaleRole } from '../drawing.ts';
import { LINE_HEIGHT, textWidth } from '../text.ts';

/** Marks from a place on, and the room that they take. */
export interface Block {
  readonly marks: readonly Mark[];
  readonly width: number;
  readonly height: number;
}

/** A scale of colours: its name, the bar, and the values at its ends and between them. */
export function colourBar(
  place: { readonly x: number; readonly y: number },
  bar: {
    readonly title: string;
    readonly domain: Domain;
    readonly scale: ScaleRole;
    readonly masked?: boolean;
    /** Some values are not finite; left out: none. */
    readonly invalid?: boolean;
    /** The part of the scale that its colours are of; left out: all of it. */
    readonly part?: readonly [number, number];
    /** Width for all of it: the bar is shorter where it must be. */
    readonly room?: number;
  },
  size: number,
): Block {
  const { title, domain, scale, masked = false, invalid = false, part = [0, 1] } = bar;
  const name = domain.log ? `${title}, log` : title;
  const face = { size };
  const height = size * 0.9;
  const label = textWidth(name, face);
  const ends = [domain.low, domain.high].map((value) => textWidth(formatTick(value), face));
  const beside = label + size + ((ends[0] ?? 0) + (ends[1] ?? 0)) / 2;
  const width = Math.max(Math.min(size * 11, (bar.room ?? Infinity) - beside), size * 3);
  const x = place.x + label + size + (ends[0] ?? 0) / 2;
  const middle = place.y + height / 2;
  const marks: Mark[] = [
    { kind: 'text', x: place.x, y: middle, text: name, size, fill: 'text-2', baseline: 'middle' },
    {
      ...{ kind: 'image', x, y: place.y, width, height },
      raster: {
        ...{ columns: SCALE_STEPS, rows: 1, scale },
        places: Float32Array.from(
          { length: SCALE_STEPS },
          (_, i) => part[0] + ((part[1] - part[0]) * (i + 0.5)) / SCALE_STEPS,
        ),
      },
    },
  ];
  for (const value of endsAndRound(domain, width, size))
    marks.push({
      ...{ kind: 'text', x: x + along(value, domain) * width, y: place.y + height + size * 0.35 },
      ...{ text: formatTick(value), size, fill: 'text-1', anchor: 'middle', baseline: 'top' },
    });
  let end = x + width + (ends[1] ?? 0) / 2;
  const others: readonly (readonly [isThere: boolean, text: string, fill: Paint])[] = [
    [masked, 'masked', 'surface-3'],
    [invalid, 'NaN or ∞', 'danger'],
  ];
  for (const [isThere, text, fill] of others) {
    if (!isThere) continue;
    const at = end + size * 1.5;
    const right = at + height + size * 0.5;
    marks.push(
      { kind: 'rect', x: at, y: place.y, width: height, height, fill, stroke: 'line-2' },
      { kind: 'text', x: right, y: middle, text, size, fill: 'text-2', baseline: 'middle' },
    );
    end = right + textWidth(text, face);
  }
  return { marks, width: end - place.x, height: height + size * (0.35 + LINE_HEIGHT) };
}

/** Both ends of a domain, and the round values between them that have room. */
function endsAndRound(domain: Domain, width: number, size: number): number[] {
  const { low, high } = domain;
  if (!(high > low)) return [low];
  const shown = [low, high];
  const place = (value: number) => along(value, domain) * width;
  const room = (value: number) => textWidth(formatValue(value), { size }) / 2 + size * 0.4;
  for (const value of ticks(domain, 2))
    if (shown.every((other) => Math.abs(place(other) - place(value)) >= room(other) + room(value)))
      shown.push(value);
  return shown.sort((a, b) => a - b);
}

/** What a colour or a stroke stands for. */
export interface LegendItem {
  readonly label: string;
  readonly paint: Paint;
  /** `square` when left out; an `outline` is an empty box. */
  readonly shape?: 'square' | 'outline' | 'line' | 'circle';
  readonly dash?: readonly number[];
}

/** Items in lines, as wide as the room. */
export function legend(
  place: { readonly x: number; readonly y: number; readonly width: number },
  items: readonly LegendItem[],
  size: number,
): Block {
  const marks: Mark[] = [];
  const line = size * 1.5;
  let [x, y, widest] = [0, 0, 0];
  for (const item of items) {
    const sample = item.shape === 'line' ? size * 1.8 : size * 0.9;
    const width = sample + size * 0.5 + textWidth(item.label, { size });
    if (x > 0 && x + width > place.width) [x, y] = [0, y + line];
    const [left, middle] = [place.x + x, place.y + y + line / 2];
    marks.push(sampleOf(item, left, middle, sample, size), {
      ...{ kind: 'text', x: left + sample + size * 0.5, y: middle, text: item.label, size },
      ...{ fill: 'text-2', baseline: 'middle' },
    });
    x += width + size * 1.4;
    widest = Math.max(widest, x - size * 1.4);
  }
  return { marks, width: widest, height: items.length === 0 ? 0 : y + line };
}

function sampleOf(
  { shape = 'square', paint, dash }: LegendItem,
  x: number,
  y: number,
  width: number,
  size: number,
): Mark {
  const dashed = dash === undefined ? {} : { dash };
  if (shape === 'line')
    return {
      kind: 'line',
      x1: x,
      y1: y,
      x2: x + width,
      y2: y,
      stroke: paint,
      strokeWidth: size / 6,
      ...dashed,
    };
  if (shape === 'circle') return { kind: 'circle', x: x + width / 2, y, radius: width / 2, fill: paint };
  const box = { kind: 'rect', x, y: y - width / 2, width, height: width, radius: size / 6 } as const;
  return shape === 'outline' ? { ...box, stroke: paint, ...dashed } : { ...box, fill: paint };
}
