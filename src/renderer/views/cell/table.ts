import type { Table } from '../../common/table.ts';
import { barsOf, type CellPicture } from './equation.ts';

/** A row for each unit: its value in every bar of the picture. */
export function cellTable(picture: CellPicture): Table {
  const bars = barsOf(picture);
  const units = Math.max(0, ...bars.map(({ values }) => values.length));
  return {
    columns: ['unit', ...bars.map(({ name }) => name)],
    rows: {
      *[Symbol.iterator]() {
        for (let unit = 0; unit < units; unit++)
          yield [unit, ...bars.map(({ values }) => values[unit] ?? null)];
      },
    },
    arrays: bars.map(({ name, values }) => ({ name, shape: [values.length], values })),
  };
}
