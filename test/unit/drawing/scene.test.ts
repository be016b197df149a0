import { expect, test, vi } from 'vitest';
import type { Mark, TextMark } from '../../../src/renderer/drawing/drawing.ts';
import { MARKS_AS_IMAGE, sceneMarks, type Scene } from '../../../src/renderer/drawing/parts/scene.ts';
import { projector, START, type Point } from '../../../src/renderer/scene/orbit.ts';

const size = { width: 400, height: 300, text: 12 };
const base: Scene = {
  ...{ points: [], lines: [], axes: [], labels: [] },
  project: projector({ ...START, distance: 5 }, 4 / 3),
  image: vi.fn(() => Promise.resolve({ columns: 1, rows: 1, rgba: new Uint8ClampedArray([1, 2, 3, 4]) })),
};
const texts = (marks: readonly Mark[]) =>
  marks.filter((mark): mark is TextMark => mark.kind === 'text').map(({ text }) => text);

test('what is far is drawn first, what is behind the camera not at all', async () => {
  const at = (z: number, radius: number) => ({ at: [0, 0, z] as Point, radius, fill: 'accent' as const });
  const marks = await sceneMarks({ ...base, points: [at(1, 1), at(-1, 2), at(0, 3), at(90, 4)] }, size);
  expect(marks.map((mark) => (mark.kind === 'circle' ? mark.radius : mark.kind))).toEqual([2, 3, 1]);
});

test('a point stands where the camera sees it, and a line has a colour for each piece', async () => {
  const origin: Point = [0, 0, 0];
  const marks = await sceneMarks(
    {
      ...base,
      points: [{ at: origin, radius: 2, fill: 'accent' }],
      lines: [{ points: [origin, [0, 0.5, 0], [0, 1, 0]], stroke: ['query', 'key'], strokeWidth: 1 }],
    },
    size,
  );
  const point = marks.find(({ kind }) => kind === 'circle');
  expect(point).toMatchObject({ x: 200, y: 150 });
  const pieces = marks.filter((mark) => mark.kind === 'line');
  expect(pieces.map(({ stroke }) => stroke).sort()).toEqual(['key', 'query']);
  expect(pieces.every(({ y1, y2 }) => y2 < y1)).toBe(true);
});

test('many points become one image under vector axes', async () => {
  const axes = [
    {
      points: [
        [-1, 0, 0],
        [1, 0, 0],
      ] as Point[],
      stroke: 'line-3' as const,
      strokeWidth: 1,
    },
  ];
  const point = { at: [0, 0, 0] as Point, radius: 1, fill: 'accent' as const };
  const few = await sceneMarks({ ...base, axes, points: Array.from({ length: 10 }, () => point) }, size);
  expect(few.filter(({ kind }) => kind === 'circle')).toHaveLength(10);
  expect(base.image).not.toHaveBeenCalled();
  const points = Array.from({ length: MARKS_AS_IMAGE }, () => point);
  const many = await sceneMarks({ ...base, axes, points }, size);
  expect(many.map(({ kind }) => kind)).toEqual(['line', 'image']);
});

test('labels cover nothing, and those without room are counted', async () => {
  const label = (text: string, at: Point) => ({ text, at, fill: 'text-1' as const });
  const apart = await sceneMarks(
    { ...base, labels: [label('a', [-0.5, 0, 0]), label('b', [0.5, 0, 0])] },
    size,
  );
  expect(texts(apart)).toEqual(expect.arrayContaining(['a', 'b']));
  expect(apart).toHaveLength(2);
  const crowd = Array.from({ length: 30 }, (_, i) => label(`word ${i}`, [0, 0, 0]));
  const shown = texts(await sceneMarks({ ...base, labels: crowd }, size));
  const note = shown.at(-1) ?? '';
  expect(note).toBe(`${30 - (shown.length - 1)} of 30 labels are left out: they have no room.`);
});
