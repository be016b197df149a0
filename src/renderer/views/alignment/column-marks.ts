import { formatPercent, formatTenths, formatValue, formatWhole } from '../../common/numbers.ts';
import type { Mark } from '../../drawing/drawing.ts';
import { heatmapMarks } from '../../drawing/parts/heatmap.ts';
import { fitText, leastSize, textWidth } from '../../drawing/text.ts';
import { shownApart } from './apart.ts';
import { pool, reached, type ProcessPicture } from './process.ts';
import { middleOf, type Stage } from './stage.ts';
import type { AttentionStep } from './step.ts';

/** Between upright words, in sizes of text. */
const UPRIGHT = 1.05;

interface Shown {
  readonly weights: readonly number[];
  readonly looked: number;
  readonly source: readonly string[];
  readonly picture: ProcessPicture;
}

/** The states over their words, scores and weights under them. */
export function columnMarks(step: AttentionStep, stage: Stage, shown: Shown): Mark[] {
  const { weights, looked } = shown;
  // The one that is looked at, and then those with the most weight.
  const rank = (index: number) => (index === looked ? 2 : (weights[index] ?? 0));
  return [
    ...stateMarks(step, stage, shown),
    ...wordMarks(step, stage, shown, rank),
    ...numberMarks(step, stage, shown, rank),
    ...weightMarks(stage, shown),
    ...decoderMarks(step, stage, shown),
  ];
}

/** The decoder's state visits one state of the encoder after the other. */
const visitedOf = ({ source, picture }: Shown) => reached(picture, 'states') * source.length;

function stateMarks({ steps, scores }: AttentionStep, stage: Stage, shown: Shown): Mark[] {
  const { states, text, column } = stage;
  const { weights, looked, source, picture } = shown;
  const K = steps.context.length;
  const pooled =
    scores.length === 0 ? [] : source.map((_, s) => pool(steps.values.subarray(s * K, (s + 1) * K)));
  const reach = Math.max(1e-9, ...pooled.flat().map(Math.abs));
  const domain = { low: -reach, high: reach, log: false };
  const width = column * 0.7;
  const faded = reached(picture, 'fade');
  return source.map((_, s): Mark => {
    const weight = weights[s] ?? 0;
    const cells = pooled[s] ?? [];
    const place = { x: middleOf(stage, s) - width / 2, y: states.y, width, height: states.height };
    return {
      ...{ kind: 'group', id: `source-${s}` },
      opacity: s < visitedOf(shown) ? 1 - faded * (1 - Math.max(0.04, weight)) : 0.12,
      marks: [
        ...heatmapMarks(
          { rows: cells.length, columns: 1, values: cells, domain, scale: 'diverging', isImage: true },
          place,
        ),
        ...(s === looked
          ? [{ kind: 'rect', ...place, stroke: 'accent', strokeWidth: text / 8 } as const]
          : []),
      ],
    };
  });
}

function wordMarks(
  { run }: AttentionStep,
  stage: Stage,
  { looked, source }: Shown,
  rank: (index: number) => number,
): Mark[] {
  const { source: place, text, column, writing } = stage;
  // In narrow columns words that are upright shrink before some are left out.
  const size = writing === 'upright' ? Math.min(text, Math.max(leastSize(text), column / UPRIGHT)) : text;
  const face = { size, family: 'mono' } as const;
  const longest = { straight: text * 9, slanted: text * 7, upright: place.height - text * 0.6 }[writing];
  const words = source.map((word) => fitText(word, longest, face));
  // Turned words are as wide as they are high; where they are slanted, all have room.
  const labels = words.map((word, s) => {
    const width = writing === 'straight' ? textWidth(word, face) : writing === 'slanted' ? 0 : size * UPRIGHT;
    const half = writing === 'straight' ? width / 2 : 0;
    const at = Math.min(Math.max(middleOf(stage, s), place.x + half), place.x + place.width - half);
    return { at, width, rank: rank(s) };
  });
  const shown = shownApart(labels, writing === 'straight' ? text * 0.3 : 0);
  const look = {
    straight: { y: place.y + text * 1.2, anchor: 'middle' },
    slanted: { y: place.y + text * 0.6, rotate: 45 },
    upright: { y: place.y + text * 0.3, rotate: 90, baseline: 'middle' },
  } as const;
  return words.flatMap((word, s): Mark[] => {
    if (!shown.has(s)) return [];
    const isSpecial = run.sourceTokens?.[s]?.special === true;
    return [
      {
        ...{ kind: 'text', x: labels[s]?.at ?? 0, ...look[writing], ...face, text: word },
        ...{ fill: isSpecial ? 'text-3' : 'text-1', weight: s === looked ? 700 : 400 },
      },
    ];
  });
}

