import { tableOf, type Table } from '../../common/table.ts';
import { isOfWords, nameOf } from '../../common/words.ts';
import type { Fit } from './fit.ts';
import { markOf } from './geometry.ts';
import { statesOf } from './states.ts';

/** The places of all points along the axes; in the `.npz` also the axes themselves and the shares of the variance. */
export function trajectoryTable({ coordinates, run, places: { length } }: Fit): Table {
  const { places, explained, basis } = coordinates;
  const marks = Array.from({ length: length / 3 }, (_, index) => markOf(coordinates, index));
  const states = statesOf(run).map(({ name }) => name);
  const along = (axis: number) => Float32Array.from(marks, (_, index) => places[index * 3 + axis] ?? 0);
  const table = tableOf({
    state: marks.map(({ state }) => states[state] ?? ''),
    position: Int32Array.from(marks, ({ token }) => token),
    token: marks.map(({ token }) => (isOfWords(run) ? nameOf(run, token) : (run.tokens[token]?.text ?? ''))),
    pc1: along(0),
    pc2: along(1),
    pc3: along(2),
  });
  const width = basis.means.length;
  const axes = Float32Array.from(
    { length: 3 * width },
    (_, i) => basis.axes[(i % width) * 4 + Math.floor(i / width)] ?? 0,
  );
  return {
    ...table,
    arrays: [
      ...table.arrays,
      { name: 'explained', shape: [3], values: Float32Array.from(explained) },
      { name: 'mean', shape: [width], values: basis.means },
      { name: 'axes', shape: [3, width], values: axes },
    ],
  };
}
