import { counted, formatValue } from '../../common/numbers.ts';
import { tokenName, visibleText } from '../../common/tokens.ts';
import type { Drawing, DrawingSize, Mark } from '../../drawing/drawing.ts';
import { heatmapMarks } from '../../drawing/parts/heatmap.ts';
import { fitText, textWidth } from '../../drawing/text.ts';
import type { AttentionStep } from './step.ts';

/** One step: a row for each source token with its score and its weight as bars, and the context under them. */
export function alignmentDrawing(value: AttentionStep, { width, text }: DrawingSize): Drawing {
  const { run, step, scores, weights, context } = value;
  const source = run.sourceTokens ?? [];
  const reach = largestSize(scores);
  const row = text * 1.9;
  const numbers = textWidth('−00.000', { size: text });
  const room = width - 2 * text - 2 * numbers - 4 * text;
  const x = { token: text, score: text + room * 0.28 };
  const bars = {
    score: { x: x.score + numbers + text, width: room * 0.3 },
    weight: { x: x.score + 2 * numbers + room * 0.3 + 3 * text, width: room * 0.42 },
  };
  const title = `${run.model.name} · step ${tokenName(run.tokens, step)}`;
  const top = text * 4.6;
  const head = (at: number, name: string, anchor: 'start' | 'end'): Mark => ({
    ...{ kind: 'text', x: at, y: text * 3.6, text: name, size: text * 0.9, fill: 'text-3', anchor },
  });
  const rows = source.flatMap((token, index): Mark[] => {
    const [score, weight] = [scores[index] ?? NaN, weights[index] ?? NaN];
    const y = top + (index + 0.5) * row;
    const number = (at: number, shown: number): Mark => ({
      ...{ kind: 'text', x: at, y, text: formatValue(shown), size: text, fill: 'text-1' },
      ...{ anchor: 'end', baseline: 'middle' },
    });
    const box = { kind: 'rect', y: y - text * 0.4, height: text * 0.8 } as const;
    const half = bars.score.width / 2;
    const length = (Math.abs(score) / reach) * half;
    const face = { size: text, family: 'mono' } as const;
    return [
      {
        ...{
          kind: 'text',
          x: x.token,
          y,
          text: fitText(visibleText(token.text), room * 0.26, face),
          ...face,
        },
        ...{ fill: token.special ? 'text-3' : 'text-1', baseline: 'middle' },
      },
      number(x.score + numbers, score),
      { ...box, ...bars.score, fill: 'surface-3' },
      {
        ...{ ...box, width: length, x: bars.score.x + half - (score < 0 ? length : 0) },
        fill: score < 0 ? 'category-5' : 'category-1',
      },
      number(bars.weight.x - text * 0.8, weight),
      { ...box, ...bars.weight, fill: 'surface-3' },
      {
        ...{ ...box, x: bars.weight.x, fill: 'accent' },
        width: Math.min(Math.max(weight, 0), 1) * bars.weight.width,
      },
    ];
  });
  const under = top + source.length * row + text * 2;
  const size = largestSize(context);
  return {
    width,
    height: under + text * 4,
    marks: [
      { kind: 'text', x: text, y: text * 2, text: title, size: text, fill: 'text-1', weight: 700 },
      head(x.token, 'source', 'start'),
      head(x.score + numbers, 'score', 'end'),
      head(bars.weight.x - text * 0.8, 'weight', 'end'),
      ...rows,
      {
        ...{ kind: 'text', x: text, y: under, size: text, fill: 'text-3' },
        text: `context: Σ weight · encoder output, ${counted(context.length, 'unit')}, ±${formatValue(size)}`,
      },
      ...heatmapMarks(
        {
          ...{ rows: 1, columns: context.length, values: context, scale: 'diverging' },
          domain: { low: -size, high: size, log: false },
        },
        { x: text, y: under + text * 0.8, width: width - 2 * text, height: text * 2 },
      ),
    ],
    title,
  };
}

/** The largest size among numbers; above 0. */
export function largestSize(values: ArrayLike<number>): number {
  return Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value) || 0), 1e-9);
}