function numberMarks(
  { scores }: AttentionStep,
  stage: Stage,
  { weights, looked, picture }: Shown,
  rank: (index: number) => number,
): Mark[] {
  const { numbers, numberRows, text, column } = stage;
  if (numberRows === 0) return [];
  const isNarrow = column < text * 3.6;
  const size = isNarrow ? Math.max(leastSize(text), text * 0.7, Math.min(text, column / 3.4)) : text;
  const row = (y: number, words: readonly string[], look: (index: number) => Partial<Mark>): Mark[] => {
    const labels = words.map((word, s) => ({
      ...{ at: middleOf(stage, s), width: word === '' ? 0 : textWidth(word, { size }), rank: rank(s) },
    }));
    const shown = shownApart(labels, size * 0.15);
    return words.flatMap((word, s): Mark[] =>
      word === '' || !shown.has(s)
        ? []
        : [
            {
              ...{ kind: 'text', x: labels[s]?.at ?? 0, y, text: word, size, anchor: 'middle' },
              ...look(s),
            } as Mark,
          ],
    );
  };
  const largest = Math.max(...scores);
  const scored = reached(picture, 'scores') * scores.length;
  const weighed = reached(picture, 'softmax');
  // In one row the weights take the place of the scores.
  const hasScores = numberRows === 2 || weighed === 0;
  const scoreWords = Array.from(scores, (score, s) => (s < scored ? shortScore(score, column, size) : ''));
  // Where columns are narrow, the small weights would run into each other; their bars are as small.
  const weightWords = weights.map((weight, s) =>
    weighed > 0 && (!isNarrow || weight >= 0.005 || s === looked) ? shortPercent(weight, column, size) : '',
  );
  const first = numbers.y + text * 1.1;
  return [
    ...(hasScores
      ? row(first, scoreWords, (s) => ({ fill: scores[s] === largest ? 'text-1' : 'text-2' }))
      : []),
    ...row(numberRows === 2 ? numbers.y + text * 2.4 : first, weightWords, () => ({
      ...{ fill: 'text-1', opacity: weighed },
    })),
  ];
}

function weightMarks(stage: Stage, { weights, source, picture }: Shown): Mark[] {
  const { weights: place, column } = stage;
  const width = column * 0.7;
  const weighed = reached(picture, 'softmax');
  return source.flatMap((_, s): Mark[] => {
    const bar = { kind: 'rect', x: middleOf(stage, s) - width / 2, width } as const;
    const height = place.height * Math.min(Math.max(weights[s] ?? 0, 0), 1) * weighed;
    return [
      { ...bar, y: place.y, height: place.height, fill: 'surface-3' },
      { ...bar, y: place.y + place.height - height, height, fill: 'accent' },
    ];
  });
}

/** The decoder's state, where it is. */
function decoderMarks({ step }: AttentionStep, stage: Stage, shown: Shown): Mark[] {
  const { states, arcs, text } = stage;
  const { source, picture } = shown;
  if (picture.phase !== 'states' || source.length === 0) return [];
  const at = middleOf(stage, Math.min(Math.max(visitedOf(shown) - 0.5, 0), source.length - 1));
  const y = states.y - text * 0.3;
  // On the side that has more room.
  const isLeft = at > states.x + states.width / 2;
  const name: Mark = {
    ...{ kind: 'text', x: at + (isLeft ? -text : text), y: y - text * 0.2, text: `state of step ${step}` },
    ...{ size: text, fill: 'query', halo: 'surface-1', anchor: isLeft ? 'end' : 'start' },
  };
  return [
    {
      ...{ kind: 'polyline', points: [at - text * 0.6, y - text, at + text * 0.6, y - text, at, y] },
      ...{ closed: true, fill: 'query' },
    },
    ...(arcs.height < text * 1.2 ? [] : [name]),
  ];
}

/** In a narrow column with one digit, or as a whole number. */
export function shortScore(score: number, width: number, size: number): string {
  const exact = formatValue(score);
  const fits = (text: string) => textWidth(text, { size }) < width;
  if (!Number.isFinite(score) || fits(exact)) return exact;
  const tenths = formatTenths(score);
  return fits(tenths) ? tenths : formatWhole(Math.round(score) || 0).replace('-', '−');
}

/** In a narrow column a whole percentage. */
function shortPercent(share: number, width: number, size: number): string {
  const exact = formatPercent(share).replace(' ', '');
  return textWidth(exact, { size }) < width ? exact : `${formatWhole(Math.round(share * 100))}%`;
}
