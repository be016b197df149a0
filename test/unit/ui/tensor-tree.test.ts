import { describe, expect, test } from 'vitest';
import type { TensorInfo } from '../../../src/common/contract.ts';
import { rowsOf, treeOf } from '../../../src/renderer/ui/tensors/tree.ts';

const tensor = (name: string, size = 4): TensorInfo => ({
  ...{ name, dtype: 'F32', shape: [size / 4], file: 'f', begin: 0, end: size },
});
const names = ['model.layers.10.w', 'model.layers.2.w', 'model.layers.2.b', 'head.weight', 'x'];
const model = { tensors: names.map((name) => tensor(name)) };
const shown = (wanted = '', toggled: string[] = []) =>
  rowsOf(treeOf(model, wanted), new Set(toggled), wanted !== '').map(
    ({ depth, label, tensor: leaf, tensors }) =>
      `${' '.repeat(depth)}${label}${leaf === null ? ` (${tensors})` : ''}`,
  );

describe('tensors as a tree', () => {
  test('groups stand before tensors, by their numbers; lone groups are one row', () => {
    expect(shown()).toEqual([
      'head (1)',
      ' weight',
      'model.layers (3)',
      ' 2 (2)',
      '  b',
      '  w',
      ' 10 (1)',
      '  w',
      'x',
    ]);
  });

  test.each([
    [
      'a group is closed',
      '',
      ['model.layers.2.'],
      ['head (1)', ' weight', 'model.layers (3)', ' 2 (2)', ' 10 (1)', '  w', 'x'],
    ],
    ['names are looked for', 'layers .w', [], ['model.layers (2)', ' 2 (1)', '  w', ' 10 (1)', '  w']],
    ['types and shapes too', 'f32 [1] head', [], ['head (1)', ' weight']],
    ['nothing is found', 'zebra', [], []],
  ])('%s', (_, wanted, toggled, rows) => {
    expect(shown(wanted, toggled)).toEqual(rows);
  });

  test('a large model begins with its first level open', () => {
    const many = { tensors: Array.from({ length: 500 }, (_, i) => tensor(`model.layers.${i}.w`)) };
    const rows = rowsOf(treeOf(many), new Set());
    expect([rows.length, rows[0]?.bytes, rows.at(-1)?.isOpen]).toEqual([501, 2000, false]);
  });
});
