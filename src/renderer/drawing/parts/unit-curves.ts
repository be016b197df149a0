/** The curves of one unit: its gates over its states, step by step. */
import { coordinate, formatValue } from '../../common/numbers.ts';
import type { UnitCurve } from '../../common/recurrent/unit-values.ts';
import type { Mark } from '../drawing.ts';
import { smallerSize } from '../text.ts';

interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Room for names left of x. */
  readonly left: number;
  readonly text: number;
  /** The step whose values stand beside the names; null: none. */
  readonly step: number | null;
}

/** Gates and the candidate above, cell and hidden state below, each with its own axis; names with values on the left. */
export function unitMarks(curves: readonly UnitCurve[], place: Place): Mark[] {
  const isState = ({ lane }: UnitCurve) => lane.title === 'cell' || lane.title === 'hidden';
  const groups = [curves.filter((curve) => !isState(curve)), curves.filter(isState)].filter(
    (group) => group.length > 0,
  );
  const gap = Math.min(place.text, place.height * 0.06);
  const free = place.height - gap * (groups.length - 1);
  let y = place.y;
  return groups.flatMap((group) => {
    // Every name has the same room.
    const height = (free * group.length) / curves.length;
    const marks = plotMarks(group, { ...place, height, y });
    y += height + gap;
    return marks;
  });
}

function plotMarks(group: readonly UnitCurve[], { x, y, width, height, left, text, step }: Place): Mark[] {
  const hasSigned = group.some(({ lane }) => lane.kind === 'signed');
  const isGates = group.some(({ lane }) => lane.kind === 'gate');
  const size = isGates ? 1 : Math.max(1e-6, ...group.map(({ values }) => largest(values)));
  const low = hasSigned ? -size : 0;
  const yOf = (value: number) =>
    y + height * (1 - (Math.min(Math.max(value, low), size) - low) / (size - low));
  const small = smallerSize(text);
  const ticks = hasSigned ? [-size, 0, size] : [0, 1];
  return [
    ...ticks.flatMap((tick): Mark[] => [
      line(yOf(tick), x, width, tick === 0),
      ...(tick < 0 && height < text * 4
        ? []
        : [tickText(tick, x + width - text * 0.2, yOf(tick), small, tick === size)]),
    ]),
    ...group.map(({ lane, values }): Mark => {
      const stroke = { stroke: lane.colour, strokeWidth: text / 7 };
      return { kind: 'path', d: linePath(values, x, width, yOf), ...stroke };
    }),
    ...group.flatMap(({ lane, values }, index): Mark[] => {
      const value = step === null ? undefined : values[step];
      const name = value !== undefined && lane.title === 'candidate' ? 'cand.' : lane.title;
      const pitch = Math.min(text * 1.2, height / group.length);
      const middle = y + (index + 0.5) * pitch;
      return [
        {
          ...{ kind: 'rect', x: x - left, y: middle - pitch * 0.4, width: text * 0.3, height: pitch * 0.8 },
          fill: lane.colour,
        },
        {
          ...{ kind: 'text', x: x - left + text * 0.6, y: middle, size: small, baseline: 'middle' },
          ...{
            text: value === undefined ? name : `${name} ${formatValue(value)}`,
            fill: 'text-1',
            weight: 700,
          },
        },
      ];
    }),
  ];
}

function line(y: number, x: number, width: number, isZero: boolean): Mark {
  return { kind: 'line', x1: x, y1: y, x2: x + width, y2: y, stroke: isZero ? 'line-2' : 'line-1' };
}

/** A number over its line, or under the uppermost one. */
function tickText(tick: number, x: number, y: number, size: number, isTop: boolean): Mark {
  return {
    ...{
      kind: 'text',
      x,
      y: y + size * (isTop ? 0.15 : -0.2),
      text: formatValue(tick),
      size,
      fill: 'text-3',
    },
    ...{ anchor: 'end', halo: 'surface-1', baseline: isTop ? 'top' : 'alphabetic' },
  };
}

function largest(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, Number.isFinite(value) ? Math.abs(value) : 0), 0);
}

/** A curve through the middles of steps; of long texts the least and the largest value of each pixel. */
function linePath(values: Float32Array, x: number, width: number, yOf: (value: number) => number): string {
  const T = values.length;
  const perPixel = Math.max(1, Math.floor(T / Math.max(width, 1)));
  let path = '';
  for (let t = 0; t < T; t += perPixel) {
    let [low, high] = [Infinity, -Infinity];
    for (let i = t; i < Math.min(t + perPixel, T); i++) {
      low = Math.min(low, values[i] ?? 0);
      high = Math.max(high, values[i] ?? 0);
    }
    if (!Number.isFinite(low) || !Number.isFinite(high)) continue;
    const at = coordinate(x + ((t + perPixel / 2) / T) * width, 1);
    path += `${path === '' ? 'M' : 'L'}${at},${coordinate(yOf(high), 1)}`;
    if (low !== high) path += `L${at},${coordinate(yOf(low), 1)}`;
  }
  return path;
}
