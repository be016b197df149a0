/** A label that wants to stand near a point; CSS pixels. */
export interface LabelWish {
  readonly index: number;
  /** The point. */
  readonly x: number;
  readonly y: number;
  /** Size of the label. */
  readonly width: number;
  readonly height: number;
  /** Shown even where it covers others. */
  readonly must: boolean;
  readonly depth: number;
}

export interface PlacedLabel {
  readonly index: number;
  /** Upper left corner. */
  readonly x: number;
  readonly y: number;
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** From the point to its label. */
const DISTANCE = 8;

/**
 * Places labels right of their points, or left of them, above or below where that is taken, and leaves out those that
 * would cover another one: labels that must be seen first, then the ones in front.
 */
export function placeLabels(wishes: readonly LabelWish[], width: number, height: number): PlacedLabel[] {
  const order = [...wishes].sort((a, b) => Number(b.must) - Number(a.must) || a.depth - b.depth);
  const taken: Box[] = [];
  const placed: PlacedLabel[] = [];
  for (const wish of order) {
    const places = candidates(wish).filter((box) => isInside(box, width, height));
    const free = places.find((box) => !taken.some((other) => overlap(box, other)));
    const box = free ?? (wish.must ? (places[0] ?? candidates(wish)[0]) : undefined);
    if (box === undefined) continue;
    taken.push(box);
    placed.push({ index: wish.index, x: box.left, y: box.top });
  }
  return placed;
}

function candidates({ x, y, width, height }: LabelWish): Box[] {
  const box = (left: number, top: number): Box => ({ left, top, right: left + width, bottom: top + height });
  return [
    box(x + DISTANCE, y - height / 2),
    box(x - DISTANCE - width, y - height / 2),
    box(x - width / 2, y - DISTANCE - height),
    box(x - width / 2, y + DISTANCE),
    box(x - width, y - DISTANCE * 1.5 - height),
    box(x - width, y + DISTANCE * 1.5),
  ];
}

function isInside({ left, top, right, bottom }: Box, width: number, height: number): boolean {
  return left >= 0 && top >= 0 && right <= width && bottom <= height;
}

function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
