/** The weights of pooling by attention: one for each token, which sum to 1. */
import { formatPercent } from '../../common/numbers.ts';
import { tableOf, type Table } from '../../common/table.ts';
import { visibleText } from '../../common/tokens.ts';
import type { Drawing, DrawingSize, Mark } from '../../drawing/drawing.ts';
import { fitText, textWidth } from '../../drawing/text.ts';
import type { Run, Token } from '../../runs/run.ts';

/** Rows that are drawn; of a longer text those that count most, in its order. */
const MOST_ROWS = 400;
const NAME = 'attention.weights';

export interface WeightRow {
  readonly index: number;
  readonly token: Token;
  readonly weight: number;
  /** Of the largest weight, 0 … 1. */
  readonly share: number;
}

/** A recurrent classifier has one row of weights over its own text; a decoder has one for each step over its source. */
export function poolsByAttention(run: Pick<Run, 'sourceTokens' | 'activations' | 'tokens'>): boolean {
  return run.sourceTokens === null && run.tokens.length > 0 && run.activations.has(NAME);
}

/** [T] */
export async function readWeights(run: Run, signal?: AbortSignal): Promise<Float32Array> {
  const found = run.activations.get(NAME);
  if (found === undefined || !poolsByAttention(run)) throw new Error('This run pools by no attention.');
  return found.read(signal);
}

export function rowsOf({ tokens }: Pick<Run, 'tokens'>, weights: Float32Array): WeightRow[] {
  const most = weights.reduce((top, weight) => Math.max(top, weight), 1e-12);
  const rows = tokens.map((token, index) => {
    const weight = weights[index] ?? NaN;
    return { index, token, weight, share: weight / most };
  });
  if (rows.length <= MOST_ROWS) return rows;
  return rows
    .toSorted((a, b) => b.weight - a.weight)
    .slice(0, MOST_ROWS)
    .sort((a, b) => a.index - b.index);
}

/** A row for each token: its text, a bar, its weight. */
export function weightsDrawing(run: Run, weights: Float32Array, { width, text }: DrawingSize): Drawing {
  const rows = rowsOf(run, weights);
  const height = text * 1.9;
  const numbers = textWidth('100.0 %', { size: text }) + text;
  const names = Math.min(width * 0.35, text * 14);
  const room = width - names - numbers - 2 * text;
  const marks = rows.flatMap(({ token, weight, share }, row): Mark[] => {
    const middle = (row + 0.5) * height + text;
    const label = fitText(visibleText(token.text), names - text, { size: text, family: 'mono' });
    return [
      {
        ...{ kind: 'text', x: names, y: middle, text: label, size: text, family: 'mono' },
        ...{ fill: 'text-1', anchor: 'end', baseline: 'middle' },
      },
      {
        ...{ kind: 'rect', x: names + text, y: middle - height * 0.35, height: height * 0.7 },
        ...{ width: Math.max(room * share, 0), fill: 'accent' },
      },
      {
        ...{ kind: 'text', x: width - text, y: middle, text: formatPercent(weight), size: text },
        ...{ fill: 'text-2', anchor: 'end', baseline: 'middle' },
      },
    ];
  });
  return {
    width,
    height: rows.length * height + 2 * text,
    marks,
    title: 'The weight of each token where the text becomes one vector',
  };
}

export function weightsTable({ tokens }: Run, weights: Float32Array): Table {
  return tableOf({
    position: Int32Array.from(tokens, (_, index) => index),
    token: tokens.map(({ text }) => text),
    weight: Float32Array.from(weights),
  });
}
