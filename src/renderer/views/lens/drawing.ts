import { counted } from '../../common/numbers.ts';
import type { LensTable } from '../../analysis/lens.ts';
import { along } from '../../common/heatmap/scale.ts';
import { visibleText } from '../../common/tokens.ts';
import type { Drawing, DrawingSize, Mark } from '../../drawing/drawing.ts';
import { colourBar } from '../../drawing/parts/legend.ts';
import { fitText, textWidth } from '../../drawing/text.ts';
import type { Lens } from '../../runs/facets/lens.ts';
import type { Run } from '../../runs/run.ts';
import { lensLayout, rowTop, type LensLayout } from './layout.ts';
import {
  answersOf,
  isBroken,
  measureDomain,
  measureOf,
  MEASURES,
  onScale,
  rowName,
  type Measure,
} from './measures.ts';

/** What of the lens is drawn. */
export interface LensPicture {
  readonly run: Pick<Run, 'model' | 'tokens'>;
  readonly lens: Pick<Lens, 'token' | 'vocabulary'>;
  readonly table: LensTable;
  readonly measure: Measure;
  /** Position of the first column. */
  readonly first: number;
  /** The token that is followed; null: at each position what the model answers in the end. */
  readonly followed: number | null;
  readonly looked: { readonly layer: number; readonly position: number } | null;
}

/** The lens as a heatmap: a row for each layer, the last one at the top, a column for each position. */
export function lensDrawing(picture: LensPicture, size: DrawingSize): Drawing {
  const { run, table, measure, first } = picture;
  const { width, text } = size;
  const title = titleOf(picture);
  const layout = lensLayout(table, size, text * 3);
  const columns = Math.min(layout.columns, table.positions - first);
  const domain = measureDomain(table, measure, picture.lens.vocabulary);
  const bottom = rowTop(layout, 0) + layout.cell.height;
  const about = MEASURES[measure];
  const scale = { title: about.scale, domain, scale: 'sequential' } as const;
  const barAt = (x: number) => colourBar({ x, y: bottom + text * 2.4 }, scale, text * 0.9);
  const under = barAt(layout.left);
  const isWide = layout.left + under.width > width - text;
  const bar = isWide ? barAt(text) : under;
  const end = { x: width - text, y: bottom + text * 3.4 };
  const sight = sightOf(first, columns, table.positions);
  const face = { size: text * 0.9 };
  // Beside the scale where there is room, else under it.
  const isBelow =
    sight !== null && (isWide ? text : layout.left) + bar.width + text + textWidth(sight, face) > end.x;
  const below = isBelow ? text * 2.4 : 0;
  return {
    width,
    height: bottom + text * 2.4 + bar.height + text + below,
    marks: [
      {
        ...{ kind: 'text', x: text, y: text * 1.8, size: text, fill: 'text-1', weight: 700 },
        text: fitText(title, width - 2 * text, { size: text, weight: 700 }),
      },
      ...Array.from({ length: table.depth }, (_, layer) => rowLabel(layout, layer, text, picture.looked)),
      ...Array.from({ length: columns }, (_, column) =>
        columnMarks(picture, layout, first + column, column, domain, text),
      ).flat(),
      ...bar.marks,
      ...(sight === null ? [] : [sightMark(sight, { x: end.x, y: end.y + below }, face.size)]),
    ],
    title: `${title}, ${columns} of ${counted(run.tokens.length, 'position')}`,
  };
}

/** Which positions are in sight; null: all are. */
function sightOf(first: number, columns: number, positions: number): string | null {
  return columns < positions ? `positions ${first} to ${first + columns - 1} of ${positions}` : null;
}

function sightMark(text: string, at: { readonly x: number; readonly y: number }, size: number): Mark {
  return { kind: 'text', ...at, text, size, fill: 'text-2', anchor: 'end' };
}

