import { outputText } from '../../common/output-text.ts';
import { visibleText } from '../../common/tokens.ts';
import type { Mark } from '../../drawing/drawing.ts';
import { fitText, textWidth } from '../../drawing/text.ts';
import type { Run } from '../../runs/run.ts';
import type { Prediction } from '../../runs/facets/readout.ts';
import { tokensOf } from './kinds.ts';
import { actualToken, rankOf, scoreOf } from './rows.ts';

/** A row from y = 0 on: position, token, a bar for each prediction, and where the text's own token stands. */
export function rowMarks(
  run: Run,
  position: number,
  found: readonly Prediction[],
  shown: number,
  width: number,
  text: number,
): Mark[] {
  const height = text * 2;
  const middle = height * 0.5;
  const index = text + textWidth('00000', { size: text });
  const last = textWidth('place 10', { size: text }) + text;
  const room = width - index - last - text;
  const tokenWidth = room * 0.16;
  const cell = (room - tokenWidth) / shown;
  const actual = actualToken(run, position);
  const rank = rankOf(found, actual);
  const mono = { size: text, family: 'mono' } as const;
  const label = fitText(visibleText(tokensOf(run)[position]?.text ?? ''), tokenWidth - text, mono);
  const place: Mark[] =
    actual === null || rank === null
      ? []
      : [
          {
            ...{ kind: 'text', x: width - last, y: middle, size: text, fill: 'text-3', baseline: 'middle' },
            text: rank === 1 ? 'first' : `place ${rank}`,
          },
        ];
  const notANumber: Mark = {
    ...{ kind: 'text', x: index + tokenWidth, y: middle, text: 'not a number', size: text },
    ...{ fill: 'danger', baseline: 'middle' },
  };
  return [
    { kind: 'line', x1: text, y1: height, x2: width - text, y2: height, stroke: 'line-1' },
    {
      ...{ kind: 'text', x: index - text * 0.6, y: middle, text: String(position), size: text },
      ...{ fill: 'text-3', anchor: 'end', baseline: 'middle' },
    },
    {
      ...{ kind: 'text', x: index, y: middle, text: label, ...mono, weight: 700 },
      ...{ fill: tokensOf(run)[position]?.mask === true ? 'accent-strong' : 'text-1', baseline: 'middle' },
    },
    ...found.flatMap((prediction, place): Mark[] => {
      const box = { x: index + tokenWidth + place * cell, width: cell - text * 0.4 };
      const share = scoreOf(run, prediction);
      const shareWidth = textWidth(share, { size: text }) + text * 0.5;
      const name = fitText(outputText(run, prediction.token), box.width - shareWidth - text * 0.6, mono);
      const rect = { kind: 'rect', ...box, y: text * 0.2, height: height - text * 0.4 } as const;
      const probability = Math.min(Math.max(prediction.probability, 0), 1);
      return [
        { ...rect, fill: 'surface-2' },
        { ...rect, width: box.width * probability, fill: 'accent', opacity: 0.34 },
        ...(rank === place + 1 ? [{ ...rect, stroke: 'accent-strong', strokeWidth: text / 8 } as const] : []),
        {
          ...{ kind: 'text', x: box.x + text * 0.4, y: middle, text: name, ...mono },
          ...{ fill: 'text-1', baseline: 'middle' },
        },
        {
          ...{ kind: 'text', x: box.x + box.width - text * 0.3, y: middle, text: share, size: text },
          ...{ fill: 'text-2', anchor: 'end', baseline: 'middle' },
        },
      ];
    }),
    ...(found.length > 0 ? [] : [notANumber]),
    ...place,
  ];
}
