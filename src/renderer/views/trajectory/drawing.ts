import { counted } from '../../common/numbers.ts';
import type { Drawing, DrawingSize, Mark as DrawnMark, Paint } from '../../drawing/drawing.ts';
import { colourBar } from '../../drawing/parts/legend.ts';
import { sceneMarks, type Scene, type SceneLabel } from '../../drawing/parts/scene.ts';
import { fitText } from '../../drawing/text.ts';
import { fitted, projector, type Orbit } from '../../scene/orbit.ts';
import { frameOf } from './box.ts';
import type { Fit } from './fit.ts';
import { CONTRASTING, joints, markOf, shade, sizesOf, stepsBack, type Mark, type Shape } from './geometry.ts';
import { imageOf } from './image.ts';
import { mustBeSeen, type Name } from '../../scene/names.ts';
import { explainedOf, namesOf, pointAt } from './labels.ts';
import { isTimed, stateName, statesOf } from './states.ts';

/** The text of a window that lines and points are meant for. */
const WINDOW_TEXT = 12;
const [LINE, MARKED_LINE] = [1.5, 4];
/** Opacity of what steps back. */
const DIMMED = 0.35;

/** What a figure shows of a fit. */
export interface Look {
  readonly until: number;
  readonly hovered: Mark | null;
  readonly locked: Mark | null;
  /** Null: all of it, from the corner where one begins. */
  readonly camera: Orbit | null;
}

/** The scene as a camera sees it, under a heading and over the scale of its colours. */
export async function trajectoryDrawing(fit: Fit, look: Look, size: DrawingSize): Promise<Drawing> {
  const { width, height, text } = size;
  const top = text * 3.8;
  const bar = barOf(fit, { x: text, y: height - text * 2.6 }, text);
  const room = { width, height: height - top - text * 3, text };
  const marks = await sceneMarks(sceneOf(fit, look, room), room);
  const [what, explained] = titlesOf(fit, look.until);
  const line = (y: number, words: string, weight: 400 | 700): DrawnMark => ({
    ...{ kind: 'text', x: text, y, size: text, weight, fill: weight === 700 ? 'text-1' : 'text-2' },
    text: fitText(words, width - 2 * text, { size: text, weight }),
  });
  return {
    ...{ width, height, title: [what, explained].filter((part) => part !== '').join('; ') },
    marks: [
      line(text * 1.6, what, 700),
      line(text * 3, explained, 400),
      { kind: 'group', y: top, marks, clip: { x: 0, y: 0, width: room.width, height: room.height } },
      ...bar,
    ],
  };
}

/** What is shown, and how much of it the axes hold; of a single place, nothing. */
function titlesOf(fit: Fit, until: number): [what: string, explained: string] {
  const { run, join } = fit;
  const name = stateName(run, until);
  const count = until + 1;
  const what =
    statesOf(run).length === 1
      ? name
      : join === 'layers'
        ? `${counted(count, 'state')} of every token, up to ${name}`
        : `the tokens in ${isTimed(run) ? 'time' : 'their order'}, ${name}`;
  return [`Hidden states: ${what}`, explainedOf(fit) ?? ''];
}

/** Places along the scale of colours, 0 … 1, and how many of them there are. */
function shadeIn({ join, run }: Fit, mark: Mark): number {
  const [from, to] = CONTRASTING;
  const count = join === 'layers' ? statesOf(run).length : run.tokens.length;
  return from + (to - from) * shade(join, mark, count);
}

function barOf(
  { join, run }: Fit,
  place: { readonly x: number; readonly y: number },
  text: number,
): readonly DrawnMark[] {
  const high = (join === 'layers' ? statesOf(run).length : run.tokens.length) - 1;
  if (high < 1) return [];
  const bar = { title: join === 'layers' ? 'state' : 'position', domain: { low: 0, high, log: false } };
  return colourBar(place, { ...bar, scale: 'sequential', part: CONTRASTING }, text).marks;
}

function sceneOf(fit: Fit, { until, hovered, locked, camera }: Look, room: DrawingSize): Scene {
  const { coordinates, places, box, join } = fit;
  const unit = room.text / WINDOW_TEXT;
  const marked = [hovered, locked].filter((mark) => mark !== null);
  const shape: Shape = { coordinates, places, join, until, marked };
  const aspect = room.width / room.height;
  const sizes = sizesOf(shape, unit);
  const paint = (at: number): Paint => ({ scale: 'sequential', at });
  const shadeAt = (index: number) => shadeIn(fit, markOf(coordinates, index));
  const line = (pairs: readonly number[], width: number) =>
    Array.from({ length: pairs.length / 2 }, (_, i) => {
      const [from, to] = [pairs[i * 2] ?? 0, pairs[i * 2 + 1] ?? 0];
      const isBack = stepsBack(shape, markOf(coordinates, from));
      return {
        points: [pointAt(fit, from), pointAt(fit, to)],
        stroke: paint((shadeAt(from) + shadeAt(to)) / 2),
        strokeWidth: width * unit,
        ...(isBack ? { opacity: DIMMED } : {}),
      };
    });
  const lines = [
    ...line(joints(shape), LINE),
    ...marked.flatMap(({ token }) => line(joints(shape, token), MARKED_LINE)),
  ];
  const points = [...sizes.keys()]
    .filter((index) => (sizes[index] ?? 0) > 0)
    .map((index) => ({
      at: pointAt(fit, index),
      radius: (sizes[index] ?? 0) / 2,
      fill: paint(shadeAt(index)),
      ...(stepsBack(shape, markOf(coordinates, index)) ? { opacity: DIMMED } : {}),
    }));
  const project = projector(camera ?? fitted(box.half, aspect), aspect);
  return {
    ...{ points, lines, project },
    axes: frameOf(box).map(({ from, to, axis }) => ({
      points: [from, to],
      stroke: axis === null ? 'line-2' : 'line-3',
      strokeWidth: LINE * unit,
    })),
    labels: namesOf(fit, until, { hovered, locked }).map((name, _, names) =>
      labelOf(name, mustBeSeen(name, names)),
    ),
    image: (width, height) => Promise.resolve(imageOf({ points, lines, project }, width, height)),
  };
}

const FILLS: Readonly<Record<Name['kind'], SceneLabel['fill']>> = {
  axis: 'text-2',
  token: 'text-1',
  quiet: 'text-3',
  hovered: 'text-1',
  locked: 'accent-strong',
};

function labelOf({ at, text, kind }: Name, must: boolean): SceneLabel {
  const isLooked = kind === 'hovered' || kind === 'locked';
  return {
    ...{ at, text, fill: FILLS[kind], must },
    weight: isLooked || kind === 'axis' ? 700 : 400,
    family: kind === 'axis' ? 'sans' : 'mono',
  };
}
