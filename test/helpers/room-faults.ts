import type { Drawing, Mark, TextMark } from '../../src/renderer/drawing/drawing.ts';
import { textWidth } from '../../src/renderer/drawing/text.ts';

interface Box {
  readonly mark: TextMark;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** What nobody could read from the back of a room: text that is small, cut off by the picture's edge, or over another. */
export function roomFaults({ width, height, marks }: Drawing, least = 24): string[] {
  const boxes = boxesOf(marks, 0, 0);
  return boxes.flatMap((one, at) => [
    ...(one.mark.size < least - 1e-9 ? [`“${one.mark.text}” has ${one.mark.size} px`] : []),
    ...(one.left < -1 || one.top < -1 || one.right > width + 1 || one.bottom > height + 1
      ? [`“${one.mark.text}” is cut off at ${Math.round(one.left)}, ${Math.round(one.top)}`]
      : []),
    ...boxes
      .slice(at + 1)
      .filter((other) => areOver(one, other))
      .map((other) => `“${one.mark.text}” and “${other.mark.text}” are over each other`),
  ]);
}

function boxesOf(marks: readonly Mark[], x: number, y: number): Box[] {
  return marks.flatMap((mark): Box[] => {
    if (mark.kind === 'group') return boxesOf(mark.marks, x + (mark.x ?? 0), y + (mark.y ?? 0));
    return mark.kind === 'text' && mark.text.trim() !== '' ? [boxOf(mark, x + mark.x, y + mark.y)] : [];
  });
}

/** Of the letters, between their capitals' tops and the line that they stand on. */
function boxOf(mark: TextMark, x: number, y: number): Box {
  const { size, anchor = 'start', baseline = 'alphabetic', rotate = 0 } = mark;
  const own = textWidth(mark.text, mark);
  const start = anchor === 'middle' ? -own / 2 : anchor === 'end' ? -own : 0;
  const rise = { alphabetic: -0.73, middle: -0.36, top: 0.2 }[baseline] * size;
  const [cos, sin] = [Math.cos((rotate * Math.PI) / 180), Math.sin((rotate * Math.PI) / 180)];
  const corners = [start, start + own].flatMap((along) =>
    [rise, rise + 0.73 * size].map((down) => [x + along * cos - down * sin, y + along * sin + down * cos]),
  );
  const [xs, ys] = [corners.map(([at = NaN]) => at), corners.map(([, at = NaN]) => at)];
  return {
    ...{ mark, left: Math.min(...xs), right: Math.max(...xs) },
    ...{ top: Math.min(...ys), bottom: Math.max(...ys) },
  };
}

function areOver(one: Box, other: Box): boolean {
  const slant = one.mark.rotate ?? 0;
  // Slanted lines beside each other are as far apart as their lines are.
  if (slant % 90 !== 0 && slant === other.mark.rotate)
    return Math.abs((one.mark.x - other.mark.x) * Math.sin((slant * Math.PI) / 180)) < one.mark.size * 0.73;
  return (
    one.left < other.right - 2 &&
    other.left < one.right - 2 &&
    one.top < other.bottom - 2 &&
    other.top < one.bottom - 2
  );
}
