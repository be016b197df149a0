import { formatCosine, formatPercent } from '../../common/numbers.ts';
import { elide } from '../../common/tokens.ts';
import { nameOf, sumOf } from '../../common/words.ts';
import type { Drawing, DrawingSize, Mark, Paint, TextMark } from '../../drawing/drawing.ts';
import { legend, type LegendItem } from '../../drawing/parts/legend.ts';
import { LINE_HEIGHT, textWidth } from '../../drawing/text.ts';
import { placeLabels, type Box } from '../../scene/labels.ts';
import { arrowMarks } from './arrow.ts';
import { onScreen, termsOf, type MapPoint } from './map.ts';
import type { WordMap } from './points.ts';

/** What a picture of a map shows. */
export interface MapLook {
  /** The point under the pointer, by its place in the list. */
  readonly pointed: number | null;
  /** A position of the text that is looked at. */
  readonly looked: number | null;
  /** Terms of the sum whose arrows are drawn; a part of one is drawn in part. */
  readonly terms: number;
  /** The words that are near are shown too. */
  readonly near: boolean;
}

interface Spot {
  readonly x: number;
  readonly y: number;
}

/** A text that wants to stand near a place. */
interface Wish extends Spot {
  readonly text: string;
  readonly size: number;
  readonly fill: Paint;
  readonly weight: 400 | 700;
  readonly must: boolean;
  /** The least first. */
  readonly rank: number;
}

const ADDED = 'category-2';
const SUBTRACTED = 'category-6';
const SUM = 'category-1';
const LONGEST = 28;

/** Where the points stand in a picture: below the legend. */
export function mapSpots(
  map: WordMap,
  size: DrawingSize,
): { readonly points: readonly Spot[]; readonly steps: readonly Spot[] } {
  const { places, steps } = map;
  const top = legendHeight(map, size);
  const spots = onScreen([...steps, ...places], { ...size, height: size.height - top }).map(({ x, y }) => ({
    x,
    y: y + top,
  }));
  const count = steps.length / 3;
  return { steps: spots.slice(0, count), points: spots.slice(count) };
}

/** The words in a plane; the terms of a sum tip to tail, and its nearest word large. */
export function wordMapDrawing(map: WordMap, look: MapLook, size: DrawingSize): Drawing {
  const { text } = size;
  const { points, steps } = mapSpots(map, size);
  const isWhole = look.terms >= steps.length - 1;
  const shown = map.points.flatMap((point, index) => {
    const spot = points[index];
    const isShown = point.kind === 'near' ? look.near || point.isAnswer : point.kind !== 'sum' || isWhole;
    return spot === undefined || !isShown || (point.isAnswer && !isWhole)
      ? []
      : [{ ...point, ...spot, index }];
  });
  const wishes = [
    ...shown.map((point) => wishOf(map, point, look, text)),
    ...termWishes(map, steps, look.terms, text),
  ];
  const taken = [
    { left: 0, top: 0, right: size.width, bottom: legendHeight(map, size) },
    ...shown.map((point) => boxOf(point, radiusOf(point, text))),
  ];
  return {
    ...{ width: size.width, height: size.height, title: titleOf(map) },
    marks: [
      ...legendOf(map, size).marks,
      ...stepMarks(map, steps, look.terms, text),
      ...shown.flatMap((point) => pointMarks(point, look, text)),
      ...labelMarks(wishes, taken, size),
    ],
  };
}

/** One sentence: what is near to what. */
export function titleOf({ run, points, explained }: WordMap): string {
  const answer = points.find(({ isAnswer }) => isAnswer);
  const plane = `the plane shows ${formatPercent(explained[0] + explained[1])} of the variance`;
  const sum = sumOf(run);
  return answer === undefined || sum === null
    ? `Words and those near them; ${plane}`
    : `${nameOf(run, sum)} is nearest to ${answer.text}, cosine ${formatCosine(answer.cosine)}; ${plane}`;
}

const LEGENDS: Readonly<Record<MapPoint['kind'], LegendItem>> = {
  word: { label: 'word', paint: ADDED, shape: 'circle' },
  subtracted: { label: 'subtracted', paint: SUBTRACTED, shape: 'circle' },
  sum: { label: 'sum', paint: SUM, shape: 'circle' },
  near: { label: 'near them', paint: 'text-3', shape: 'circle' },
};

function legendOf({ points }: WordMap, { width, text }: DrawingSize) {
  const kinds = (['word', 'subtracted', 'sum', 'near'] as const).filter((kind) =>
    points.some((point) => point.kind === kind),
  );
  return legend(
    { x: text, y: text * 0.3, width: width - 2 * text },
    kinds.map((kind) => LEGENDS[kind]),
    text,
  );
}

function legendHeight(map: WordMap, size: DrawingSize): number {
  return legendOf(map, size).height + size.text * 0.6;
}

const radiusOf = ({ kind, isAnswer }: MapPoint, text: number) =>
  text * (isAnswer ? 0.55 : kind === 'near' ? 0.28 : 0.48);

function boxOf({ x, y }: Spot, radius: number): Box {
  return { left: x - radius, right: x + radius, top: y - radius, bottom: y + radius };
}