/** What the picture shows, in words. */
export function titleOf({ run, lens, measure, followed }: Omit<LensPicture, 'table' | 'first' | 'looked'>) {
  const { name, isOfToken } = MEASURES[measure];
  const token = followed === null ? 'the final answer' : `“${visibleText(lens.token(followed).text)}”`;
  const words = isOfToken ? name.replace('the token', token) : name;
  return `${run.model.name} · answer after every layer · ${words}`;
}

function rowLabel(layout: LensLayout, layer: number, text: number, looked: LensPicture['looked']): Mark {
  return {
    ...{ kind: 'text', x: layout.left - text * 0.6, y: rowTop(layout, layer) + layout.cell.height / 2 },
    ...{ text: rowName(layer), size: text * 0.9, anchor: 'end', baseline: 'middle' },
    ...(looked?.layer === layer ? ({ fill: 'accent', weight: 700 } as const) : ({ fill: 'text-2' } as const)),
  };
}

/** A position: its cells, and under them the token that is read there. */
function columnMarks(
  picture: LensPicture,
  layout: LensLayout,
  position: number,
  column: number,
  domain: ReturnType<typeof measureDomain>,
  text: number,
): Mark[] {
  const { table, run, looked } = picture;
  const x = layout.left + column * layout.cell.width;
  const token = run.tokens[position];
  const isLooked = looked?.position === position;
  return [
    ...Array.from({ length: table.depth }, (_, layer) =>
      cellMark(picture, layout, { layer, position }, x, domain, text),
    ),
    {
      ...{ kind: 'text', x: x + layout.cell.width / 2, y: rowTop(layout, 0) + layout.cell.height + text },
      text: fitText(visibleText(token?.text ?? ''), layout.cell.width - text * 0.4, {
        size: text * 0.9,
        family: 'mono',
      }),
      ...{ size: text * 0.9, family: 'mono', anchor: 'middle', baseline: 'middle' },
      ...(isLooked ? ({ fill: 'accent', weight: 700 } as const) : ({ fill: 'text-2' } as const)),
    },
  ];
}

/** A cell: its answer on the colour of the measure; the followed token stands out where it is the answer. */
function cellMark(
  picture: LensPicture,
  layout: LensLayout,
  { layer, position }: { readonly layer: number; readonly position: number },
  x: number,
  domain: ReturnType<typeof measureDomain>,
  text: number,
): Mark {
  const { table, lens, measure, followed, looked } = picture;
  const value = measureOf(table, measure, layer, position);
  const [best] = answersOf(table, layer, position);
  const { width, height } = layout.cell;
  const broken = isBroken(table, measure, layer, position);
  const isKnown = Number.isFinite(value) && best !== undefined;
  const isLooked = looked?.layer === layer && looked.position === position;
  const isFollowed = best !== undefined && best.id === (followed ?? table.chosen?.[position]);
  const size = text * 0.9;
  const face = { size, family: 'mono', weight: isFollowed ? 700 : 400 } as const;
  const at = isKnown ? along(onScale(measure, value), domain) : null;
  const ground: Mark = {
    ...{ kind: 'rect', x: 0.5, y: 0.5, width: width - 1, height: height - 1, crisp: true },
    fill: broken ? 'danger' : at === null ? 'surface-2' : { scale: 'sequential', at },
  };
  const answer = (words: string): Mark => ({
    ...{ kind: 'text', x: width / 2, y: height / 2, ...face, anchor: 'middle', baseline: 'middle' },
    ...{ text: fitText(words, width - text * 0.7, face) },
    fill: broken ? { on: 'sequential', at: NaN } : at === null ? 'text-1' : { on: 'sequential', at },
  });
  const words = best === undefined ? (broken ? 'NaN' : '') : visibleText(lens.token(best.id).text);
  const frame: Mark = {
    ...{ kind: 'rect', x: 1, y: 1, width: width - 2, height: height - 2 },
    ...{ stroke: 'select-lock', strokeWidth: text / 5 },
  };
  return {
    ...{ kind: 'group', id: `${layer} ${position}`, x, y: rowTop(layout, layer) },
    marks: [ground, ...(words === '' ? [] : [answer(words)]), ...(isLooked ? [frame] : [])],
  };
}
