import type { Drawing, Mark } from '../../../src/renderer/drawing/drawing.ts';
import type { Table } from '../../../src/renderer/common/table.ts';
import type { Run } from '../../../src/renderer/runs/run.ts';

/** What a view says of a run, to be held against the run itself. */
export interface Said {
  readonly run: Run;
  readonly table: Table;
  /** The values of an array of the table. @throws when it has none of that name */
  arrays(name: string): readonly (number | string)[];
  readonly drawing: Drawing;
  /** All text of the drawing. */
  readonly texts: readonly string[];
}

/** Expects that the numbers of a view's table and drawing are those of the run; `agrees/<id>.ts` has one for each view. */
export type Agrees = (said: Said) => Promise<void> | void;

/** All marks of a drawing, those in groups too. */
export function* allMarks(marks: readonly Mark[]): Generator<Mark> {
  for (const mark of marks) {
    yield mark;
    if (mark.kind === 'group') yield* allMarks(mark.marks);
  }
}

export function saidBy(run: Run, table: Table, drawing: Drawing): Said {
  const texts = [...allMarks(drawing.marks)].flatMap((mark) => (mark.kind === 'text' ? [mark.text] : []));
  const arrays = (name: string) => {
    const found = table.arrays.find((array) => array.name === name);
    if (found === undefined)
      throw new Error(`The table has no “${name}”: ${table.arrays.map((array) => array.name).join(', ')}.`);
    return [...found.values];
  };
  return { run, table, arrays, drawing, texts };
}
