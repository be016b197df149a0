import { formatPercent, formatValue, formatWhole } from '../../common/numbers.ts';
import { tokenName, visibleText } from '../../common/tokens.ts';
import type { Drawing, DrawingSize, Mark } from '../../drawing/drawing.ts';
import { heatmapMarks } from '../../drawing/parts/heatmap.ts';
import { fitText, textWidth } from '../../drawing/text.ts';
import { PHASES, sentenceOf, type PhaseId } from './phases.ts';
import { middleOf, stageOf, type Box, type Stage } from './stage.ts';
import type { AttentionStep } from './step.ts';

/** Cells of a state's bar at most; each is the mean of units that follow one another. */
const CELLS = 24;

export interface ProcessPicture {
  readonly phase: PhaseId;
  /** How far the phase is, 0 … 1. */
  readonly progress: number;
  /** Source token that is looked at; null: the one with the largest weight. */
  readonly looked: number | null;
  /** Weights under a hand that drags them; null: the step's own. */
  readonly dragged?: readonly number[] | null;
}

/** A step of an attention decoder, as far as its phase has come. */
export function processDrawing(value: AttentionStep, picture: ProcessPicture, size: DrawingSize): Drawing {
  const { run, step } = value;
  const source = (run.sourceTokens ?? []).map(({ text }) => visibleText(text));
  const stage = stageOf(size, source, run.tokens.length);
  const weights = picture.dragged ?? Array.from(value.weights);
  const looked = picture.looked ?? strongest(weights);
  const title = `${run.model.name} · step ${tokenName(run.tokens, step)}`;
  const { caption, text } = stage;
  const name = tokenName(run.sourceTokens ?? [], looked);
  const words = sentenceOf(picture.phase, { ...value, weights: Float32Array.from(weights) }, looked, name);
  const face = { size: text, weight: 700 } as const;
  return {
    width: size.width,
    height: size.height,
    marks: [
      {
        ...{ kind: 'text', x: caption.x, y: caption.y + text, ...face, fill: 'text-1' },
        text: fitText(words, caption.width, face),
      },
      ...outputMarks(value, stage, weights, picture),
      ...columnMarks(value, stage, { weights, looked, source, picture }),
      ...resultMarks(value, stage, weights, picture),
      ...matrixMarks(value, stage, weights, picture),
    ],
    title: `${title}: ${words}`,
  };
}

/** 1 once a phase is over, its progress while it is on, 0 before. */
function reached({ phase, progress }: ProcessPicture, wanted: PhaseId): number {
  const [now, at] = [PHASES.indexOf(phase), PHASES.indexOf(wanted)];
  return now > at ? 1 : now === at ? progress : 0;
}

/** The output in a line, its current word marked, with arcs to where it looks. */
function outputMarks(
  { run, step }: AttentionStep,
  stage: Stage,
  weights: readonly number[],
  picture: ProcessPicture,
): Mark[] {
  const { output, arcs, text } = stage;
  const names = run.tokens.map((token) => visibleText(token.text));
  const face = { size: text, family: 'mono' } as const;
  const widths = names.map((word) => textWidth(word, face) + text * 0.35);
  // As much of the text as has room, the current word in it.
  let [from, to, room] = [step, step + 1, output.width - (widths[step] ?? 0)];
  while (room > 0 && (from > 0 || to < names.length)) {
    if (from > 0 && (step - from <= to - step || to >= names.length)) room -= widths[--from] ?? 0;
    else room -= widths[to++] ?? 0;
  }
  if (room < 0 && to - from > 1) {
    if (step - from > to - 1 - step) from++;
    else to--;
  }
  const marks: Mark[] = [];
  let [x, current] = [output.x, output.x];
  for (let index = from; index < to; index++) {
    const isNow = index === step;
    const w = widths[index] ?? 0;
    // What is still to come is not known yet.
    const isKnown = index < step || (isNow && reached(picture, 'word') > 0) || picture.phase === 'word';
    if (isNow) {
      current = x + w / 2;
      marks.push({
        kind: 'rect',
        x,
        y: output.y,
        width: w,
        height: text * 1.5,
        radius: text / 4,
        fill: 'accent-soft',
        stroke: 'accent',
      });
    }
    marks.push({
      ...{ kind: 'text', id: `output-${index}`, x: x + text * 0.15, y: output.y + text * 1.1, ...face },
      text: isNow && !isKnown ? '?' : (names[index] ?? ''),
      ...{
        fill: index > step ? 'text-3' : 'text-1',
        weight: isNow ? 700 : 400,
        opacity: index > step ? 0.6 : 1,
      },
    });
    x += w;
  }
  const share = reached(picture, 'softmax');
  const top = output.y + text * 1.5;
  const bottom = arcs.y + arcs.height;
  for (const [index, weight] of weights.entries()) {
    if (weight < 0.02 || share === 0) continue;
    const end = middleOf(stage, index);
    const half = (top + bottom) / 2;
    marks.push({
      ...{ kind: 'path', d: `M${current} ${top}C${current} ${half} ${end} ${half} ${end} ${bottom}` },
      ...{
        stroke: 'accent',
        strokeWidth: Math.max(1, (weight * text) / 2),
        opacity: share * Math.min(1, 0.25 + weight),
      },
    });
  }
  return marks;
}

