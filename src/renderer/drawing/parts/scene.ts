import { counted } from '../../common/numbers.ts';
import { placeLabels } from '../../scene/labels.ts';
import type { Point, Projected } from '../../scene/orbit.ts';
import type { DrawingSize, Mark, Paint, PixelRaster } from '../drawing.ts';
import { LINE_HEIGHT, textWidth } from '../text.ts';

/** From this many points and pieces of lines on, a scene is one image under its axes and labels. */
export const MARKS_AS_IMAGE = 20_000;
/** Around a label. */
const ROOM = 4;
/** In front of everything that is sorted by depth. */
const FRONT = -1;

interface ScenePoint {
  readonly at: Point;
  readonly radius: number;
  readonly fill: Paint;
  readonly opacity?: number;
}

interface SceneLine {
  readonly points: readonly Point[];
  /** One colour, or one for each piece between two points. */
  readonly stroke: Paint | readonly Paint[];
  readonly strokeWidth: number;
  readonly opacity?: number;
}

export interface SceneLabel {
  readonly at: Point;
  readonly text: string;
  readonly fill: Paint;
  readonly weight?: 400 | 700;
  readonly family?: 'sans' | 'mono';
  /** Before others, and farther from its place where there is no room beside it: names of axes, what is looked at. */
  readonly must?: boolean;
}

/** What a 3D view shows, seen by a camera. */
export interface Scene {
  readonly points: readonly ScenePoint[];
  readonly lines: readonly SceneLine[];
  /** Always vectors: the box and its axes. */
  readonly axes: readonly SceneLine[];
  readonly labels: readonly SceneLabel[];
  /** As `projector` of scene/orbit.ts gives it, for the figure's shape. */
  project(point: Point): Projected;
  /** Points and lines as the screen draws them, with a transparent ground; asked for when they are many. */
  image(width: number, height: number): Promise<PixelRaster>;
}

/** A scene as marks: what is far first, labels that cover nothing, and how many were left out. */
export async function sceneMarks(scene: Scene, size: DrawingSize): Promise<readonly Mark[]> {
  const { width, height } = size;
  const pieces = scene.lines.reduce((sum, { points }) => sum + Math.max(points.length - 1, 0), 0);
  const isImage = scene.points.length + pieces >= MARKS_AS_IMAGE;
  const axes = scene.axes.flatMap((line) => linePieces(line, scene, size));
  const content = isImage
    ? [imageMark(await scene.image(width, height), size)]
    : sorted([
        ...scene.lines.flatMap((line) => linePieces(line, scene, size)),
        ...scene.points.flatMap((point) => pointMark(point, scene, size)),
      ]);
  return [...sorted(axes), ...content, ...labelMarks(scene, size)];
}

interface Placed {
  readonly mark: Mark;
  readonly depth: number;
}

function sorted(placed: readonly Placed[]): Mark[] {
  return [...placed].sort((a, b) => b.depth - a.depth).map(({ mark }) => mark);
}

function imageMark(raster: PixelRaster, { width, height }: DrawingSize): Mark {
  return { kind: 'image', x: 0, y: 0, width, height, raster };
}

function linePieces(
  { points, stroke, strokeWidth, opacity }: SceneLine,
  scene: Scene,
  size: DrawingSize,
): Placed[] {
  const seen = points.map((point) => scene.project(point));
  return seen.slice(1).flatMap((to, i): Placed[] => {
    const from = seen[i];
    const paint = isList(stroke) ? stroke[i] : stroke;
    // What reaches behind the camera has no place on the page.
    if (from === undefined || paint === undefined || from.depth <= 0 || to.depth <= 0) return [];
    const ends = {
      ...{ x1: from.x * size.width, y1: from.y * size.height },
      ...{ x2: to.x * size.width, y2: to.y * size.height },
    };
    return [
      {
        mark: {
          kind: 'line',
          ...ends,
          stroke: paint,
          strokeWidth,
          ...(opacity === undefined ? {} : { opacity }),
        },
        depth: (from.depth + to.depth) / 2,
      },
    ];
  });
}

function isList(stroke: Paint | readonly Paint[]): stroke is readonly Paint[] {
  return Array.isArray(stroke);
}

function pointMark({ at, radius, fill, opacity }: ScenePoint, scene: Scene, size: DrawingSize): Placed[] {
  const { x, y, depth } = scene.project(at);
  if (depth <= 0) return [];
  const faint = opacity === undefined ? {} : { opacity };
  return [{ mark: { kind: 'circle', x: x * size.width, y: y * size.height, radius, fill, ...faint }, depth }];
}

function labelMarks({ labels, project }: Scene, { width, height, text: size }: DrawingSize): Mark[] {
  const seen = labels
    .map((label) => ({ label, ...project(label.at) }))
    .filter(({ x, y, depth }) => depth > 0 && x >= 0 && x <= 1 && y >= 0 && y <= 1);
  const placed = placeLabels(
    seen.map(({ label, x, y, depth }, index) => ({
      ...{ index, x: x * width, y: y * height, must: label.must === true },
      width: textWidth(label.text, { ...label, size }) + 2 * ROOM,
      height: size * LINE_HEIGHT,
      depth: label.must === true ? FRONT : depth,
    })),
    width,
    height,
  );
  const marks = placed.flatMap(({ index, x, y }): Mark[] => {
    const label = seen[index]?.label;
    if (label === undefined) return [];
    const { text, fill, weight = 400, family = 'mono' } = label;
    const middle = y + (size * LINE_HEIGHT) / 2;
    return [
      {
        ...{ kind: 'text', x: x + ROOM, y: middle, text, size, fill, weight, family },
        ...{ baseline: 'middle', halo: 'surface-1' },
      },
    ];
  });
  const left = labels.length - placed.length;
  if (left === 0) return marks;
  const note = `${left} of ${counted(labels.length, 'label')} ${left === 1 ? 'is left out: it has' : 'are left out: they have'} no room.`;
  return [
    ...marks,
    {
      ...{ kind: 'text', x: width - ROOM, y: height - ROOM, text: note, size: size * 0.85 },
      ...{ fill: 'text-3', anchor: 'end', halo: 'surface-1' },
    },
  ];
}
