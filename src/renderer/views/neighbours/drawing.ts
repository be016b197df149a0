import { formatCosine } from '../../common/numbers.ts';
import { isSubtracted, nameOf, sumOf, type Neighbourhood } from '../../common/words.ts';
import type { Drawing, DrawingSize, Mark } from '../../drawing/drawing.ts';
import { fitText, textWidth } from '../../drawing/text.ts';
import type { Run } from '../../runs/run.ts';
import type { Prediction } from '../../runs/facets/readout.ts';

/** Width of a list, and height of a row and of a name, as parts of the text's size. */
const LIST = 14;
const ROW = 1.9;
const NAME = 2.2;

/** The sum's list in columns on top, with the first word large, then the lists of the words; as tall as they need. */
export function neighboursDrawing(run: Run, lists: readonly Neighbourhood[], size: DrawingSize): Drawing {
  const { width, text } = size;
  const gap = text * 1.5;
  const columns = Math.max(1, Math.floor((width - gap) / (text * LIST + gap)));
  const list = (width - gap) / columns - gap;
  const left = (column: number) => gap + column * (list + gap);
  const marks: Mark[] = [];
  let y = text;
  const sum = lists.find(({ position }) => position === sumOf(run));
  if (sum !== undefined) {
    const [best, ...others] = sum.nearest;
    marks.push(...nameMarks(nameOf(run, sum.position), gap, y, width - 2 * gap, text * 1.2, 'accent-strong'));
    y += text * NAME * 1.2;
    if (best !== undefined) {
      marks.push(
        ...rowMarks(best, { x: gap, y, width: Math.min(list * 1.6, width - 2 * gap) }, text * 1.6, true),
      );
      y += text * ROW * 1.75;
    }
    const rows = Math.ceil(others.length / columns);
    for (const [at, word] of others.entries())
      marks.push(
        ...rowMarks(
          word,
          { x: left(Math.floor(at / rows)), y: y + (at % rows) * text * ROW, width: list },
          text,
          false,
        ),
      );
    y += (rows * ROW + 1) * text;
  }
  const words = lists.filter((one) => one !== sum);
  for (let first = 0; first < words.length; first += columns) {
    const line = words.slice(first, first + columns);
    for (const [column, { position, nearest }] of line.entries()) {
      const name = `${isSubtracted(run, position) ? '−' : ''}${nameOf(run, position)}`;
      marks.push(...nameMarks(name, left(column), y, list, text, 'text-1'));
      for (const [at, word] of nearest.entries()) {
        const top = y + (NAME + at * ROW) * text;
        marks.push(...rowMarks(word, { x: left(column), y: top, width: list }, text, false));
      }
    }
    y += (NAME + Math.max(...line.map(({ nearest }) => nearest.length)) * ROW + 1) * text;
  }
  return { width, height: y, marks, title: `Words nearest to ${run.text.trim()}, by cosine` };
}

function nameMarks(
  name: string,
  x: number,
  y: number,
  width: number,
  size: number,
  fill: 'text-1' | 'accent-strong',
): Mark[] {
  const face = { size, family: 'mono', weight: 700 } as const;
  return [
    {
      ...{ kind: 'text', x, y: y + size, text: fitText(name, width, face) },
      ...face,
      fill,
      baseline: 'middle',
    },
  ];
}

/** A word over a bar as long as its cosine. */
function rowMarks(
  { token, logit }: Prediction,
  { x, y, width }: { readonly x: number; readonly y: number; readonly width: number },
  text: number,
  isBest: boolean,
): Mark[] {
  const box = { kind: 'rect', x, y, width, height: text * (ROW - 0.25), radius: text * 0.25 } as const;
  const middle = y + box.height / 2;
  const cosine = formatCosine(logit);
  const room = width - textWidth(cosine, { size: text }) - text * 1.5;
  const face = { size: text, family: 'mono', weight: isBest ? 700 : 400 } as const;
  return [
    { ...box, fill: 'surface-2' },
    { ...box, width: width * Math.min(Math.max(logit, 0), 1), fill: 'accent', opacity: 0.3 },
    ...(isBest ? [{ ...box, stroke: 'accent-strong', strokeWidth: text / 10 } as const] : []),
    {
      ...{ kind: 'text', x: x + text * 0.5, y: middle, text: fitText(token.text, room, face), ...face },
      ...{ fill: 'text-1', baseline: 'middle' },
    },
    {
      ...{ kind: 'text', x: x + width - text * 0.5, y: middle, text: cosine, size: text },
      ...{ fill: 'text-2', anchor: 'end', baseline: 'middle' },
    },
  ];
}
