import { formatCount, formatValue } from '../../common/numbers.ts';
import type { Drawing, DrawingSize, Mark, Paint } from '../../drawing/drawing.ts';
import { fitText, textWidth } from '../../drawing/text.ts';
import type { Additions } from '../../runs/facets/blocks.ts';
import {
  parametersOf,
  partsOfLayer,
  type Structure,
  type StructurePart,
} from '../../runs/facets/structure.ts';
import { diagramOf, leastWidth, type DiagramRow, type DiagramStack, type PartId } from './diagram.ts';

export interface MapPicture {
  readonly name: string;
  readonly structure: Structure;
  /** What the parts add, by stack and layer; null: not known (yet). */
  additionsOf(stack: number, layer: number): Additions | null;
  /** The looked-at token of a stack. */
  tokenOf(stack: number): number;
  /** What that token is, in words. */
  readonly token: string;
  readonly selected: PartId | null;
}

const PAINTS: Readonly<Record<StructurePart['kind'], Paint>> = {
  embedding: 'category-3',
  norm: 'text-3',
  attention: 'category-1',
  'cross-attention': 'category-2',
  'feed-forward': 'category-4',
  recurrent: 'category-5',
  bridge: 'category-6',
  pooler: 'category-6',
  head: 'category-7',
};

/** The model as a diagram, with the length of what each part adds to the stream at the token that is looked at. */
export function mapDrawing(picture: MapPicture, { width: asked, text }: DrawingSize): Drawing {
  const { structure, name, token } = picture;
  const width = Math.max(asked, leastWidth(structure.stacks, text));
  const diagram = diagramOf(structure.stacks, { width, text }, text * 5);
  const most = largestAddition(picture);
  const title = `${name} · ${formatCount(parametersOf(structure))} parameters`;
  const about = most > 0 ? `Bars: length of what a part adds to the residual stream at ${token}` : '';
  return {
    width,
    height: diagram.height + text,
    marks: [
      words(
        text,
        text * 1.8,
        fitText(title, width - 2 * text, { size: text, weight: 700 }),
        text,
        'text-1',
        700,
      ),
      words(text, text * 3.2, fitText(about, width - 2 * text, { size: text * 0.9 }), text * 0.9, 'text-2'),
      ...diagram.stacks.flatMap((stack, index) => [
        ...streamMarks(stack, diagram.box, text),
        ...(stack.stack.stack === null
          ? []
          : [words(stack.x, stack.top - text * 0.6, stack.stack.stack, text * 0.9, 'text-2', 700)]),
        ...stack.rows.flatMap((row) => rowMarks(picture, index, row, diagram.box, most, text)),
      ]),
    ],
    title: about === '' ? title : `${title}. ${about}`,
  };
}

function words(x: number, y: number, text: string, size: number, fill: Paint, weight: 400 | 700 = 400): Mark {
  return { kind: 'text', x, y, text, size, fill, weight };
}

/** The way of the data: along each row, down and back to the next. */
function streamMarks({ rows, x }: DiagramStack, box: number, text: number): Mark[] {
  const rail = x + text * 3.4;
  const points: number[] = [];
  for (const [at, row] of rows.entries()) {
    const middle = row.y + box / 2;
    const ends = [...row.boxes.map((one) => one.x + one.width), ...row.pluses.map((plus) => plus.x)];
    const right = Math.max(rail, ...ends) + text * 0.5;
    points.push(rail, middle, right, middle);
    const next = rows[at + 1];
    if (next === undefined) continue;
    const between = next.y - text * 0.7;
    points.push(right, between, rail, between);
  }
  return [{ kind: 'polyline', points, stroke: 'line-3', strokeWidth: text / 8 }];
}

function rowMarks(
  picture: MapPicture,
  stack: number,
  row: DiagramRow,
  box: number,
  most: number,
  text: number,
): Mark[] {
  const additions = row.layer === null ? null : picture.additionsOf(stack, row.layer);
  const left = (row.boxes[0]?.x ?? 0) - text * 1.6;
  return [
    ...(row.layer === null || row.goesOn
      ? []
      : [
          {
            ...{ kind: 'text', x: left, y: row.y + box / 2 - text * 0.8, text: `L${row.layer}`, size: text },
            ...{ fill: 'text-2', anchor: 'end', weight: 700 },
          } as Mark,
        ]),
    ...row.pluses.flatMap((plus) => plusMarks(plus, row.y, box, text)),
    ...row.boxes.flatMap(({ id, part, x, width }) => [
      boxMark(picture.selected === id, id, part, { x, y: row.y, width, height: box }, text),
      ...additionMarks(
        additionOf(part, additions, picture.tokenOf(stack)),
        most,
        {
          ...{ x, width },
          y: row.y + box + text * 0.4,
        },
        text,
      ),
    ]),
  ];
}

