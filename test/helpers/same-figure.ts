/** Numbers of two figures may differ by this in CSS pixels, or by this part of them: another adapter rounds otherwise. */
const PIXELS = 0.05;
const PART = 2e-3;
/** Steps of a colour's red, green or blue, 0 … 255. */
const STEPS = 3;

const PIECES = /#[0-9a-f]{6}\b|-?\d+(?:\.\d+)?(?:e-?\d+)?/gi;

/** The first thing in which an SVG is not the stored one, beyond rounding; null: nothing. */
export function differenceOf(svg: string, stored: string): string | null {
  [svg, stored] = [withoutPixels(svg), withoutPixels(stored)];
  const [words, storedWords] = [svg.split(PIECES), stored.split(PIECES)];
  const at = words.findIndex((word, index) => word !== storedWords[index]);
  if (at >= 0 || words.length !== storedWords.length)
    return `“${words[at] ?? ''}” is “${storedWords[at] ?? ''}” in the stored one, after ${words.slice(Math.max(0, at - 8), at).join('…')}`;
  const [pieces, storedPieces] = [svg.match(PIECES) ?? [], stored.match(PIECES) ?? []];
  const other = pieces.findIndex((piece, index) => !isNear(piece, storedPieces[index] ?? ''));
  if (other < 0) return null;
  return `${pieces[other] ?? ''} is ${storedPieces[other] ?? ''} in the stored one, after ${words.slice(Math.max(0, other - 8), other + 1).join('…')}`;
}

/** Images are packed: a pixel that is rounded otherwise changes all that follows it. */
function withoutPixels(svg: string): string {
  return svg.replaceAll(/(data:image\/png;base64,)[^"]*/g, '$1');
}

function isNear(piece: string, stored: string): boolean {
  if (piece.startsWith('#') !== stored.startsWith('#')) return false;
  if (piece.startsWith('#'))
    return channels(piece).every((value, i) => Math.abs(value - (channels(stored)[i] ?? NaN)) <= STEPS);
  const [a, b] = [Number(piece), Number(stored)];
  return Math.abs(a - b) <= Math.max(PIXELS, PART * Math.abs(b));
}

function channels(colour: string): number[] {
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
}
