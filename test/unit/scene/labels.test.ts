import { expect, test } from 'vitest';
import { placeLabels, type LabelWish } from '../../../src/renderer/scene/labels.ts';

const wish = (index: number, x: number, y: number, rest: Partial<LabelWish> = {}): LabelWish => ({
  index,
  x,
  y,
  width: 40,
  height: 18,
  must: false,
  depth: index,
  ...rest,
});

test('a label stands right of its point, or left of it at the edge', () => {
  expect(placeLabels([wish(0, 50, 50)], 200, 100)).toEqual([{ index: 0, x: 58, y: 41 }]);
  expect(placeLabels([wish(0, 190, 50)], 200, 100)).toEqual([{ index: 0, x: 142, y: 41 }]);
});

test('no label covers another, and the ones in front come first', () => {
  const wishes = Array.from({ length: 60 }, (_, i) =>
    wish(i, 20 + ((i * 37) % 160), 15 + ((i * 23) % 70), { depth: 60 - i }),
  );
  const placed = placeLabels(wishes, 200, 100);
  expect(placed.length).toBeGreaterThan(5);
  expect(placed[0]?.index).toBe(59);
  for (const [i, a] of placed.entries())
    for (const b of placed.slice(i + 1))
      expect(Math.abs(a.x - b.x) >= 40 || Math.abs(a.y - b.y) >= 18).toBe(true);
});

test('a label that must be seen is, whatever stands there', () => {
  const placed = placeLabels([wish(0, 50, 50), wish(1, 50, 50, { must: true, depth: 99 })], 110, 60);
  expect(placed[0]).toEqual({ index: 1, x: 58, y: 41 });
  const outside = placeLabels([wish(0, -500, -500, { must: true })], 100, 100);
  expect(outside).toHaveLength(1);
});
