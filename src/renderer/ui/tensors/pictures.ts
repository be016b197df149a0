/** The statistics of a tensor as pictures. */
import type { PooledSlice } from '../../../common/tensors/slice.ts';
import type { TensorStatistics } from '../../analysis/tensor-statistics.ts';
import { formatTick, formatValue, formatWhole } from '../../common/numbers.ts';
import type { Drawing, Mark } from '../../drawing/drawing.ts';
import { heatmapMarks } from '../../drawing/parts/heatmap.ts';
import { valueScale } from '../../drawing/parts/value-axis.ts';

const TEXT = 12;

/** Values by bins of equal width, the count of the fullest at its top. */
export function histogramDrawing({ bins, least, largest }: TensorStatistics, width: number): Drawing {
  const height = 120;
  const most = bins.reduce((top, count) => Math.max(top, count), 0) || 1;
  const bar = width / bins.length;
  const bottom = height - TEXT * 1.8;
  const top = TEXT * 1.4;
  const marks: Mark[] = [...bins].map((count, i) => {
    const size = (count / most) * (bottom - top);
    return {
      kind: 'rect',
      x: i * bar,
      y: bottom - size,
      width: Math.max(bar - 1, 0.5),
      height: size,
      fill: 'accent',
    };
  });
  const text = (x: number, words: string, anchor: 'start' | 'end'): Mark => ({
    ...{ kind: 'text', x, y: height - TEXT * 0.4, text: words, size: TEXT, fill: 'text-2', anchor },
  });
  return {
    ...{ width, height },
    title: `Histogram from ${formatValue(least)} to ${formatValue(largest)}`,
    marks: [
      { kind: 'line', x1: 0, y1: bottom, x2: width, y2: bottom, stroke: 'line-2' },
      ...marks,
      text(0, formatValue(least), 'start'),
      text(width, formatValue(largest), 'end'),
      {
        ...{ kind: 'text', x: 0, y: TEXT, size: TEXT, fill: 'text-3' },
        text: `fullest of ${bins.length} bins: ${formatWhole(most)} values`,
      },
    ],
  };
}

/** A slice with zero in the middle of the scale. */
export function sliceDrawing({ rows, columns, values }: PooledSlice, width: number): Drawing {
  const reach =
    values.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0) || 1;
  const height = Math.max(24, Math.min(360, (width * rows) / columns));
  return {
    ...{ width, height: height + TEXT * 1.8 },
    title: `Values of the slice, ±${formatValue(reach)}`,
    marks: [
      ...heatmapMarks(
        {
          rows,
          columns,
          values,
          domain: { low: -reach, high: reach, log: false },
          scale: 'diverging',
          isImage: true,
        },
        { x: 0, y: 0, width, height },
      ),
      {
        kind: 'text',
        x: 0,
        y: height + TEXT * 1.3,
        text: `±${formatTick(reach)}, 0 in the middle of the scale`,
        size: TEXT,
        fill: 'text-2',
      },
    ],
  };
}

/** Singular values from the largest on, as heights over their place. */
export function spectrumDrawing(values: ArrayLike<number>, width: number): Drawing {
  const height = 110;
  const all = Array.from(values);
  const [first = 0] = all;
  const bottom = height - TEXT * 1.8;
  const scale = valueScale({ low: 0, high: first || 1, log: false }, [bottom, TEXT * 1.4], 3);
  const points = all.flatMap((value, i) => [(i / Math.max(all.length - 1, 1)) * width, scale.at(value)]);
  const energy = all.reduce((sum, value) => sum + value * value, 0);
  let [sum, rank] = [0, 0];
  while (rank < all.length && sum < 0.9 * energy) sum += (all[rank++] ?? 0) ** 2;
  return {
    ...{ width, height },
    title: `Singular values from ${formatValue(first)} to ${formatValue(all.at(-1) ?? 0)}`,
    marks: [
      { kind: 'line', x1: 0, y1: bottom, x2: width, y2: bottom, stroke: 'line-2' },
      { kind: 'polyline', points, stroke: 'accent', strokeWidth: 2 },
      { kind: 'text', x: 0, y: TEXT, text: `largest ${formatValue(first)}`, size: TEXT, fill: 'text-2' },
      {
        ...{ kind: 'text', x: width, y: height - TEXT * 0.4, size: TEXT, fill: 'text-2', anchor: 'end' },
        text: `${rank} of ${all.length} hold 90 % of the squares`,
      },
    ],
  };
}
