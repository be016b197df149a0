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

test('a label that must be seen goes farther, and still covers none', () => {
  const wishes = Array.from({ length: 12 }, (_, i) => wish(i, 100, 60, { must: true }));
  const placed = placeLabels(wishes, 220, 140);
  expect(placed.length).toBeGreaterThanOrEqual(9);
  for (const [i, a] of placed.entries())
    for (const b of placed.slice(i + 1))
      expect(Math.abs(a.x - b.x) >= 40 || Math.abs(a.y - b.y) >= 18).toBe(true);
  const [first] = placeLabels([wish(0, 50, 50), wish(1, 50, 50, { must: true, depth: 99 })], 200, 100);
  expect(first).toEqual({ index: 1, x: 58, y: 41 });
  expect(placeLabels([wish(0, -500, -500, { must: true })], 100, 100)).toHaveLength(1);
});

test('what is taken stays free', () => {
  const taken = [{ left: 50, top: 0, right: 200, bottom: 100 }];
  expect(placeLabels([wish(0, 48, 50)], 200, 100, taken)).toEqual([{ index: 0, x: 0, y: 41 }]);
});
