/** Labels at points of the screen, placed so that none covers another. */

/** A label that wants to stand at a point, CSS pixels. */
export interface LabelWish {
  readonly index: number;
  /** The point. */
  readonly x: number;
  readonly y: number;
  /** Size of the label. */
  readonly width: number;
  readonly height: number;
  /** Comes before the others, and goes farther from its point where there is no room beside it. */
  readonly must: boolean;
  readonly depth: number;
}

export interface PlacedLabel {
  readonly index: number;
  /** Upper left corner. */
  readonly x: number;
  readonly y: number;
}

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** From the point to its label. */
const DISTANCE = 8;
/** How far labels go that must be seen, as multiples of it. */
const FARTHER = [1, 2.5, 4.5, 7, 10];

/**
 * Places labels right of their points, or left of them, above or below where that is taken, and leaves out those that
 * would cover another one: labels that must be seen first, then the ones in front.
 * @param taken what no label may cover, such as a legend
 */
export function placeLabels(
  wishes: readonly LabelWish[],
  width: number,
  height: number,
  taken: readonly Box[] = [],
): PlacedLabel[] {
  const order = [...wishes].sort((a, b) => Number(b.must) - Number(a.must) || a.depth - b.depth);
  const boxes = [...taken];
  const placed: PlacedLabel[] = [];
  for (const wish of order) {
    const box = candidates(wish, width, height).find(
      (place) => !boxes.some((other) => overlap(place, other)),
    );
    if (box === undefined) continue;
    boxes.push(box);
    placed.push({ index: wish.index, x: box.left, y: box.top });
  }
  return placed;
}

function candidates(wish: LabelWish, width: number, height: number): Box[] {
  const near = around(wish, DISTANCE).filter((box) => isInside(box, width, height));
  if (!wish.must) return near;
  const farther = FARTHER.flatMap((factor) => around(wish, DISTANCE * factor));
  return [...near, ...farther.map((box) => movedInside(box, width, height))];
}

function around({ x, y, width, height }: LabelWish, distance: number): Box[] {
  const box = (left: number, top: number): Box => ({ left, top, right: left + width, bottom: top + height });
  return [
    box(x + distance, y - height / 2),
    box(x - distance - width, y - height / 2),
    box(x - width / 2, y - distance - height),
    box(x - width / 2, y + distance),
    box(x - width, y - distance * 1.5 - height),
    box(x - width, y + distance * 1.5),
    box(x, y - distance * 1.5 - height),
    box(x, y + distance * 1.5),
  ];
}

function isInside({ left, top, right, bottom }: Box, width: number, height: number): boolean {
  return left >= 0 && top >= 0 && right <= width && bottom <= height;
}

function movedInside({ left, top, right, bottom }: Box, width: number, height: number): Box {
  const x = Math.max(Math.min(left, width - (right - left)), 0);
  const y = Math.max(Math.min(top, height - (bottom - top)), 0);
  return { left: x, top: y, right: x + right - left, bottom: y + bottom - top };
}

function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
