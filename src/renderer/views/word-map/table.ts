import { tableOf, type Table } from '../../common/table.ts';
import type { WordMap } from './points.ts';

/** Every point and its place along the axes; in the `.npz` also where the sum stands after each of its terms. */
export function wordMapTable({ points, places, steps, explained }: WordMap): Table {
  const along = (axis: number) => Float32Array.from(points, (_, i) => places[i * 3 + axis] ?? 0);
  const table = tableOf({
    word: points.map(({ text }) => text),
    kind: points.map(({ kind }) => kind),
    id: Int32Array.from(points, ({ id }) => id),
    near_to: Int32Array.from(points, ({ of }) => of),
    cosine: Float32Array.from(points, ({ cosine }) => cosine),
    x: along(0),
    y: along(1),
    z: along(2),
  });
  return {
    ...table,
    arrays: [
      ...table.arrays,
      { name: 'explained', shape: [3], values: Float32Array.from(explained) },
      { name: 'steps', shape: [steps.length / 3, 3], values: steps },
    ],
  };
}
