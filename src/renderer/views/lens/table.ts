import type { LensTable } from '../../analysis/lens.ts';
import type { Table } from '../../common/table.ts';
import type { Lens } from '../../runs/facets/lens.ts';
import { TOKEN_SCORES } from '../../kernels/analysis/token-score.ts';
import type { Run } from '../../runs/run.ts';
import { answersOf } from './measures.ts';

const COLUMNS = [
  ...['layer', 'position', 'token', 'answer_id', 'answer', 'probability', 'logit', 'divergence'],
  ...['followed_id', 'followed_logit', 'followed_probability', 'followed_rank'],
];

/** A row for each cell; arrays over layers and positions, as captures name them. */
export function lensTable(
  { tokens }: Pick<Run, 'tokens'>,
  lens: Pick<Lens, 'token'>,
  table: LensTable,
): Table {
  const { depth, positions: T, k, scores, chosen } = table;
  const column = (values: Float32Array, width: number, at: number) =>
    Float32Array.from({ length: values.length / width }, (_, cell) => values[cell * width + at] ?? NaN);
  const score = (at: number) =>
    scores === null ? new Float32Array(depth * T) : column(scores, TOKEN_SCORES, at);
  return {
    columns: COLUMNS,
    rows: {
      *[Symbol.iterator]() {
        for (let layer = 0; layer < depth; layer++)
          for (let position = 0; position < T; position++) {
            const cell = layer * T + position;
            const [best] = answersOf(table, layer, position);
            yield [
              ...[layer, position, tokens[position]?.text ?? '', best?.id ?? null],
              best === undefined ? null : lens.token(best.id).text,
              ...[best?.probability ?? null, best?.logit ?? null, table.divergence[cell] ?? null],
              chosen?.[position] ?? null,
              ...[0, 1, 2].map((at) => scores?.[cell * TOKEN_SCORES + at] ?? null),
            ];
          }
      },
    },
    arrays: [
      { name: 'lens.ids', shape: [depth, T, k], values: Int32Array.from(column(table.top, 3, 0)) },
      { name: 'lens.logits', shape: [depth, T, k], values: column(table.top, 3, 1) },
      { name: 'lens.probabilities', shape: [depth, T, k], values: column(table.top, 3, 2) },
      { name: 'lens.divergence', shape: [depth, T], values: table.divergence },
      { name: 'followed.ids', shape: [T], values: Int32Array.from(chosen ?? new Uint32Array(T)) },
      { name: 'followed.logits', shape: [depth, T], values: score(0) },
      { name: 'followed.probabilities', shape: [depth, T], values: score(1) },
      { name: 'followed.ranks', shape: [depth, T], values: score(2) },
    ],
  };
}
