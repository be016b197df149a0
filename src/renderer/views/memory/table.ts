import { tableOf, type Table } from '../../common/table.ts';
import { FORMULAS, type Series } from './series.ts';

/** Every value of every curve, a row each. */
export function memoryTable(all: readonly Series[]): Table {
  const rows = all.flatMap((series) => Array.from(series.values, (value, step) => ({ series, value, step })));
  return tableOf({
    model: rows.map(({ series }) => series.model.name),
    curve: rows.map(({ series }) => series.part),
    quantity: rows.map(({ series }) => FORMULAS[series.quantity]),
    sequence: rows.map(({ series }) => series.side),
    step: Int32Array.from(rows, ({ step }) => step),
    steps_before_the_last: Int32Array.from(rows, ({ series, step }) => series.values.length - 1 - step),
    token: rows.map(({ series, step }) => series.tokens[step]?.text ?? ''),
    value: Float32Array.from(rows, ({ value }) => value),
    standard_error: Float32Array.from(rows, ({ series, step, value }) => (series.error?.[step] ?? 0) * value),
  });
}
