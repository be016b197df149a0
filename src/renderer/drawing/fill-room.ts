import type { Drawing, DrawingSize } from './drawing.ts';
import { isForRoom, leastSize } from './text.ts';

/** By how much text that is read from afar may grow, the largest first. */
const GROWTH = [2.2, 1.8, 1.5, 1.25] as const;

/**
 * A drawing of text whose letters suit its height: in a room as large as there is place for, at a desk smaller where all of it
 * can then be seen without scrolling.
 */
export function fillRoom(draw: (size: DrawingSize) => Drawing, size: DrawingSize): Drawing {
  const { text } = size;
  const least = leastSize(text);
  const sizes = isForRoom(text)
    ? [...GROWTH.map((factor) => text * factor), text]
    : [text, (text + least) / 2, least];
  for (const own of sizes) {
    const drawing = draw({ ...size, text: own });
    if (drawing.height <= size.height) return drawing;
  }
  return draw(size);
}
