import { unzipSync } from 'fflate';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { csvLine, csvOf } from '../../../src/renderer/common/csv.ts';
import { fileName } from '../../../src/renderer/common/file-name.ts';
import { npyOf, npzOf } from '../../../src/renderer/common/npz.ts';
import { tableOf, tableOfMatrix } from '../../../src/renderer/common/table.ts';

describe('CSV', () => {
  test.each([
    [['a', 'b'], 'a,b\r\n'],
    [['say "hi"', 'x,y', 'two\nlines', ''], '"say ""hi""","x,y","two\nlines",\r\n'],
    [[null, true, 3, -0.5], ',true,3,-0.5\r\n'],
    [[NaN, Infinity, -Infinity], 'nan,inf,-inf\r\n'],
    // A float32 reads back as itself, without the digits that only a float64 has.
    [[Math.fround(0.1), Math.fround(1 / 3), Math.fround(1e-20), 0.1], '0.1,0.33333334,1e-20,0.1\r\n'],
  ])('%j', (cells, expected) => expect(csvLine(cells)).toBe(expected));

  test('a table is written whole, header first', async () => {
    const table = tableOf({
      token: ['a', 'b'],
      p: new Float32Array([0.5, 0.25]),
      id: new Int32Array([1, 2]),
    });
    expect(await (await csvOf(table)).text()).toBe('token,p,id\r\na,0.5,1\r\nb,0.25,2\r\n');
    const long = tableOf({ n: Int32Array.from({ length: 2000 }, (_, i) => i) });
    expect((await (await csvOf(long)).text()).split('\r\n')).toHaveLength(2002);
    await expect(csvOf(long, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });

  test('a matrix has a row for each query and a column for each key', async () => {
    const table = tableOfMatrix(
      'attention',
      new Float32Array([1, 0, 0.5, 0.5]),
      { name: 'query', names: ['0 a', '1 b'] },
      { name: 'key', names: ['0 a', '1 b'] },
    );
    expect(await (await csvOf(table)).text()).toBe('query \\ key,0 a,1 b\r\n0 a,1,0\r\n1 b,0.5,0.5\r\n');
    expect(table.arrays.map(({ name, shape }) => [name, shape])).toEqual([
      ['attention', [2, 2]],
      ['query', [2]],
      ['key', [2]],
    ]);
  });

  test('columns of different lengths are refused', () => {
    expect(() => tableOf({ a: ['x'], b: [] })).toThrow(RangeError);
    expect(() =>
      tableOfMatrix('m', new Float32Array(3), { name: 'r', names: ['a'] }, { name: 'c', names: ['b'] }),
    ).toThrow(RangeError);
  });
});

describe('npz', () => {
  const arrays = [
    { name: 'attention', shape: [2, 3], values: new Float32Array([0, 0.5, 1, -1, NaN, Infinity]) },
    { name: 'ids', shape: [3], values: new Int32Array([1, -2, 2 ** 31 - 1]) },
    { name: 'tokens', shape: [3], values: ['a', ' the', '東👍'] },
    { name: 'nothing', shape: [0, 4], values: new Float32Array() },
    { name: 'empty_texts', shape: [1], values: [''] },
    { name: 'scalar', shape: [], values: new Float32Array([3]) },
  ];

  /** numpy reads the file in test/fixtures/drawing/check_npz.py, which says what must be in it. */
  test('the file is the one that numpy was shown', async () => {
    const bytes = new Uint8Array(await (await npzOf(arrays)).arrayBuffer());
    const path = 'test/fixtures/drawing/arrays.npz';
    if (process.env['WRITE_NPZ'] !== undefined) writeFileSync(path, bytes);
    expect(Buffer.from(bytes).equals(readFileSync(path))).toBe(true);
    expect(Object.keys(unzipSync(bytes))).toEqual(arrays.map(({ name }) => `${name}.npy`));
  });

  test('values begin at a multiple of 64 bytes, after a header that says what they are', () => {
    const file = npyOf({ name: 'x', shape: [2, 1], values: new Float32Array([1.5, 2]) });
    const start = 10 + new DataView(file.buffer).getUint16(8, true);
    expect(start % 64).toBe(0);
    const header = new TextDecoder('latin1').decode(file.subarray(10, start));
    expect([...file.subarray(0, 8)]).toEqual([0x93, ...Buffer.from('NUMPY'), 1, 0]);
    expect(header).toMatch(/^\{'descr': '<f4', 'fortran_order': False, 'shape': \(2, 1\), \} *\n$/);
    expect([...new Float32Array(file.slice(start).buffer)]).toEqual([1.5, 2]);
  });

  test('a shape that is not that of the values is refused', () => {
    expect(() => npyOf({ name: 'x', shape: [2, 2], values: new Float32Array(3) })).toThrow('x has 3 values');
  });
});

test.each([
  [
    'headgate-gpt',
    'attention-head',
    'Call me Ishmael.',
    'headgate-gpt · attention-head · call-me-ishmael.svg',
  ],
  ['org/Llama-3.2-1B', 'gates', 'a/b\\c:d*e?f"g<h>i|j', 'Llama-3.2-1B · gates · a-b-c-d-e-f-g-h-i-j.svg'],
  ['..', 'gates', '  \n\t ', 'model · gates.svg'],
  ['model.', 'gates', 'Don’t  stop', 'model · gates · dont-stop.svg'],
  ['m', 'memory', '東京は夜です。', 'm · memory · 東京は夜です.svg'],
  ['m', 'memory', 'Cafe\u0301 au lait', 'm · memory · café-au-lait.svg'],
  ['m', 'memory', '🙂🙂', 'm · memory.svg'],
  ['CON', 'memory', 'x\0y', 'CON · memory · x-y.svg'],
  ['m', 'memory', `${'long '.repeat(40)}`, 'm · memory · long-long-long-long-long-long-long.svg'],
  ['m', 'memory', 'x'.repeat(400), `m · memory · ${'x'.repeat(36)}.svg`],
])('%j, %j and %j make a file name', (model, view, text, expected) => {
  const name = fileName({ model, view, text }, 'svg');
  expect(name).toBe(expected);
  expect(
    new TextEncoder().encode(fileName({ model, view, text: '東'.repeat(90), detail: 'x'.repeat(90) }, 'npz'))
      .length,
  ).toBeLessThan(143);
});

test('a detail stands before the text', () => {
  expect(fileName({ model: 'm', view: 'attention-head', text: 'A b', detail: 'L3 H5' }, 'csv')).toBe(
    'm · attention-head · L3 H5 · a-b.csv',
  );
});
