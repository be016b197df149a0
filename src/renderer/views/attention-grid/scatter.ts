import { counted } from '../../common/numbers.ts';
import { headName } from '../../common/tokens.ts';
import type { Drawing, DrawingSize, Mark } from '../../drawing/drawing.ts';
import { bottomAxis, leftAxis, leftAxisRoom, valueScale } from '../../drawing/parts/value-axis.ts';
import { fitText, textWidth } from '../../drawing/text.ts';
import {
  labelOf,
  metricMost,
  METRICS,
  numberOf,
  type HeadNumber,
  type MeasuredHead,
} from '../../analysis/heads.ts';

/** Two metrics of every head against each other. @param looked `layer head` of the one that is looked at */
export function scatterDrawing(
  heads: readonly MeasuredHead[],
  { x, y }: { readonly x: HeadNumber; readonly y: HeadNumber },
  count: number,
  { width, height, text }: DrawingSize,
  looked: string | null = null,
): Drawing {
  const domain = (metric: HeadNumber) => ({ low: 0, high: metricMost(metric, heads), log: false });
  const top = text * 1.5;
  const bottom = text * 4;
  const plotHeight = Math.max(height - top - bottom, text * 8);
  const up = valueScale(domain(y), [top + plotHeight, top], 5);
  const left = leftAxisRoom(up, text) + text * 2.6;
  const plot = { x: left, y: top, width: Math.max(width - left - text * 2, text * 8), height: plotHeight };
  const across = valueScale(domain(x), [plot.x, plot.x + plot.width], 6);
  const shown = heads.filter(
    (head) => Number.isFinite(numberOf(head, x)) && Number.isFinite(numberOf(head, y)),
  );
  const points = shown.map((head): Mark => {
    const id = `${head.layer} ${head.head}`;
    return {
      ...{ kind: 'circle', id, x: across.at(numberOf(head, x)), y: up.at(numberOf(head, y)) },
      ...{ radius: text * (id === looked ? 0.75 : 0.5), fill: { head: head.head, of: count } },
      ...(id === looked ? { stroke: 'text-1', strokeWidth: text / 6 } : { opacity: 0.85 }),
    };
  });
  return {
    width,
    height: top + plotHeight + bottom,
    marks: [
      ...leftAxis(up, plot, text, METRICS[y].name),
      ...bottomAxis(across, plot, text, METRICS[x].name),
      ...points,
      ...(heads.length > 0 && shown.length === 0 ? [nothing({ x, y }, plot, text)] : []),
      ...namesOf(shown, { x, y }, across, up, plot.x + plot.width, text, looked),
    ],
    title: `${METRICS[y].name} against ${METRICS[x].name} of ${counted(shown.length, 'head')}`,
  };
}

/** Says why there is no point. */
function nothing(
  axes: { readonly x: HeadNumber; readonly y: HeadNumber },
  plot: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
  text: number,
): Mark {
  const isOfCopies = [axes.x, axes.y].some((axis) => axis === 'induction' || axis === 'duplicate');
  const words = isOfCopies
    ? 'No head has both numbers: in this text no token comes again where it would count.'
    : 'No head has both numbers on this text.';
  return {
    ...{ kind: 'text', x: plot.x + plot.width / 2, y: plot.y + plot.height / 2 },
    ...{
      text: fitText(words, plot.width, { size: text }),
      size: text,
      fill: 'text-2',
      anchor: 'middle',
      halo: 'surface-1',
    },
  };
}

/**
 * The head that an arrow key leads to: the next one by the metric of its axis; at an end the same one.
 * @param looked `layer head` @returns null: the key leads nowhere
 */
export function nextAlong(
  key: string,
  heads: readonly MeasuredHead[],
  axes: { readonly x: HeadNumber; readonly y: HeadNumber },
  looked: string,
): MeasuredHead | null {
  const metric = { ArrowLeft: axes.x, ArrowRight: axes.x, ArrowDown: axes.y, ArrowUp: axes.y }[key];
  if (metric === undefined) return null;
  const step = key === 'ArrowRight' || key === 'ArrowUp' ? 1 : -1;
  const order = heads
    .filter((head) => Number.isFinite(numberOf(head, axes.x)) && Number.isFinite(numberOf(head, axes.y)))
    .toSorted((a, b) => numberOf(a, metric) - numberOf(b, metric));
  const at = order.findIndex(({ layer, head }) => `${layer} ${head}` === looked);
  return order[Math.min(Math.max(at + step, 0), order.length - 1)] ?? null;
}

/** Names beside the points: what is looked at, then those far out, as far as they cover no other. */
function namesOf(
  heads: readonly MeasuredHead[],
  { x, y }: { readonly x: HeadNumber; readonly y: HeadNumber },
  across: ReturnType<typeof valueScale>,
  up: ReturnType<typeof valueScale>,
  right: number,
  text: number,
  looked: string | null,
): Mark[] {
  const size = text * 0.9;
  const taken: { readonly x: number; readonly y: number; readonly width: number }[] = [];
  const far = (head: MeasuredHead) =>
    `${head.layer} ${head.head}` === looked
      ? Infinity
      : numberOf(head, x) / metricMost(x, heads) + numberOf(head, y) / metricMost(y, heads);
  return heads
    .toSorted((a, b) => far(b) - far(a))
    .flatMap((head): Mark[] => {
      const isLooked = `${head.layer} ${head.head}` === looked;
      const name = headName(head.layer, head.head);
      const words = isLooked ? `${name} · ${labelOf(head).text}` : name;
      const width = textWidth(words, { size });
      const at = { x: across.at(numberOf(head, x)) + text * 0.8, y: up.at(numberOf(head, y)), width };
      if (at.x + width > right + text)
        return isLooked ? [label({ ...at, x: at.x - width - text * 1.6 })] : [];
      const isFree = taken.every(
        (other) =>
          Math.abs(other.y - at.y) > size * 1.1 || other.x + other.width < at.x || at.x + width < other.x,
      );
      if (!isFree) return [];
      taken.push(at);
      return [label(at)];

      function label(place: { readonly x: number; readonly y: number }): Mark {
        return {
          ...{ kind: 'text', x: place.x, y: place.y, text: words, size, baseline: 'middle' },
          ...{ fill: isLooked ? 'text-1' : 'text-2', halo: 'surface-1', weight: isLooked ? 700 : 400 },
        };
      }
    });
}
