import { formatPercent, formatTenths, formatValue, formatWhole } from '../../common/numbers.ts';
import type { Mark } from '../../drawing/drawing.ts';
import { heatmapMarks } from '../../drawing/parts/heatmap.ts';
import { fitText, textWidth } from '../../drawing/text.ts';
import { middleOf, type Stage } from './stage.ts';
import type { AttentionStep } from './step.ts';
import { pool, reached, type ProcessPicture } from './process.ts';
/** Text of this size can be read in a room: it is not made smaller. */
const READABLE = 24;

/** The states over their words, scores and weights under them. */
export function columnMarks(
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
  const least = text < READABLE ? text * 0.7 : READABLE;
  const small = isNarrow ? Math.max(least, Math.min(text, column / 3.4)) : text;
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
      marks.push(number(numbers.y + text * 2.4, shortPercent(weight, column, small), weighed, 'text-1'));
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