/** A sum, and the way past the parts before it. */
function plusMarks({ x, from }: { x: number; from: number }, y: number, box: number, text: number): Mark[] {
  const middle = y + box / 2;
  const above = y - text * 0.45;
  return [
    {
      ...{ kind: 'polyline', points: [from, middle, from, above, x, above, x, middle] },
      ...{ stroke: 'line-3', strokeWidth: text / 10 },
    },
    {
      ...{ kind: 'circle', x, y: middle, radius: text * 0.75, fill: 'surface-2', stroke: 'text-2' },
      strokeWidth: text / 10,
    },
    {
      ...{ kind: 'text', x, y: middle, text: '+', size: text, fill: 'text-1', anchor: 'middle' },
      baseline: 'middle',
    },
  ];
}

function boxMark(
  isSelected: boolean,
  id: PartId,
  part: StructurePart,
  {
    x,
    y,
    width,
    height,
  }: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
  text: number,
): Mark {
  const small = text * 0.85;
  const room = width - text * 0.6;
  const detail = detailLines(
    part.kind === 'norm' ? part.detail.replace(' norm', '') : part.detail,
    (own) => textWidth(own, { size: small }) <= room,
  );
  // Heights of the lines, as parts of the box: of three, or of four.
  const [first, step] = detail.length === 1 ? [0.24, 0.28] : [0.17, 0.21];
  const line = (at: number, words: string, size: number, fill: Paint, weight: 400 | 700 = 400): Mark => ({
    ...{ kind: 'text', x: width / 2, y: at, size, fill, weight, anchor: 'middle', baseline: 'middle' },
    text: fitText(words, room, { size, weight }),
  });
  return {
    ...{ kind: 'group', id, x, y },
    marks: [
      {
        ...{ kind: 'rect', x: 0, y: 0, width, height, radius: text / 3, fill: 'surface-2' },
        ...(isSelected
          ? ({ stroke: 'accent', strokeWidth: text / 4 } as const)
          : ({ stroke: PAINTS[part.kind], strokeWidth: text / 8 } as const)),
      },
      line(height * first, part.title, text, 'text-1', 700),
      ...detail.map((own, at) => line(height * (first + 0.26 + at * step), own, small, 'text-2')),
      line(height * (first + 0.26 + detail.length * step), formatCount(part.parameters), small, 'text-3'),
    ],
  };
}

/** A detail on one line, or on two, of which the second begins after a comma. */
export function detailLines(detail: string, fits: (line: string) => boolean): readonly string[] {
  if (fits(detail)) return [detail];
  const commas = [...detail.matchAll(/, /g)].map(({ index }) => index);
  const at = commas.findLast((index) => fits(detail.slice(0, index + 1))) ?? commas[0];
  return at === undefined ? [detail] : [detail.slice(0, at + 1), detail.slice(at + 2)];
}

/** The length of what a part adds at a token; null: it adds nothing, or that is not known. */
export function additionOf(part: StructurePart, additions: Additions | null, token: number): number | null {
  if (additions === null) return null;
  if (part.kind === 'attention') return additions.attention[token] ?? null;
  if (part.kind === 'cross-attention') return additions.cross?.[token] ?? null;
  return part.kind === 'feed-forward' ? (additions.feedForward[token] ?? null) : null;
}

function additionMarks(
  value: number | null,
  most: number,
  { x, y, width }: { readonly x: number; readonly y: number; readonly width: number },
  text: number,
): Mark[] {
  if (value === null) return [];
  const isNumber = Number.isFinite(value);
  const room = width * 0.6;
  const height = text * 0.8;
  return [
    { kind: 'rect', x, y, width: room, height, fill: 'surface-3' },
    {
      ...{ kind: 'rect', x, y, width: isNumber ? room * Math.min(value / most, 1) : room, height },
      fill: isNumber ? 'accent' : 'danger',
    },
    {
      ...{ kind: 'text', x: x + room + text * 0.4, y: y + height / 2, text: formatValue(value) },
      ...{ size: text * 0.85, fill: 'text-2', baseline: 'middle' },
    },
  ];
}

/** The longest of what is added at the looked-at tokens; 0: nothing is known. */
function largestAddition(picture: MapPicture): number {
  let most = 0;
  for (const [stack, { layers }] of picture.structure.stacks.entries())
    for (const [layer, own] of layers.entries())
      for (const part of partsOfLayer(own)) {
        const value = additionOf(part, picture.additionsOf(stack, layer), picture.tokenOf(stack));
        if (value !== null && Number.isFinite(value)) most = Math.max(most, value);
      }
  return most;
}
