import type { Domain } from '../../common/heatmap/scale.ts';
import type { Token } from '../../runs/run.ts';
import type { Drawing, DrawingSize, Mark, ScaleRole } from '../drawing.ts';
import { fitText, LINE_HEIGHT } from '../text.ts';
import { heatmapMarks, holdsInvalid } from './heatmap.ts';
import { colourBar } from './legend.ts';
import { columnLabelRoom, columnLabels, rowLabelRoom, rowLabels } from './token-axis.ts';

/** A matrix over tokens, such as one head's pattern, as a figure of its own. */
export interface MatrixFigure {
  readonly title: string;
  /** Name of the scale. */
  readonly measure: string;
  readonly domain: Domain;
  readonly scale: ScaleRole;
  /** Its rows and columns, and what they are called. */
  readonly rows: readonly Token[];
  readonly columns: readonly Token[];
  readonly rowsAre: string;
  readonly columnsAre: string;
  /** Where several rows and columns are pooled in a cell; left out: a cell for each. */
  readonly cells?: { readonly rows: number; readonly columns: number };
  /** [rows, columns] of cells */
  readonly values: ArrayLike<number>;
  isMasked?(row: number, column: number): boolean;
}

const LARGEST_CELL = 72;

/** The heatmap with its tokens, a title and its scale; as tall as its cells need, square ones. */
export function matrixDrawing(figure: MatrixFigure, size: DrawingSize): Drawing {
  const { rows, columns, title } = figure;
  const { text } = size;
  const margin = text;
  const small = Math.max(text * 0.85, 1);
  const left = margin + text * LINE_HEIGHT + rowLabelRoom(rows, size.height * 0.7, small) + text * 0.5;
  const cellFor = (right: number) =>
    Math.min((size.width - left - right) / columns.length, LARGEST_CELL * (text / 12));
  // Slanted labels stand out over the right edge: only as far as the last ones need.
  const guess = cellFor(margin) * columns.length;
  const cell = cellFor(margin + columnLabelRoom(columns, guess, small).right);
  const [width, height] = [cell * columns.length, cell * rows.length];
  const above = columnLabelRoom(columns, width, small).above;
  const heading = margin + text * LINE_HEIGHT;
  const top = heading + text * LINE_HEIGHT + above + text * 0.4;
  const face = { size: text * 1.1, weight: 700 } as const;
  const cells = { ...figure, ...(figure.cells ?? { rows: rows.length, columns: columns.length }) };
  const bar = colourBar(
    { x: left, y: top + height + text * 1.2 },
    {
      title: figure.measure,
      domain: figure.domain,
      scale: figure.scale,
      masked: figure.isMasked !== undefined,
      invalid: holdsInvalid(cells),
    },
    small,
  );
  const marks: Mark[] = [
    {
      ...{ kind: 'text', x: margin, y: margin, text: fitText(title, size.width - 2 * margin, face), ...face },
      ...{ fill: 'text-1', baseline: 'top' },
    },
    {
      ...{ kind: 'text', x: left, y: heading + text * 0.3, text: `${figure.columnsAre} →`, size: small },
      ...{ fill: 'text-3', baseline: 'top' },
    },
    {
      ...{ kind: 'text', x: margin + small * 0.6, y: top, text: `← ${figure.rowsAre}`, size: small },
      ...{ fill: 'text-3', anchor: 'end', baseline: 'middle', rotate: -90 },
    },
    ...rowLabels(rows, { x: left - text * 0.5, y: top, height }, small),
    ...columnLabels(columns, { x: left, y: top - text * 0.4, width }, small),
    ...heatmapMarks(cells, { x: left, y: top, width, height }),
    ...bar.marks,
  ];
  return {
    width: size.width,
    height: Math.ceil(top + height + text * 1.2 + bar.height + margin),
    marks,
    title,
  };
}
