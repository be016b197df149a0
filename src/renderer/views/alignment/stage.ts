/** Where things lie on the stage: everything has its place, whatever the phase and the step, and nothing is scrolled. */
import type { DrawingSize } from '../../drawing/drawing.ts';
import { leastSize, textWidth } from '../../drawing/text.ts';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** How the source's tokens are written: on a line, slanted, or downwards. */
export type Writing = 'straight' | 'slanted' | 'upright';

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
  /** Numbers under them: score and weight, one of them, or none. */
  readonly numbers: Box;
  readonly numberRows: 0 | 1 | 2;
  /** Bars of the weights, which can be dragged. */
  readonly weights: Box;
  /** The context as a bar like the states'. */
  readonly context: Box;
  /** The next word and its rivals. */
  readonly rivals: Box;
  /** They stand beside the states, and not below. */
  readonly isBeside: boolean;
  /** The alignment of all steps; null: no room. */
  readonly matrix: Box | null;
  /** Width of a column. */
  readonly column: number;
  readonly writing: Writing;
}

/** How high the parts are, in sizes of text; those of the states are what is left. */
interface Level {
  readonly output: number;
  readonly arcs: number;
  readonly numberRows: 0 | 1 | 2;
  readonly weights: number;
  /** The source's tokens may be slanted or upright. */
  readonly turned: boolean;
  /** Rows of the next words where they stand below. */
  readonly rivals: number;
  readonly margins: number;
}

/** From all to what carries the point: words and numbers come before room for curves. */
const LEVELS: readonly Level[] = [
  { output: 1.8, arcs: 2.6, numberRows: 2, weights: 4, turned: true, rivals: 3, margins: 2.4 },
  { output: 1.8, arcs: 1.4, numberRows: 2, weights: 2.6, turned: true, rivals: 2, margins: 1.6 },
  { output: 1.5, arcs: 0.5, numberRows: 1, weights: 2, turned: true, rivals: 1, margins: 1 },
  { output: 1.5, arcs: 0.5, numberRows: 0, weights: 2, turned: false, rivals: 0, margins: 1 },
];
const LEAST_STATES = 3.5;
/** Sizes of the text that a picture needs across with the next words beside its states, and below them. */
const ACROSS = { beside: 34, below: 22 } as const;
/** Wider pictures have their caption in one line, and the alignment of all steps. */
const ONE_LINE = 44;
const WITH_MATRIX = 60;
/** The longest token that is written out, in sizes of text. */
const LONGEST = 6;
/** A column that slanted tokens need, in sizes of text. */
const SLANTED = 1.36;

/** @param source texts of the source's tokens @param steps of the decoder */
export function stageOf(size: DrawingSize, source: readonly string[], steps: number): Stage {
  const { width, height, text: wanted } = size;
  const least = leastSize(wanted);
  const isBeside = width / ACROSS.beside >= least;
  // Where there is little room, as at 200 %, the text gives way before a part of the picture does.
  const fitting = Math.min(wanted, height / 24, width / (isBeside ? ACROSS.beside : ACROSS.below));
  const text = Math.max(least, fitting);
  const across = acrossOf(size, source, { text, isBeside, hasMatrix: steps > 1 });
  const stages = LEVELS.map((level) => stageAt(size, across, level));
  return (stages.find(({ states }) => states.height >= text * LEAST_STATES) ?? stages.at(-1)) as Stage;
}

interface Across {
  readonly text: number;
  readonly isBeside: boolean;
  readonly left: number;
  readonly right: number;
  readonly matrix: number;
  readonly column: number;
  /** The longest token, CSS pixels. */
  readonly longest: number;
}

/** How the width is shared. */
function acrossOf(
  { width, height }: DrawingSize,
  source: readonly string[],
  { text, isBeside, hasMatrix }: { text: number; isBeside: boolean; hasMatrix: boolean },
): Across {
  const margin = text;
  const matrix =
    hasMatrix && width > text * WITH_MATRIX ? Math.min((width - 2 * margin) * 0.27, height * 0.7) : 0;
  const right = text * (isBeside ? 13 : 2.2);
  const left = width - 2 * margin - matrix - (matrix > 0 ? 2 * margin : 0) - right - margin;
  const longest = Math.max(0, ...source.map((word) => textWidth(word, { size: text, family: 'mono' })));
  return { text, isBeside, left, right, matrix, longest, column: left / Math.max(source.length, 1) };
}

function stageAt(size: DrawingSize, across: Across, level: Level): Stage {
  const { width, height } = size;
  const { text, isBeside, left, right, column, longest } = across;
  const margin = text;
  const writing: Writing =
    !level.turned || longest <= column - text * 0.3
      ? 'straight'
      : column >= text * SLANTED
        ? 'slanted'
        : 'upright';
  const sources = {
    straight: text * 1.5,
    slanted: Math.min(longest * 0.75 + text, text * LONGEST),
    upright: Math.min(longest, text * LONGEST) + text * 0.6,
  };
  const rows = {
    caption: text * (level.turned && width < text * ONE_LINE ? 3 : 1.6),
    output: text * level.output,
    arcs: text * level.arcs,
    states: 0,
    source: sources[writing],
    numbers: text * 1.5 * level.numberRows,
    weights: level.turned ? text * level.weights : Math.max(height * 0.18, text),
    rivals: isBeside ? 0 : text * 1.5 * level.rivals,
  };
  const fixed = Object.values(rows).reduce((sum, row) => sum + row);
  rows.states = Math.max(text, height - fixed - level.margins * margin);
  let y = margin * level.margins * 0.25;
  const box = (row: number, x = margin, w = left): Box => {
    const place = { x, y, width: w, height: row };
    y += row;
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
  y += level.margins * margin * 0.25;
  const rivals = isBeside
    ? { x: side, y: under.y, width: right, height: bottom - under.y }
    : box(rows.rivals, margin, whole);
  // Below the arcs, which begin at the words above.
  const top = arcs.y + Math.max(0, arcs.height - text * 1.4);
  return {
    ...{ text, caption, output, arcs, states, source: under, numbers, weights, column, writing, rivals },
    ...{ numberRows: level.numberRows, isBeside },
    context: {
      ...{ x: side, y: states.y, height: states.height },
      width: Math.min(Math.max(column, text * 2), isBeside ? text * 3 : right),
    },
    matrix:
      across.matrix > 0
        ? { x: side + right + 2 * margin, y: top, width: across.matrix, height: bottom - top }
        : null,
  };
}

/** Middle of a source token's column. */
export function middleOf({ states, column }: Pick<Stage, 'states' | 'column'>, index: number): number {
  return states.x + (index + 0.5) * column;
}
