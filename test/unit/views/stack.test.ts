import { expect, test } from 'vitest';
import { stackDrawing } from '../../../src/renderer/views/stack/drawing.ts';
import { largestOf, planeOf, type StackPictures } from '../../../src/renderer/views/stack/pictures.ts';
import { shotOf, spaceOf } from '../../../src/renderer/views/stack/space.ts';

const token = (id: number) => ({ id, text: String(id), span: null, special: false });
/** Two heads of one layer over two tokens; a weight of the second is not a number. */
const pictures = {
  run: {},
  map: { layers: 1, heads: 2, causal: false, queries: [token(0), token(1)], keys: [token(0), token(1)] },
  ...{ firstKey: 0, rows: 2, columns: 2 },
  values: Float32Array.from([0.5, 0.5, 0.25, 0.75, 0.1, 0.2, NaN, 0.3]),
} as unknown as StackPictures;

test('a plane over weights that are not numbers is not a number there, and its scale ends at the largest that is', () => {
  expect([...planeOf(pictures, 0, 'mean', 0)][2]).toBeNaN();
  expect([...planeOf(pictures, 0, 'max', 0)][2]).toBeNaN();
  expect(largestOf(pictures, 'max', 0)).toBe(0.75);
  expect(largestOf(pictures, 'one', 1)).toBeCloseTo(0.3, 6);
});

test('a figure shows such cells and names their colour', () => {
  const camera = shotOf('corner', spaceOf(pictures), 1.5);
  const look = { merge: 'mean', head: 0, domain: { low: 0, high: 1, log: false }, camera } as const;
  const { marks } = stackDrawing(
    pictures,
    { ...look, title: 'model', query: null, key: null },
    { width: 600, height: 400, text: 12 },
  );
  const cells = marks.filter((mark) => mark.kind === 'polyline' && typeof mark.fill === 'object');
  expect(cells).toHaveLength(4);
  expect(cells).toContainEqual(expect.objectContaining({ fill: { scale: 'sequential', at: NaN } }));
  expect(JSON.stringify(marks)).toContain('NaN or ∞');
});
