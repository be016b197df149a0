import { headsTitle } from '../../common/attention-names.ts';
import { maskDiagonal } from '../../common/attention-display.svelte.ts';
import { rowTokens } from '../../common/head-rows.ts';
import type { Domain } from '../../common/heatmap/scale.ts';
import { tileSide, type Viewport } from '../../common/heatmap/viewport.ts';
import { tableOfMatrix, type Table } from '../../common/table.ts';
import { readPattern, readTiles } from '../../common/tiles.ts';
import type { Drawing, DrawingSize } from '../../drawing/drawing.ts';
import { matrixDrawing } from '../../drawing/parts/matrix.ts';
import type { AttentionMap, Run, Token } from '../../runs/run.ts';
import { cellSpan, headPicture } from './pattern.ts';

/** Cells of a figure's side at most: below it every weight has one of its own. */
const MOST_CELLS = 1024;

/** A head of a run. */
export interface Head {
  readonly run: Run;
  readonly map: AttentionMap;
  readonly layer: number;
  readonly head: number;
}

/** The part of a head that is on screen, as a figure. */
export async function headDrawing(
  { run, map, layer, head }: Head,
  view: Viewport,
  firstKey: number,
  domain: Domain,
  size: DrawingSize,
): Promise<Drawing> {
  const rows = tileSide(view.top, view.bottom, map.queries.length, MOST_CELLS);
  const columns = tileSide(view.left, view.right, map.keys.length, MOST_CELLS, firstKey);
  const release: (() => void)[] = [];
  try {
    const picture = await headPicture(
      {
        ...{ run, map, layer, head, top: rows.from, bottom: rows.to, height: rows.cells },
        ...{ left: columns.from, right: columns.to, width: columns.cells },
      },
      { own: (end) => release.push(end) },
    );
    const values = await readTiles(run, picture.tiles);
    const diagonal = maskDiagonal(map);
    const pooled = Math.ceil((rows.to - rows.from) / rows.cells);
    const title = `${run.model.name} · ${headsTitle(map, layer, [head])}`;
    return matrixDrawing(
      {
        title: pooled > 1 ? `${title} · each cell: the largest of ${pooled} × ${pooled}` : title,
        ...{ measure: 'weight', domain, scale: 'sequential', values },
        rows: rowTokens(run, map).slice(rows.from, rows.to),
        columns: map.keys.slice(columns.from, columns.to),
        ...{ rowsAre: 'query', columnsAre: 'key' },
        cells: { rows: rows.cells, columns: columns.cells },
        ...(diagonal === null
          ? {}
          : {
              isMasked: (row: number, column: number) =>
                cellSpan(columns, column)[0] > cellSpan(rows, row)[1] - 1 + diagonal,
            }),
      },
      size,
    );
  } finally {
    for (const end of release) end();
  }
}

/** The whole pattern of a head: a row for each query, a column for each key. */
export async function headTable({ run, map, layer, head }: Head): Promise<Table> {
  const values = await readPattern(run, map, layer, head);
  const names = (tokens: readonly Token[]) => tokens.map(({ text }, index) => `${index} ${text}`);
  const table = tableOfMatrix(
    'attention',
    values,
    { name: 'query', names: names(map.queries) },
    { name: 'key', names: names(map.keys) },
  );
  const S = map.keys.length;
  const received = new Float32Array(S);
  for (const [at, weight] of values.entries()) received[at % S] = (received[at % S] ?? 0) + weight;
  return { ...table, arrays: [...table.arrays, { name: 'received', shape: [S], values: received }] };
}
