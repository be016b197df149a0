/** A camera on a sphere around the origin. Pure: the scene draws with it, labels and picking project with it. */
export interface Orbit {
  /** Radians around the vertical axis, and above the horizon. */
  readonly yaw: number;
  readonly pitch: number;
  /** From the origin, in the scene's units. */
  readonly distance: number;
}

export type Point = readonly [x: number, y: number, z: number];

/** A point on the screen: parts 0 … 1 of it from the upper left, and its distance along the view. */
export interface Projected {
  readonly x: number;
  readonly y: number;
  /** At most 0 behind the camera. */
  readonly depth: number;
}

/** Vertical field of view, degrees. */
export const FIELD_OF_VIEW = 30;
/** Where the camera begins: a corner view, from a little above. */
export const START: Pick<Orbit, 'yaw' | 'pitch'> = { yaw: 0.6, pitch: 0.38 };

const STEEPEST = Math.PI / 2 - 0.02;
const NEAREST = 0.4;
const FARTHEST = 30;
/** Part of the screen's half that a fitted box fills. */
const FILL = 0.92;
const HALF_HEIGHT = Math.tan((FIELD_OF_VIEW * Math.PI) / 360);

export function turned({ yaw, pitch, distance }: Orbit, byYaw: number, byPitch: number): Orbit {
  return { yaw: yaw + byYaw, pitch: clamp(pitch + byPitch, -STEEPEST, STEEPEST), distance };
}

/** @param factor above 1: closer */
export function zoomed({ yaw, pitch, distance }: Orbit, factor: number): Orbit {
  return { yaw, pitch, distance: clamp(distance / factor, NEAREST, FARTHEST) };
}

/** Where the camera stands. */
export function position({ yaw, pitch, distance }: Orbit): Point {
  return [
    distance * Math.cos(pitch) * Math.sin(yaw),
    distance * Math.sin(pitch),
    distance * Math.cos(pitch) * Math.cos(yaw),
  ];
}

/** Projects points for one camera and one shape of screen. */
export function projector(orbit: Orbit, aspect: number): (point: Point) => Projected {
  const { yaw, pitch, distance } = orbit;
  const [sinYaw, cosYaw, sinPitch, cosPitch] = [
    Math.sin(yaw),
    Math.cos(yaw),
    Math.sin(pitch),
    Math.cos(pitch),
  ];
  return ([x, y, z]) => {
    const depth = distance - (x * cosPitch * sinYaw + y * sinPitch + z * cosPitch * cosYaw);
    const right = x * cosYaw - z * sinYaw;
    const up = y * cosPitch - sinPitch * (x * sinYaw + z * cosYaw);
    const scale = 1 / (2 * HALF_HEIGHT * depth);
    return { x: 0.5 + (right * scale) / aspect, y: 0.5 - up * scale, depth };
  };
}

/**
 * Where the line of sight through a place of the screen meets a flat at a height.
 * @param at parts 0 … 1 of the screen from the upper left
 * @returns its x and z, and the distance along the view; null: it does not
 */
export function onFlat(
  orbit: Orbit,
  aspect: number,
  at: { readonly x: number; readonly y: number },
  height: number,
): { readonly x: number; readonly z: number; readonly depth: number } | null {
  const { yaw, pitch } = orbit;
  const [sinYaw, cosYaw, sinPitch, cosPitch] = [
    Math.sin(yaw),
    Math.cos(yaw),
    Math.sin(pitch),
    Math.cos(pitch),
  ];
  const right = (at.x - 0.5) * 2 * HALF_HEIGHT * aspect;
  const up = (0.5 - at.y) * 2 * HALF_HEIGHT;
  const eye = position(orbit);
  // Forward, right and up of the camera, as `projector` has them.
  const x = -cosPitch * sinYaw + right * cosYaw - up * sinPitch * sinYaw;
  const y = -sinPitch + up * cosPitch;
  const z = -cosPitch * cosYaw - right * sinYaw - up * sinPitch * cosYaw;
  const depth = (height - eye[1]) / y;
  if (!Number.isFinite(depth) || depth <= 0) return null;
  return { x: eye[0] + depth * x, z: eye[2] + depth * z, depth };
}

/** The distance from which a box with these half sides fills the screen, seen from anywhere the angles say. */
export function fitted(half: Point, aspect: number, angles = START): Orbit {
  const corners: Point[] = [-1, 1].flatMap((x) =>
    [-1, 1].flatMap((y) => [-1, 1].map((z): Point => [x * half[0], y * half[1], z * half[2]])),
  );
  const fits = (distance: number) => {
    const project = projector({ ...angles, distance }, aspect);
    return corners.every((corner) => {
      const { x, y, depth } = project(corner);
      return depth > 0 && Math.abs(x - 0.5) * 2 <= FILL && Math.abs(y - 0.5) * 2 <= FILL;
    });
  };
  let [near, far] = [NEAREST, FARTHEST];
  for (let i = 0; i < 24; i++) {
    const middle = (near + far) / 2;
    if (fits(middle)) far = middle;
    else near = middle;
  }
  return { ...angles, distance: far };
}

/** Between two cameras, the short way round. @param at 0 … 1 */
export function between(from: Orbit, to: Orbit, at: number): Orbit {
  const turn = ((((to.yaw - from.yaw + Math.PI) % (2 * Math.PI)) + 2 * Math.PI) % (2 * Math.PI)) - Math.PI;
  return {
    yaw: from.yaw + turn * at,
    pitch: from.pitch + (to.pitch - from.pitch) * at,
    distance: from.distance * (to.distance / from.distance) ** at,
  };
}

/**
 * The point nearest to a place of the screen.
 * @param at CSS pixels
 * @param reach how far away a point may be, CSS pixels
 * @returns its index, or null when none is near; of two at the same place the one in front
 */
export function nearest(
  points: readonly (Projected | null)[],
  size: { readonly width: number; readonly height: number },
  at: { readonly x: number; readonly y: number },
  reach: number,
): number | null {
  let best: number | null = null;
  let bestDistance = reach;
  let bestDepth = Infinity;
  for (const [index, point] of points.entries()) {
    if (point === null || point.depth <= 0) continue;
    const distance = Math.hypot(point.x * size.width - at.x, point.y * size.height - at.y);
    if (distance > bestDistance || (distance > bestDistance - 1 && point.depth > bestDepth)) continue;
    [best, bestDistance, bestDepth] = [index, distance, point.depth];
  }
  return best;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
