/** Curves on a logarithmic axis, over the steps of a text. */
import { coordinate } from '../../common/numbers.ts';
import { distanceOf, type Series } from './series.ts';

/** A logarithmic axis. */
export interface LogAxis {
  readonly low: number;
  readonly high: number;
  /** Powers of ten, at most eight. */
  readonly ticks: readonly number[];
}

/** Norms below this are drawn on the floor: f32 has no digits for them. */
const FLOOR = 1e-30;
const MOST_TICKS = 8;

/** Whole powers of ten around everything that is above 0. @param most ticks that there is room for, beside the first */
export function logAxis(series: readonly Pick<Series, 'values'>[], most = MOST_TICKS): LogAxis {
  let low = Infinity;
  let high = 0;
  for (const { values } of series)
    for (const value of values) {
      if (!(value > FLOOR) || !Number.isFinite(value)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  if (high === 0) return { low: 0.1, high: 1, ticks: [0.1, 1] };
  const first = Math.floor(Math.log10(low) + 1e-9);
  const last = Math.max(Math.ceil(Math.log10(high) - 1e-9), first + 1);
  const step = Math.max(1, Math.ceil((last - first) / Math.min(most, MOST_TICKS)));
  const ticks: number[] = [];
  for (let power = last; power >= first; power -= step) ticks.push(Number(`1e${power}`));
  return { low: Number(`1e${first}`), high: Number(`1e${last}`), ticks };
}

/** Place of a value on the axis, 0 at its foot and 1 at its head; what is too small or not a number stands at the foot. */
export function alongLog(value: number, { low, high }: Pick<LogAxis, 'low' | 'high'>): number {
  if (!(value > low)) return 0;
  return Math.min(Math.log(value / low) / Math.log(high / low), 1);
}

/** Room of the curves: pixels, and the steps that the axis of time has. */
export interface Plot {
  readonly width: number;
  readonly height: number;
  readonly steps: number;
}

/** Place of the step that is `distance` steps before the last one. */
export function xOf(distance: number, { width, steps }: Pick<Plot, 'width' | 'steps'>): number {
  return steps <= 1 ? width : width * (1 - distance / (steps - 1));
}

/** A curve as an SVG path, the last step at the right, with gaps where it is 0; long ones by the extremes of each pixel. */
export function curvePath(series: Pick<Series, 'values' | 'distances'>, axis: LogAxis, plot: Plot): string {
  const { values } = series;
  const T = values.length;
  const y = (value: number) => coordinate(plot.height * (1 - alongLog(value, axis)), 1);
  let path = '';
  let pen: 'M' | 'L' = 'M';
  const perPixel = Math.max(1, Math.floor(T / Math.max(plot.width, 1)));
  for (let t = 0; t < T; t += perPixel) {
    let low = Infinity;
    let high = -Infinity;
    for (let i = t; i < Math.min(t + perPixel, T); i++) {
      low = Math.min(low, values[i] ?? 0);
      high = Math.max(high, values[i] ?? 0);
    }
    if (!(high > 0)) {
      pen = 'M';
      continue;
    }
    const x = coordinate(xOf(distanceOf(series, t), plot), 1);
    path += `${pen}${x},${y(high)}`;
    if (low !== high) path += `L${x},${y(low)}`;
    pen = 'L';
  }
  return path;
}

/** The band of one standard error around a curve, as a closed path; of long curves one step a pixel, the widest. */
export function bandPath(values: Float32Array, error: Float32Array, axis: LogAxis, plot: Plot): string {
  const T = values.length;
  if (T === 0) return '';
  const at = (t: number, sign: number) => {
    const value = (values[t] ?? 0) * (1 + sign * (error[t] ?? 0));
    return `${coordinate(xOf(T - 1 - t, plot), 1)},${coordinate(plot.height * (1 - alongLog(value, axis)), 1)}`;
  };
  const perPixel = Math.max(1, Math.floor(T / Math.max(plot.width, 1)));
  const steps: number[] = [];
  for (let t = 0; t < T; t += perPixel) {
    let widest = t;
    for (let i = t; i < Math.min(t + perPixel, T); i++)
      if ((error[i] ?? 0) > (error[widest] ?? 0)) widest = i;
    steps.push(widest);
  }
  const up = steps.map((t) => at(t, 1));
  const down = steps.reverse().map((t) => at(t, -1));
  return `M${[...up, ...down].join('L')}Z`;
}
