import { counted } from '../../common/numbers.ts';
import { attentionName } from '../../common/attention-names.ts';
import { HeadgateError } from '../../../common/error.ts';
import { maskDiagonal } from '../../common/attention-display.svelte.ts';
import type { Domain } from '../../common/heatmap/scale.ts';
import type { Table } from '../../common/table.ts';
import { readPattern, readTiles } from '../../common/tiles.ts';
import type { Drawing, DrawingSize, Mark } from '../../drawing/drawing.ts';
import { heatmapMarks, holdsInvalid } from '../../drawing/parts/heatmap.ts';
import { colourBar } from '../../drawing/parts/legend.ts';
import { fitText, LINE_HEIGHT, textWidth } from '../../drawing/text.ts';
import type { AttentionMap, Run } from '../../runs/run.ts';
import { gridPicture, type GridWish } from './patterns.ts';

/** Cells of a thumbnail's side at most. */
const MOST_CELLS = 128;
/** Wider thumbnails than this, in sizes of text, are no thumbnails. */
const WIDEST = 24;

/** Every head of a run, with the names of layers and heads and a scale; as tall as they need. */
export async function gridDrawing(
  { run, map, firstKey, pool }: Pick<GridWish, 'run' | 'map' | 'firstKey' | 'pool'>,
  domainOf: (largest: number) => Domain,
  size: DrawingSize,
): Promise<Drawing> {
  const [queries, keys] = [map.queries.length, map.keys.length - firstKey];
  const [rows, columns] = [Math.min(queries, MOST_CELLS), Math.min(keys, MOST_CELLS)];
  const { values, largest } = await valuesOf({ run, map, firstKey, pool, rows, columns });
  const { text } = size;
  const domain = domainOf(largest);
  const margin = text;
  const left = margin + textWidth(`L${map.layers - 1}`, { size: text }) + text * 0.6;
  const top = margin + text * (LINE_HEIGHT * 2 + 0.8);
  const gap = text * 0.6;
  const room = (size.width - left - margin + gap) / map.heads - gap;
  const side = Math.max(Math.min(room, WIDEST * text), 2);
  const thumb = { width: side, height: side * Math.min(Math.max(queries / keys, 0.5), 2) };
  const diagonal = maskDiagonal(map);
  const isMasked =
    diagonal === null
      ? undefined
      : (row: number, column: number) =>
          firstKey + Math.floor((column * keys) / columns) >
          Math.ceil(((row + 1) * queries) / rows) - 1 + diagonal;
  const marks: Mark[] = [];
  for (let head = 0; head < map.heads; head++)
    marks.push({
      ...{ kind: 'text', x: left + head * (side + gap) + side / 2, y: top - text * 0.5, text: `H${head}` },
      ...{ size: text, anchor: 'middle', fill: { head, of: map.heads } },
    });
  for (let layer = 0; layer < map.layers; layer++) {
    const y = top + layer * (thumb.height + gap);
    marks.push({
      ...{ kind: 'text', x: left - text * 0.6, y: y + thumb.height / 2, text: `L${layer}`, size: text },
      ...{ anchor: 'end', baseline: 'middle', fill: 'text-2' },
    });
    for (let head = 0; head < map.heads; head++) {
      const first = (layer * map.heads + head) * rows * columns;
      const place = { x: left + head * (side + gap), y, ...thumb };
      marks.push(
        ...heatmapMarks(
          {
            ...{ rows, columns, domain, scale: 'sequential', isImage: true },
            values: values.subarray(first, first + rows * columns),
            ...(isMasked === undefined ? {} : { isMasked }),
          },
          place,
        ),
      );
    }
  }
  const bottom = top + map.layers * (thumb.height + gap) - gap + text * 1.2;
  const bar = colourBar(
    { x: left, y: bottom },
    {
      ...{ title: 'weight', domain, scale: 'sequential', masked: map.causal },
      invalid: holdsInvalid({ values, columns: values.length }),
    },
    text,
  );
  const pooled = rows < queries || columns < keys ? `, each cell the ${WORDS[pool]} of several weights` : '';
  const title = `${run.model.name} · ${gridTitle(map)}${pooled}`;
  const face = { size: text, weight: 700 } as const;
  const width = Math.max(size.width, left + map.heads * (side + gap));
  return {
    width,
    height: Math.ceil(bottom + bar.height + margin),
    marks: [
      {
        ...{ kind: 'text', x: margin, y: margin, text: fitText(title, width - 2 * margin, face), ...face },
        ...{ fill: 'text-1', baseline: 'top' },
      },
      ...marks,
      ...bar.marks,
    ],
    title,
  };
}

/** Which heads are shown: `cross-attention of 4 × 4 heads`. */
export function gridTitle(map: Pick<AttentionMap, 'kind' | 'layers' | 'heads'>): string {
  return `${attentionName(map)} of ${map.layers} × ${counted(map.heads, 'head')}`;
}

const WORDS = { max: 'largest', mean: 'mean' } as const;

async function valuesOf(wish: GridWish): Promise<{ values: Float32Array; largest: number }> {
  const release: (() => void)[] = [];
  try {
    const { tiles, largest } = await gridPicture(wish, {
      ...{ signal: new AbortController().signal, own: (end) => release.push(end) },
      ...{ show: () => undefined, progress: () => undefined },
    });
    return { values: await readTiles(wish.run, tiles), largest: largest ?? 1 };
  } finally {
    for (const end of release) end();
  }
}

/** Weights that a table holds at most: 1 GiB. */
const MOST_WEIGHTS = 2 ** 28;

/**
 * The weights of every head, exact: a row for each query of each head, a column for each key, and one array [L, H, T, S].
 * @throws HeadgateError when there are too many
 */
export async function gridTable(run: Run, map: AttentionMap): Promise<Table> {
  const { layers, heads } = map;
  const [T, S] = [map.queries.length, map.keys.length];
  if (layers * heads * T * S > MOST_WEIGHTS)
    throw new HeadgateError(
      'too-large',
      `The weights of ${layers * heads} heads over ${T} × ${S} tokens are too many for one table.`,
      'Save the view of one head, or use “headgate capture --keep attentions”.',
    );
  const weights = new Float32Array(layers * heads * T * S);
  for (let index = 0; index < layers * heads; index++)
    weights.set(await readPattern(run, map, Math.floor(index / heads), index % heads), index * T * S);
  return {
    columns: ['layer', 'head', 'query', ...map.keys.map(({ text }, key) => `${key} ${text}`)],
    rows: {
      *[Symbol.iterator]() {
        for (let row = 0; row < layers * heads * T; row++) {
          const index = Math.floor(row / T);
          const query = row % T;
          yield [
            ...[Math.floor(index / heads), index % heads, `${query} ${map.queries[query]?.text ?? ''}`],
            ...weights.subarray(row * S, (row + 1) * S),
          ];
        }
      },
    },
    arrays: [
      { name: 'attentions', shape: [layers, heads, T, S], values: weights },
      { name: 'query', shape: [T], values: map.queries.map(({ text }) => text) },
      { name: 'key', shape: [S], values: map.keys.map(({ text }) => text) },
    ],
  };
}