/** The states over their words, scores and weights under them. */
function columnMarks(
  { steps, scores, step, run }: AttentionStep,
  stage: Stage,
  shown: { weights: readonly number[]; looked: number; source: readonly string[]; picture: ProcessPicture },
): Mark[] {
  const { states, source: under, numbers, weights: bars, text, column, slanted, isLow } = stage;
  const { weights, looked, source, picture } = shown;
  const K = steps.context.length;
  const pooled =
    scores.length === 0 ? [] : source.map((_, s) => pool(steps.values.subarray(s * K, (s + 1) * K)));
  const reach = Math.max(1e-9, ...pooled.flat().map(Math.abs));
  const domain = { low: -reach, high: reach, log: false };
  const bar = column * 0.7;
  const scored = reached(picture, 'scores');
  const weighed = reached(picture, 'softmax');
  const faded = reached(picture, 'fade');
  const largest = Math.max(...scores);
  const isNarrow = column < text * 3.6;
  const small = isNarrow ? Math.max(text * 0.7, Math.min(text, column / 3.4)) : text;
  // The decoder's state visits one after the other.
  const visited = reached(picture, 'states') * source.length;
  const marks: Mark[] = [];
  for (const [s, word] of source.entries()) {
    const middle = middleOf(stage, s);
    const weight = weights[s] ?? 0;
    const opacity = s < visited ? 1 - faded * (1 - Math.max(0.04, weight)) : 0.12;
    const cells = pooled[s] ?? [];
    marks.push({
      ...{ kind: 'group', id: `source-${s}`, opacity },
      marks: [
        ...heatmapMarks(
          { rows: cells.length, columns: 1, values: cells, domain, scale: 'diverging', isImage: true },
          { x: middle - bar / 2, y: states.y, width: bar, height: states.height },
        ),
        ...(s === looked
          ? [
              {
                kind: 'rect' as const,
                x: middle - bar / 2,
                y: states.y,
                width: bar,
                height: states.height,
                stroke: 'accent' as const,
                strokeWidth: text / 8,
              },
            ]
          : []),
      ],
    });
    const isSpecial = run.sourceTokens?.[s]?.special === true;
    marks.push({
      ...{ kind: 'text', x: middle, y: under.y + text * (slanted ? 0.6 : 1.2), size: text, family: 'mono' },
      ...{ text: fitText(word, slanted ? text * 7 : column, { size: text, family: 'mono' }) },
      ...{ fill: isSpecial ? 'text-3' : 'text-1', weight: s === looked ? 700 : 400 },
      ...(slanted ? { rotate: 45 } : { anchor: 'middle' as const }),
    });
    const number = (y: number, words: string, on: number, fill: 'text-1' | 'text-2'): Mark => ({
      ...{ kind: 'text', x: middle, y, text: words, size: small, fill, anchor: 'middle', opacity: on },
    });
    const [score = NaN] = [scores[s]];
    if (s < scored * source.length && !isLow)
      marks.push(
        number(
          numbers.y + text * 1.1,
          shortScore(score, column, small),
          1,
          score === largest ? 'text-1' : 'text-2',
        ),
      );
    // Where columns are narrow, the small weights would run into each other; their bars are as small.
    if (!isLow && weighed > 0 && (!isNarrow || weight >= 0.005 || s === looked))
      marks.push(number(numbers.y + text * 2.4, formatPercent(weight).replace(' ', ''), weighed, 'text-1'));
    const height = bars.height * Math.min(Math.max(weight, 0), 1) * weighed;
    marks.push(
      { kind: 'rect', x: middle - bar / 2, y: bars.y, width: bar, height: bars.height, fill: 'surface-3' },
      {
        kind: 'rect',
        x: middle - bar / 2,
        y: bars.y + bars.height - height,
        width: bar,
        height,
        fill: 'accent',
      },
    );
  }
  // The decoder's state, where it is.
  if (picture.phase === 'states' && source.length > 0) {
    const at = middleOf(stage, Math.min(Math.max(visited - 0.5, 0), source.length - 1));
    const y = states.y - text * 0.3;
    marks.push({
      ...{ kind: 'polyline', points: [at - text * 0.6, y - text, at + text * 0.6, y - text, at, y] },
      ...{ closed: true, fill: 'query' },
    });
    marks.push({
      kind: 'text',
      x: at + text,
      y: y - text * 0.2,
      text: `state of step ${step}`,
      size: text,
      fill: 'query',
      halo: 'surface-1',
    });
  }
  return marks;
}

