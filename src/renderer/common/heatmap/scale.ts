import { coordinate, rounded } from '../numbers.ts';
import { interpolateCividis, interpolateViridis } from 'd3-scale-chromatic';

/** Red, green and blue, 0 … 1, sRGB. */
export type Rgb = readonly [number, number, number];

/** `viridis` and `cividis` for weights; `diverging` for signed values, zero in the middle. */
export type ScaleName = 'viridis' | 'cividis' | 'diverging';

/** From values to the scale: its ends, and whether steps are ratios. `low` is above 0 when `log` is set. */
export interface Domain {
  readonly low: number;
  readonly high: number;
  readonly log: boolean;
}

/** Colours in a scale's table. */
export const SCALE_STEPS = 256;

/** Ends of the diverging scale (Okabe and Ito's blue and vermilion), and its middle on each ground. */
const NEGATIVE: Rgb = [0, 0.447, 0.698];
const POSITIVE: Rgb = [0.835, 0.369, 0];
const MIDDLE: Readonly<Record<'light' | 'dark', Rgb>> = {
  light: [0.955, 0.955, 0.955],
  dark: [0.16, 0.17, 0.18],
};

const tables = new Map<string, readonly Rgb[]>();

/** A scale as 256 colours: the one table that shader, legend and export read. */
export function scaleColours(name: ScaleName, ground: 'light' | 'dark'): readonly Rgb[] {
  const key = name === 'diverging' ? `${name} ${ground}` : name;
  const known = tables.get(key);
  if (known !== undefined) return known;
  const colour = {
    viridis: (at: number) => parseRgb(interpolateViridis(at)),
    cividis: (at: number) => parseRgb(interpolateCividis(at)),
    diverging: (at: number) => {
      const middle = MIDDLE[ground];
      return at < 0.5 ? mixOklab(NEGATIVE, middle, at * 2) : mixOklab(middle, POSITIVE, at * 2 - 1);
    },
  }[name];
  const table = Array.from({ length: SCALE_STEPS }, (_, i) => colour((i + 0.5) / SCALE_STEPS));
  tables.set(key, table);
  return table;
}

/** How far along the scale a value lies, 0 … 1; values outside the domain stand at its ends. NaN: it is not a number, or infinite. */
export function along(value: number, { low, high, log }: Domain): number {
  if (!Number.isFinite(value)) return NaN;
  if (log) return value <= low ? 0 : clamp01(Math.log(value / low) / Math.log(high / low));
  return clamp01((value - low) / (high - low));
}

/** The colour of a value, exactly as the shader draws it. */
export function colourOf(value: number, domain: Domain, table: readonly Rgb[]): Rgb {
  const index = Math.min(Math.floor(along(value, domain) * SCALE_STEPS), SCALE_STEPS - 1);
  return table[index] ?? [0, 0, 0];
}

/** A colour for CSS and 2D canvases. */
export function cssColour([red, green, blue]: Rgb): string {
  return `rgb(${Math.round(red * 255)} ${Math.round(green * 255)} ${Math.round(blue * 255)})`;
}

/** A scale as a CSS gradient. */
export function cssGradient(table: readonly Rgb[], direction: string): string {
  const stops = Array.from({ length: 17 }, (_, i) => {
    const colour = table[Math.min(Math.round((i / 16) * SCALE_STEPS), SCALE_STEPS - 1)];
    return `${cssColour(colour ?? [0, 0, 0])} ${coordinate((i / 16) * 100)}%`;
  });
  return `linear-gradient(${direction}, ${stops.join(', ')})`;
}

/**
 * Numbers for a legend, ascending, at most `count` + 1: powers of ten on a log scale, else round steps. The end is among
 * them where the last round number is far from it.
 */
export function ticks(domain: Domain, count = 4): number[] {
  const { low, high } = domain;
  if (!(high > low)) return [low];
  const round = domain.log ? powersOfTen(domain, count) : roundSteps(domain, count);
  const last = round.at(-1);
  return last === undefined || along(last, domain) < 0.7 ? [...round, high] : round;
}

function powersOfTen({ low, high }: Domain, count: number): number[] {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  const step = Math.max(1, Math.ceil((last - first) / count));
  const powers: number[] = [];
  for (let power = first; power <= last; power += step) powers.push(Number(`1e${power}`));
  return powers;
}

function roundSteps({ low, high }: Domain, count: number): number[] {
  const raw = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= raw * 0.999) ?? 10) * power;
  const result: number[] = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high * (1 + 1e-9); i++)
    result.push(rounded(i * step));
  return result;
}

/** `#rrggbb`, `#rgb` or `rgb(r, g, b)`. @throws Error for anything else. */
export function parseRgb(text: string): Rgb {
  const hex =
    /^#([0-9a-f]{6})$/i.exec(text)?.[1] ?? /^#([0-9a-f]{3})$/i.exec(text)?.[1]?.replace(/./g, '$&$&');
  if (hex !== undefined) {
    const number = Number.parseInt(hex, 16);
    return [(number >> 16) / 255, ((number >> 8) & 255) / 255, (number & 255) / 255];
  }
  const parts = /^rgba?\(\s*([\d.]+)[,\s]+([\d.]+)[,\s]+([\d.]+)/.exec(text);
  if (parts === null) throw new Error(`“${text}” is no colour.`);
  return [Number(parts[1]) / 255, Number(parts[2]) / 255, Number(parts[3]) / 255];
}

function clamp01(value: number): number {
  return Math.min(Math.max(value, 0), 1);
}

/** Between two colours in OKLab (Björn Ottosson, 2020), where equal steps look equal. */
export function mixOklab(from: Rgb, to: Rgb, at: number): Rgb {
  const a = toOklab(from);
  const b = toOklab(to);
  return fromOklab([a[0] + (b[0] - a[0]) * at, a[1] + (b[1] - a[1]) * at, a[2] + (b[2] - a[2]) * at]);
}

/** A colour by lightness, chroma and hue in degrees, as CSS's `oklch()`. */
export function fromOklch(lightness: number, chroma: number, hue: number): Rgb {
  const angle = (hue * Math.PI) / 180;
  return fromOklab([lightness, chroma * Math.cos(angle), chroma * Math.sin(angle)]);
}

function toOklab(colour: Rgb): Rgb {
  const linear = (channel: number) =>
    channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  const [r, g, b] = [linear(colour[0]), linear(colour[1]), linear(colour[2])];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function fromOklab([lightness, a, b]: Rgb): Rgb {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const encode = (channel: number) =>
    clamp01(channel <= 0.0031308 ? channel * 12.92 : 1.055 * channel ** (1 / 2.4) - 0.055);
  return [
    encode(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    encode(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    encode(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}
