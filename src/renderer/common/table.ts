/** What a view shows, as numbers: rows for CSV, and arrays with shapes for `.npz`. Exact and whole, whatever is on screen. */
export interface Table {
  /** The header of the rows. */
  readonly columns: readonly string[];
  /** May be made as it is read, and can be read more than once. */
  readonly rows: Iterable<readonly TableCell[]>;
  readonly arrays: readonly TableArray[];
}

/** null: nothing is known, an empty field. */
export type TableCell = string | number | boolean | null;

/** An array as numpy has it: C order, `values.length` is the product of the shape. */
export interface TableArray {
  /** Letters, digits, `_` and `.`: the key in the `.npz`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array | readonly string[];
}

/** A column: strings, or numbers. */
export type TableColumn = Float32Array | Int32Array | readonly string[];

/**
 * A table of columns of one length: each is a column of the CSV and a one-dimensional array of the `.npz`.
 * @throws RangeError when the lengths differ
 */
export function tableOf(columns: Readonly<Record<string, TableColumn>>): Table {
  const names = Object.keys(columns);
  const lists = Object.values(columns);
  const length = lists[0]?.length ?? 0;
  if (lists.some((list) => list.length !== length))
    throw new RangeError('Columns of a table differ in length.');
  return {
    columns: names,
    rows: {
      *[Symbol.iterator]() {
        for (let row = 0; row < length; row++) yield lists.map((list) => list[row] ?? null);
      },
    },
    arrays: names.map((name, i) => ({ name, shape: [length], values: lists[i] ?? [] })),
  };
}

/**
 * A matrix: a row for each name of its first axis and a column for each of its second, and in the `.npz` the array with
 * the two lists of names.
 * @param values [rows, columns]
 */
export function tableOfMatrix(
  name: string,
  values: Float32Array,
  rows: { readonly name: string; readonly names: readonly string[] },
  columns: { readonly name: string; readonly names: readonly string[] },
): Table {
  const width = columns.names.length;
  if (values.length !== rows.names.length * width)
    throw new RangeError(`${values.length} values are no ${rows.names.length} × ${width} matrix.`);
  return {
    columns: [`${rows.name} \\ ${columns.name}`, ...columns.names],
    rows: {
      *[Symbol.iterator]() {
        for (const [row, label] of rows.names.entries())
          yield [label, ...values.subarray(row * width, (row + 1) * width)];
      },
    },
    arrays: [
      { name, shape: [rows.names.length, width], values },
      { name: rows.name, shape: [rows.names.length], values: rows.names },
      { name: columns.name, shape: [width], values: columns.names },
    ],
  };
}
