import { visibleText } from '../../common/tokens.ts';
import type { Drawing, DrawingSize, Mark } from '../../drawing/drawing.ts';
import { fitText, textWidth } from '../../drawing/text.ts';
import type { Run } from '../../runs/run.ts';
import { topOf, type Prediction } from '../../runs/facets/readout.ts';
import { actualToken, headingOf, rankOf, rowOrder, scoreOf, SHOWN } from './rows.ts';

/** Rows of a figure at most. */
const MOST_ROWS = 100;

/** The table from a row on, as tall as its rows need. */
export async function predictionsDrawing(run: Run, first: number, size: DrawingSize): Promise<Drawing> {
  const order = rowOrder(run);
  const from = Math.min(first, order.length - 1);
  const positions = order.slice(from, from + MOST_ROWS);
  const { text, width } = size;
  const row = text * 2;
  const shown = width / text < 50 ? SHOWN.presented : SHOWN.window;
  const heading = headingOf(run);
  const marks: Mark[] = [
    { kind: 'text', x: text, y: text * 2, text: heading, size: text, fill: 'text-1', weight: 700 },
  ];
  const top = text * 3;
  for (const [at, position] of positions.entries()) {
    const found = await topOf(run, position, shown);
    marks.push({
      kind: 'group',
      y: top + at * row,
      marks: rowMarks(run, position, found, shown, width, text),
    });
  }
  const title =
    positions.length === order.length ? heading : `${heading}, ${positions.length} of ${order.length} rows`;
  return { width, height: top + positions.length * row + text, marks, title };
}

/** A row from y = 0 on: position, token, a bar for each prediction, and where the text's own token stands. */
function rowMarks(
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
  const label = fitText(visibleText(run.tokens[position]?.text ?? ''), tokenWidth - text, mono);
  const place: Mark[] =
    actual === null || rank === null
      ? []
      : [
          {
            ...{ kind: 'text', x: width - last, y: middle, size: text, fill: 'text-3', baseline: 'middle' },
            text: rank === 1 ? 'first' : `place ${rank}`,
          },
        ];
  return [
    { kind: 'line', x1: text, y1: height, x2: width - text, y2: height, stroke: 'line-1' },
    {
      ...{ kind: 'text', x: index - text * 0.6, y: middle, text: String(position), size: text },
      ...{ fill: 'text-3', anchor: 'end', baseline: 'middle' },
    },
    {
      ...{ kind: 'text', x: index, y: middle, text: label, ...mono, weight: 700 },
      ...{ fill: run.tokens[position]?.mask === true ? 'accent-strong' : 'text-1', baseline: 'middle' },
    },
    ...found.flatMap((prediction, place): Mark[] => {
      const box = { x: index + tokenWidth + place * cell, width: cell - text * 0.4 };
      const share = scoreOf(run, prediction);
      const shareWidth = textWidth(share, { size: text }) + text * 0.5;
      const name = fitText(visibleText(prediction.token.text), box.width - shareWidth - text * 0.6, mono);
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
    ...place,
  ];
}
