import { expect, test } from 'vitest';
import { roved } from '../../../src/renderer/common/roving.ts';

const LINE = [12];
/** Three rows, of which the second has one stop. */
const ROWS = [3, 1, 2];
const MANY = Array.from({ length: 25 }, () => 1);

test.each([
  ['ArrowRight', LINE, [0, 3], [0, 4]],
  ['ArrowDown', LINE, [0, 3], [0, 4]],
  ['ArrowLeft', LINE, [0, 0], [0, 0]],
  ['End', LINE, [0, 3], [0, 11]],
  ['Home', LINE, [0, 3], [0, 0]],
  ['PageDown', LINE, [0, 3], [0, 11]],
  ['ArrowDown', ROWS, [0, 2], [1, 0]],
  ['ArrowDown', ROWS, [2, 1], [2, 1]],
  ['ArrowUp', ROWS, [2, 1], [1, 0]],
  ['ArrowRight', ROWS, [0, 1], [0, 2]],
  ['ArrowRight', ROWS, [0, 2], [0, 2]],
  // The window's own key: there is nothing beside it.
  ['ArrowRight', ROWS, [1, 0], null],
  ['Home', ROWS, [2, 1], [0, 1]],
  ['End', ROWS, [0, 2], [2, 1]],
  ['PageDown', MANY, [4, 0], [14, 0]],
  ['PageDown', MANY, [20, 0], [24, 0]],
  ['PageUp', MANY, [4, 0], [0, 0]],
  ['Enter', MANY, [4, 0], null],
] as const)('%s in rows of %j leads from %j to %j', (key, rows, from, to) => {
  expect(roved(key, rows, from)).toEqual(to);
});
