/** Where things lie on the stage: everything has its place, whatever the phase and the step, and nothing is scrolled. */
import type { DrawingSize } from '../../drawing/drawing.ts';
import { textWidth } from '../../drawing/text.ts';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Stage {
  /** Size of its text. */
  readonly text: number;
  /** What happens now, in words. */
  readonly caption: Box;
  /** The output so far. */
  readonly output: Box;
  /** Arcs between output and source. */
  readonly arcs: Box;
  /** States of the encoder, a column for each source token. */
  readonly states: Box;
  /** The source's tokens, under their states. */
  readonly source: Box;
  /** Numbers under them: score and weight. */
  readonly numbers: Box;
  /** Bars of the weights, which can be dragged. */
  readonly weights: Box;
  /** The context as a bar like the states'. */
  readonly context: Box;
  /** The next word and its rivals. */
  readonly rivals: Box;
  /** The alignment of all steps; null: no room. */
  readonly matrix: Box | null;
  /** Width of a column. */
  readonly column: number;
  /** The source's tokens are written upwards. */
  readonly slanted: boolean;
  /** There is no room for the numbers under the words. */
  readonly isLow: boolean;
}

/** Sizes of the text that a picture needs for all of its rows. */
const LEAST = 25;

/** @param source texts of the source's tokens @param steps of the decoder */
export function stageOf(
  { width, height, text: wanted }: DrawingSize,
  source: readonly string[],
  steps: number,
): Stage {
  // Where there is little room, as at 200 %, the text gives way before a part of the picture does.
  const text = Math.max(9, Math.min(wanted, height / 24, width / 34));
  const margin = text;
  const hasMatrix = width > text * 60 && steps > 1;
  const matrixWidth = hasMatrix ? Math.min((width - 2 * margin) * 0.27, height * 0.7) : 0;
  const right = text * 13;
  const left = width - 2 * margin - matrixWidth - (hasMatrix ? 2 * margin : 0) - right - margin;
  const column = left / Math.max(source.length, 1);
  const longest = Math.max(0, ...source.map((word) => textWidth(word, { size: text, family: 'mono' })));
  // Words and numbers come before room for curves, and bars keep what is left.
  const isLow = height < text * LEAST;
  const slanted = !isLow && longest > column - text * 0.3;
  const rows = {
    caption: text * 1.6,
    output: text * (isLow ? 1.5 : 1.8),
    arcs: text * (isLow ? 0.5 : 2.6),
    states: 0,
    source: slanted ? Math.min(longest * 0.75 + text, text * 6) : text * 1.5,
    numbers: isLow ? 0 : text * 3,
    weights: isLow ? Math.max(height * 0.18, text) : text * 4,
  };
  const fixed = Object.values(rows).reduce((sum, size) => sum + size);
  const around = isLow ? 0.4 * margin : 1.8 * margin;
  rows.states = Math.max(text, height - fixed - around - 0.6 * margin);
  let y = margin * (isLow ? 0.2 : 0.6);
  const box = (size: number, x = margin, w = left): Box => {
    const place = { x, y, width: w, height: size };
    y += size;
    return place;
  };
  const whole = width - 2 * margin;
  const caption = box(rows.caption, margin, whole);
  const output = box(rows.output, margin, whole);
  const arcs = box(rows.arcs);
  const states = box(rows.states);
  const under = box(rows.source);
  const numbers = box(rows.numbers);
  const weights = box(rows.weights);
  const side = margin + left + margin;
  const bottom = weights.y + weights.height;
  // Below the arcs, which begin at the words above.
  const top = arcs.y + Math.max(0, arcs.height - text * 1.4);
  return {
    ...{ text, caption, output, arcs, states, source: under, numbers, weights, column, slanted, isLow },
    context: {
      x: side,
      y: states.y,
      width: Math.min(Math.max(column, text * 2), text * 3),
      height: states.height,
    },
    rivals: { x: side, y: under.y, width: right, height: bottom - under.y },
    matrix: hasMatrix
      ? { x: side + right + 2 * margin, y: top, width: matrixWidth, height: bottom - top }
      : null,
  };
}

/** Middle of a source token's column. */
export function middleOf({ states, column }: Pick<Stage, 'states' | 'column'>, index: number): number {
  return states.x + (index + 0.5) * column;
}