function pointMarks(
  point: MapPoint & Spot & { readonly index: number },
  { pointed }: MapLook,
  text: number,
): Mark[] {
  const { kind, isAnswer, index, x, y } = point;
  const radius = radiusOf(point, text);
  const circle = { kind: 'circle', id: `point-${index}`, x, y, radius } as const;
  const ring: Mark[] =
    pointed === index
      ? [{ kind: 'circle', x, y, radius: radius + text * 0.2, stroke: 'text-1', strokeWidth: text / 6 }]
      : [];
  if (isAnswer) return [{ ...circle, fill: SUM, stroke: 'text-1', strokeWidth: text / 7 }, ...ring];
  if (kind === 'subtracted')
    return [{ ...circle, fill: 'surface-1', stroke: SUBTRACTED, strokeWidth: text / 5 }, ...ring];
  return [{ ...circle, fill: kind === 'near' ? 'text-3' : kind === 'sum' ? SUM : ADDED }, ...ring];
}

/** The arrows of the sum, tip to tail from the origin, as far as they are drawn; and a line from it to its nearest word. */
function stepMarks(map: WordMap, steps: readonly Spot[], drawn: number, text: number): Mark[] {
  const [origin] = steps;
  if (origin === undefined) return [];
  const arrows = termsOf(map.run).flatMap(({ sign }, term): Mark[] => {
    const [from, to] = [steps[term], steps[term + 1]];
    const part = Math.min(drawn - term, 1);
    if (from === undefined || to === undefined || part <= 0) return [];
    const tip = { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
    return arrowMarks(from, tip, sign < 0 ? SUBTRACTED : ADDED, text / 5);
  });
  return [
    ...arrows,
    {
      kind: 'circle',
      ...origin,
      radius: text * 0.25,
      fill: 'surface-1',
      stroke: 'text-3',
      strokeWidth: text / 8,
    },
  ];
}

/** Names beside the arrows; a word that is added first is named at its own point. */
function termWishes({ run }: WordMap, steps: readonly Spot[], drawn: number, text: number): Wish[] {
  const named = termsOf(run).flatMap(({ text: word, sign }, term): Wish[] => {
    const [from, to] = [steps[term], steps[term + 1]];
    if (from === undefined || to === undefined || drawn <= term || (term === 0 && sign > 0)) return [];
    const middle = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
    const fill = sign < 0 ? SUBTRACTED : ADDED;
    return [
      {
        ...middle,
        text: `${sign < 0 ? '−' : '+'}${word}`,
        size: text * 1.15,
        fill,
        weight: 700,
        must: true,
        rank: 2,
      },
    ];
  });
  const [origin] = steps;
  return origin === undefined
    ? named
    : [...named, { ...origin, text: '0', size: text, fill: 'text-3', weight: 400, must: false, rank: 3 }];
}

function wishOf(
  { run }: WordMap,
  point: MapPoint & Spot & { readonly index: number },
  look: MapLook,
  text: number,
): Wish {
  const { kind, isAnswer, index, position, cosine, x, y } = point;
  const isLooked = look.pointed === index || (position !== null && position === look.looked);
  const fill = isLooked ? 'accent-strong' : kind === 'near' && !isAnswer ? 'text-2' : 'text-1';
  if (isAnswer)
    return {
      x,
      y,
      text: `${point.text} ${formatCosine(cosine)}`,
      size: text * 1.9,
      fill,
      weight: 700,
      must: true,
      rank: 0,
    };
  const name = kind === 'sum' ? `= ${elide(nameOf(run, point.of), LONGEST)}` : elide(point.text, LONGEST);
  const isNear = kind === 'near';
  return {
    ...{ x, y, text: name, size: isNear ? text : text * 1.15, fill, weight: isNear ? 400 : 700 },
    must: !isNear || isLooked,
    rank: isLooked ? 1 : isNear ? 4 - cosine : 2,
  };
}

/** Texts where they have room, none over another; those that stand far from their place have a line to it. */
function labelMarks(
  wishes: readonly Wish[],
  taken: readonly Box[],
  { width, height, text }: DrawingSize,
): Mark[] {
  const faceOf = ({ size, weight }: Wish) => ({ size, weight, family: 'mono' }) as const;
  const placed = placeLabels(
    wishes.map((wish, index) => ({
      ...{ index, x: wish.x, y: wish.y, must: wish.must, depth: wish.rank },
      width: textWidth(wish.text, faceOf(wish)) + text * 0.4,
      height: wish.size * LINE_HEIGHT,
    })),
    width,
    height,
    taken,
  );
  return placed.flatMap(({ index, x, y }): Mark[] => {
    const wish = wishes[index];
    if (wish === undefined) return [];
    const [wide, high] = [textWidth(wish.text, faceOf(wish)) + text * 0.4, wish.size * LINE_HEIGHT];
    const label: TextMark = {
      ...{ kind: 'text', x: x + text * 0.2, y: y + high / 2, text: wish.text, ...faceOf(wish) },
      ...{ fill: wish.fill, baseline: 'middle', halo: 'surface-1' },
    };
    const near = { x: Math.min(Math.max(wish.x, x), x + wide), y: Math.min(Math.max(wish.y, y), y + high) };
    const isFar = Math.hypot(near.x - wish.x, near.y - wish.y) > text * 1.6;
    return isFar
      ? [
          {
            kind: 'line',
            x1: wish.x,
            y1: wish.y,
            x2: near.x,
            y2: near.y,
            stroke: 'line-3',
            strokeWidth: text / 12,
          },
          label,
        ]
      : [label];
  });
}
