import type { Mark } from '../../drawing/drawing.ts';
import { heatmapMarks } from '../../drawing/parts/heatmap.ts';
import { fitText, textWidth } from '../../drawing/text.ts';
import type { Box, Stage } from './stage.ts';
import type { AttentionStep } from './step.ts';
import { reached, type ProcessPicture } from './process.ts';

const WORDS = 'alignment, a row a step';

/** Rows of all steps up to this one. */
export function matrixMarks(
  { all, step, run }: AttentionStep,
  { matrix, text }: Stage,
  weights: readonly number[],
  picture: ProcessPicture,
): Mark[] {
  if (matrix === null) return [];
  const [T, S] = [run.tokens.length, weights.length];
  const values = Float32Array.from(all);
  values.set(weights, step * S);
  const shown = step + (reached(picture, 'softmax') > 0 ? 1 : 0);
  const top = text * 1.6;
  const cell = Math.min(matrix.width / S, (matrix.height - top) / T);
  const place: Box = { x: matrix.x, y: matrix.y + top, width: cell * S, height: cell * T };
  return [
    {
      kind: 'text',
      x: matrix.x,
      y: matrix.y + text,
      text: fitText(textWidth(WORDS, { size: text }) <= matrix.width ? WORDS : 'alignment', matrix.width, {
        size: text,
      }),
      size: text,
      fill: 'text-2',
    },
    ...heatmapMarks(
      {
        ...{ rows: T, columns: S, values, scale: 'sequential', isImage: true },
        domain: { low: 0, high: 1, log: false },
        isMasked: (row) => row >= shown,
      },
      place,
    ),
    {
      kind: 'rect',
      x: place.x,
      y: place.y + step * cell,
      width: place.width,
      height: cell,
      stroke: 'accent',
      strokeWidth: text / 8,
    },
  ];
}
