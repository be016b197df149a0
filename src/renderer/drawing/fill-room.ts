import type { Drawing, DrawingSize } from './drawing.ts';
import { isForRoom } from './text.ts';

/** By how much text may grow, the largest first. */
const GROWTH = [2.2, 1.8, 1.5, 1.25] as const;

/** A drawing of text that people read from afar: its letters are as large as the height has room for. */
export function fillRoom(draw: (size: DrawingSize) => Drawing, size: DrawingSize): Drawing {
  if (isForRoom(size.text))
    for (const factor of GROWTH) {
      const drawing = draw({ ...size, text: size.text * factor });
      if (drawing.height <= size.height) return drawing;
    }
  return draw(size);
}
