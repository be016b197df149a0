import { parseRgb } from '../../../src/renderer/common/heatmap/scale.ts';
import { MASKED, type Drawing } from '../../../src/renderer/drawing/drawing.ts';
import { matrixDrawing } from '../../../src/renderer/drawing/parts/matrix.ts';
import type { Token } from '../../../src/renderer/runs/run.ts';

/** Every kind of mark once, and texts that are easily written wrong. */
export const SAMPLE: Drawing = {
  width: 320,
  height: 200,
  title: 'Every kind of mark, <once> & no more',
  marks: [
    { kind: 'rect', x: 10, y: 10, width: 60.123, height: 30, radius: 4, fill: 'surface-3', stroke: 'line-3' },
    {
      kind: 'rect',
      x: 80,
      y: 10,
      width: 20,
      height: 20,
      fill: { head: 3, of: 8 },
      opacity: 0.5,
      crisp: true,
    },
    { kind: 'line', x1: 10, y1: 50, x2: 150, y2: 50, stroke: 'line-3', dash: [3, 2], strokeWidth: 2 },
    {
      kind: 'polyline',
      points: new Float32Array([10, 60, 30, 80, 50, 60]),
      stroke: 'query',
      strokeWidth: 1.5,
    },
    { kind: 'polyline', points: [60, 60, 80, 80, 100, 60], closed: true, fill: 'category-1' },
    { kind: 'path', d: 'M110 60Q120 80 130 60C140 60,140 80,150 80H160V60L165 60Z', stroke: 'accent' },
    { kind: 'circle', x: 190, y: 70, radius: 8.005, fill: { scale: 'sequential', at: 0.7 } },
    { kind: 'circle', x: 212, y: 70, radius: 8, fill: { rgb: parseRgb('#ff8800') } },
    { kind: 'text', x: 10, y: 100, text: ' “the” · 東 & <b>', size: 12, fill: 'text-1' },
    { kind: 'text', x: 160, y: 100, text: 'é\u0301\u0007\ud800', size: 12, fill: 'text-1', family: 'mono' },
    {
      ...{ kind: 'text', x: 300, y: 20, text: 'rotated', size: 11, fill: 'text-2', weight: 700, rotate: -60 },
      ...{ anchor: 'end', baseline: 'middle', halo: 'surface-1' },
    },
    {
      ...{ kind: 'image', x: 10, y: 120, width: 60, height: 40 },
      raster: {
        ...{ columns: 3, rows: 2, scale: 'diverging' },
        places: new Float32Array([0, 0.5, 1, MASKED, NaN, 0.25]),
      },
    },
    {
      ...{ kind: 'image', x: 80, y: 120, width: 20, height: 40, opacity: 0.8 },
      raster: { columns: 1, rows: 2, rgba: new Uint8ClampedArray([255, 0, 0, 255, 0, 0, 255, 128]) },
    },
    {
      ...{ kind: 'group', x: 120, y: 120, clip: { x: 0, y: 0, width: 50, height: 30 } },
      marks: [
        { kind: 'circle', x: 0, y: 0, radius: 40, fill: 'accent' },
        { kind: 'group', opacity: 0.5, marks: [{ kind: 'circle', x: 40, y: 20, radius: 15, fill: 'warn' }] },
      ],
    },
  ],
};

/** Tokens of a text that is cut where `|` stands. */
export function tokensOf(text: string): Token[] {
  let at = 0;
  return text.split('|').map((piece, id): Token => {
    const token: Token = { id, text: piece, span: [at, at + piece.length], special: false };
    at += piece.length;
    return token;
  });
}

const words = tokensOf('Call| me| Ish|mael|.| Some| years| ago|—|never| mind');

/** A causal pattern: every row looks back, evenly. */
export const MATRIX = matrixDrawing(
  {
    title: 'headgate-gpt · L3 H5',
    measure: 'attention',
    domain: { low: 0, high: 1, log: false },
    scale: 'sequential',
    rows: words,
    columns: words,
    rowsAre: 'queries',
    columnsAre: 'keys',
    values: Float32Array.from({ length: 121 }, (_, i) => {
      const [row, column] = [Math.floor(i / 11), i % 11];
      return column > row ? 0 : 2 ** (column - row) / (2 - 2 ** -row);
    }),
    isMasked: (row, column) => column > row,
  },
  { width: 480, height: 480, text: 12 },
);
