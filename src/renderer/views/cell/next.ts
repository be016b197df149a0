/** What the model predicts after the step, as bars. */
import { formatPercent, formatValue } from '../../common/numbers.ts';
import { visibleText } from '../../common/tokens.ts';
import type { Mark } from '../../drawing/drawing.ts';
import { fitText, textWidth } from '../../drawing/text.ts';
import type { Prediction } from '../../runs/facets/readout.ts';

export interface NextTokens {
  readonly title: string;
  readonly predictions: readonly Prediction[];
  /** Values stand in place of probabilities. */
  readonly areValues: boolean;
  /** Id of the token that came; null: none is known. */
  readonly actual: number | null;
}

export function nextMarks(
  { title, predictions, areValues, actual }: NextTokens,
  place: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
  text: number,
): Mark[] {
  const { x, y, width, height } = place;
  const face = { size: text, weight: 700 } as const;
  const top = y + text * 1.4;
  const pitch = Math.min(text * 2.1, (height - text * 1.4) / Math.max(predictions.length, 1));
  const shown = predictions.slice(0, Math.max(Math.floor((height - text * 1.4) / (text * 1.5)), 1));
  const row = Math.max(pitch, text * 1.5);
  return [
    { kind: 'text', x, y, text: fitText(title, width, face), ...face, fill: 'text-1', baseline: 'middle' },
    ...shown.flatMap(({ token, probability, logit }, index): Mark[] => {
      const at = top + index * row;
      const box = { x, y: at, height: row - text * 0.3 };
      const score = areValues ? formatValue(logit) : formatPercent(probability);
      const room = width - textWidth(score, { size: text }) - text * 1.2;
      const mono = { size: text, family: 'mono' } as const;
      const isActual = token.id === actual;
      return [
        { kind: 'rect', ...box, width, fill: 'surface-2' },
        { kind: 'rect', ...box, width: width * (areValues ? 0 : probability), fill: 'accent', opacity: 0.4 },
        ...(isActual
          ? [{ kind: 'rect', ...box, width, stroke: 'accent-strong', strokeWidth: text / 8 } as const]
          : []),
        {
          ...{
            kind: 'text',
            x: x + text * 0.4,
            y: at + box.height / 2,
            ...mono,
            fill: 'text-1',
            baseline: 'middle',
          },
          text: fitText(visibleText(token.text), room, mono),
        },
        {
          ...{ kind: 'text', x: x + width - text * 0.4, y: at + box.height / 2, text: score, size: text },
          ...{ fill: 'text-1', anchor: 'end', baseline: 'middle' },
        },
      ];
    }),
  ];
}