/** The context, and the words that it and the state speak for. */
function resultMarks(
  { steps, rivals }: AttentionStep,
  { context: place, rivals: list, text }: Stage,
  weights: readonly number[],
  picture: ProcessPicture,
): Mark[] {
  const share = reached(picture, 'sum');
  const K = steps.context.length;
  // While weights are dragged, the sum follows at once.
  const context = Float32Array.from({ length: K }, (_, i) =>
    weights.reduce((sum, weight, s) => sum + weight * (steps.values[s * K + i] ?? 0), 0),
  );
  const cells = pool(context);
  const reach = Math.max(1e-9, ...cells.map(Math.abs));
  const marks: Mark[] = [];
  if (share > 0) {
    const domain = { low: -reach, high: reach, log: false };
    marks.push({
      ...{ kind: 'group', opacity: share },
      marks: [
        ...heatmapMarks(
          { rows: cells.length, columns: 1, values: cells, domain, scale: 'diverging', isImage: true },
          place,
        ),
        {
          kind: 'text',
          x: place.x + place.width + text * 0.5,
          y: place.y + text,
          text: '= context',
          size: text,
          fill: 'value',
          weight: 700,
        },
        {
          kind: 'text',
          x: place.x + place.width + text * 0.5,
          y: place.y + text * 2.4,
          text: `±${formatValue(reach)}`,
          size: text,
          fill: 'text-2',
        },
      ],
    });
  }
  const said = reached(picture, 'word');
  if (said === 0) return marks;
  const row = Math.min(Math.max(list.height / Math.max(rivals.length, 1), text * 1.3), text * 2);
  const shown = rivals.slice(0, Math.max(1, Math.floor(list.height / row)));
  const face = { size: text, family: 'mono' } as const;
  for (const [index, { token, probability }] of shown.entries()) {
    const y = list.y + index * row;
    marks.push({
      ...{ kind: 'group', opacity: said },
      marks: [
        {
          kind: 'rect',
          x: list.x,
          y: y + row * 0.1,
          width: list.width,
          height: row * 0.8,
          fill: 'surface-3',
        },
        {
          kind: 'rect',
          x: list.x,
          y: y + row * 0.1,
          width: list.width * probability,
          height: row * 0.8,
          fill: 'accent',
          opacity: 0.5,
        },
        {
          kind: 'text',
          x: list.x + text * 0.4,
          y: y + row / 2,
          text: fitText(visibleText(token.text), list.width - text * 5, face),
          ...face,
          fill: 'text-1',
          baseline: 'middle',
          weight: index === 0 ? 700 : 400,
        },
        {
          kind: 'text',
          x: list.x + list.width - text * 0.3,
          y: y + row / 2,
          text: formatPercent(probability),
          size: text,
          fill: 'text-1',
          anchor: 'end',
          baseline: 'middle',
        },
      ],
    });
  }
  return marks;
}

/** Rows of all steps up to this one. */
function matrixMarks(
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
      text: fitText('alignment, a row a step', matrix.width, { size: text }),
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

/** Means of neighbours, so that at most CELLS are left. */
function pool(values: Float32Array): number[] {
  const count = Math.min(CELLS, values.length);
  return Array.from({ length: count }, (_, cell) => {
    const part = values.subarray(
      Math.floor((cell * values.length) / count),
      Math.floor(((cell + 1) * values.length) / count),
    );
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
}

/** Index of the largest weight. */
export function strongest(weights: ArrayLike<number>): number {
  return Array.from(weights).reduce((best, weight, i) => (weight > (weights[best] ?? -1) ? i : best), 0);
}

/** In a narrow column a whole number. */
function shortScore(score: number, width: number, size: number): string {
  const exact = formatValue(score);
  return !Number.isFinite(score) || textWidth(exact, { size }) < width
    ? exact
    : formatWhole(Math.round(score)).replace('-', '−');
}
