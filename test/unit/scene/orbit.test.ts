import { PerspectiveCamera, Vector3 } from 'three';
import { describe, expect, test } from 'vitest';
import {
  between,
  FIELD_OF_VIEW,
  fitted,
  nearest,
  position,
  onFlat,
  projector,
  START,
  turned,
  zoomed,
  type Orbit,
  type Point,
} from '../../../src/renderer/scene/orbit.ts';

const orbits: Orbit[] = [
  { yaw: 0, pitch: 0, distance: 3 },
  { yaw: 0.6, pitch: 0.4, distance: 4 },
  { yaw: -2.5, pitch: -1.2, distance: 2.5 },
];
const points: Point[] = [
  [0, 0, 0],
  [0.3, -0.4, 0.5],
  [-1, 0.2, 0.1],
];

test('labels are projected as the scene is drawn', () => {
  for (const orbit of orbits)
    for (const aspect of [0.5, 1, 1.8]) {
      const camera = new PerspectiveCamera(FIELD_OF_VIEW, aspect, 0.05, 100);
      camera.position.set(...position(orbit));
      camera.lookAt(0, 0, 0);
      camera.updateMatrixWorld();
      const project = projector(orbit, aspect);
      for (const point of points) {
        const expected = new Vector3(...point).project(camera);
        const { x, y, depth } = project(point);
        expect(x).toBeCloseTo((expected.x + 1) / 2, 5);
        expect(y).toBeCloseTo((1 - expected.y) / 2, 5);
        expect(depth).toBeGreaterThan(0);
      }
    }
});

test('what is behind the camera has no depth', () => {
  expect(projector({ yaw: 0, pitch: 0, distance: 2 }, 1)([0, 0, 3]).depth).toBeLessThan(0);
});

test('the camera stops short of the poles and of the ends of its zoom', () => {
  const [start] = orbits as [Orbit];
  expect(Math.abs(turned(start, 0, 99).pitch)).toBeLessThan(Math.PI / 2);
  expect(turned(start, 0.5, 0).yaw).toBe(0.5);
  expect(zoomed(start, 2).distance).toBe(1.5);
  expect(zoomed(start, 1e9).distance).toBeGreaterThan(0);
  expect(zoomed(start, 1e-9).distance).toBeLessThan(100);
});

describe('fitting a box', () => {
  const corners = ([a, b, c]: Point): Point[] =>
    [-a, a].flatMap((x) => [-b, b].flatMap((y) => [-c, c].map((z): Point => [x, y, z])));

  test('all of it is on screen, and it nearly fills it', () => {
    for (const half of [
      [0.6, 0.6, 0.5],
      [0.99, 0.1, 0.05],
      [0.1, 0.9, 0.3],
    ] as Point[])
      for (const aspect of [0.4, 1, 2.5]) {
        const project = projector(fitted(half, aspect), aspect);
        const ends = corners(half).flatMap((corner) => {
          const { x, y } = project(corner);
          return [Math.abs(x - 0.5) * 2, Math.abs(y - 0.5) * 2];
        });
        expect(Math.max(...ends)).toBeLessThanOrEqual(0.93);
        expect(Math.max(...ends)).toBeGreaterThan(0.88);
      }
  });

  test('a single point is seen from somewhere', () => {
    const orbit = fitted([0, 0, 0], 1);
    expect(orbit.distance).toBeGreaterThan(0);
    expect(orbit).toMatchObject(START);
  });
});

test('a flight begins and ends where it should, the short way round', () => {
  const from = { yaw: 3, pitch: 0.1, distance: 2 };
  const to = { yaw: -3, pitch: 0.5, distance: 8 };
  expect(between(from, to, 0)).toEqual(from);
  const end = between(from, to, 1);
  expect(end.distance).toBeCloseTo(8);
  expect(Math.cos(end.yaw)).toBeCloseTo(Math.cos(to.yaw));
  expect(Math.sin(end.yaw)).toBeCloseTo(Math.sin(to.yaw));
  const middle = between(from, to, 0.5);
  expect(middle.distance).toBeCloseTo(4);
  expect(Math.abs(middle.yaw - 3)).toBeLessThan(0.3);
});

describe('picking', () => {
  const size = { width: 100, height: 100 };
  const at = (x: number, y: number, depth = 1) => ({ x: x / 100, y: y / 100, depth });

  test('the nearest within reach', () => {
    const list = [at(10, 10), at(50, 50), at(58, 50)];
    expect(nearest(list, size, { x: 53, y: 50 }, 20)).toBe(1);
    expect(nearest(list, size, { x: 56, y: 50 }, 20)).toBe(2);
    expect(nearest(list, size, { x: 90, y: 10 }, 20)).toBeNull();
  });

  test('of two at one place the one in front, and none behind the camera or hidden', () => {
    expect(nearest([at(50, 50, 3), at(50, 50, 2), at(50, 50, 4)], size, { x: 50, y: 50 }, 9)).toBe(1);
    expect(nearest([at(50, 50, -1), null], size, { x: 50, y: 50 }, 9)).toBeNull();
  });
});

test('a line of sight meets a flat where the point is drawn', () => {
  const orbit = { yaw: 0.7, pitch: 0.4, distance: 3 };
  const aspect = 1.6;
  const project = projector(orbit, aspect);
  for (const [x, y, z] of [
    [0.2, -0.3, 0.4],
    [-0.5, 0, 0.1],
    [0, 0.5, -0.5],
  ] as const) {
    const at = project([x, y, z]);
    const hit = onFlat(orbit, aspect, at, y);
    expect(hit?.x).toBeCloseTo(x, 9);
    expect(hit?.z).toBeCloseTo(z, 9);
    expect(hit?.depth).toBeCloseTo(at.depth, 9);
  }
  // From above, the sky behind the horizon meets nothing.
  expect(onFlat({ yaw: 0, pitch: 0.05, distance: 3 }, 1, { x: 0.5, y: 0 }, 0)).toBeNull();
});
