import { tokenLabels } from '../../common/axis-labels.ts';
import type { Token } from '../../runs/run.ts';
import type { Mark, TextMark } from '../drawing.ts';
import { LINE_HEIGHT, textWidth } from '../text.ts';

/** Tokens under a picture of time, thinned to words. @param place where its upper left is, and its width */
export function timeAxis(
  tokens: readonly Token[],
  place: { readonly x: number; readonly y: number; readonly width: number },
  size: number,
  looked: number | null = null,
): Mark[] {
  const roomOf = (text: string) => textWidth(text, { size, family: 'mono' }) + size * 0.5;
  return tokenLabels(tokens, place.width, roomOf).map(({ first, end, text, at }): TextMark => ({
    ...{ kind: 'text', text, size, family: 'mono', anchor: 'middle', baseline: 'middle' },
    ...{ x: place.x + at, y: place.y + (LINE_HEIGHT / 2) * size },
    ...inkOf(tokens, first, end, looked),
  }));
}

/** Tokens left of a matrix's rows, ending at x. */
export function rowLabels(
  tokens: readonly Token[],
  place: { readonly x: number; readonly y: number; readonly height: number },
  size: number,
  looked: number | null = null,
): Mark[] {
  return tokenLabels(tokens, place.height, () => size * 1.15).map(({ first, end, text, at }): TextMark => ({
    ...{ kind: 'text', text, size, family: 'mono', anchor: 'end', baseline: 'middle' },
    ...{ x: place.x, y: place.y + at },
    ...inkOf(tokens, first, end, looked),
  }));
}

/** Tokens over a matrix's columns, slanted, standing on y. */
export function columnLabels(
  tokens: readonly Token[],
  place: { readonly x: number; readonly y: number; readonly width: number },
  size: number,
  looked: number | null = null,
): Mark[] {
  return tokenLabels(tokens, place.width, () => size * 1.25).map(({ first, end, text, at }): TextMark => ({
    ...{ kind: 'text', text, size, family: 'mono', anchor: 'start', baseline: 'middle', rotate: -SLANT },
    ...{ x: place.x + at, y: place.y },
    ...inkOf(tokens, first, end, looked),
  }));
}

/** Angle of labels over columns, from the horizontal. */
const SLANT = 60;
const RADIANS = (SLANT * Math.PI) / 180;

/** Room that labels over columns need above the matrix, and right of its last column. */
export function columnLabelRoom(
  tokens: readonly Token[],
  width: number,
  size: number,
): { readonly above: number; readonly right: number } {
  const labels = tokenLabels(tokens, width, () => size * 1.25);
  const reach = (text: string) => textWidth(text, { size, family: 'mono' });
  return {
    above: Math.max(0, ...labels.map(({ text }) => reach(text))) * Math.sin(RADIANS) + size * 0.6,
    right: Math.max(
      0,
      ...labels.map(({ text, at }) => reach(text) * Math.cos(RADIANS) + size * 0.5 + at - width),
    ),
  };
}

/** Room that labels left of rows need. */
export function rowLabelRoom(tokens: readonly Token[], height: number, size: number): number {
  const labels = tokenLabels(tokens, height, () => size * 1.15);
  return Math.max(0, ...labels.map(({ text }) => textWidth(text, { size, family: 'mono' })));
}

function inkOf(tokens: readonly Token[], first: number, end: number, looked: number | null) {
  if (looked !== null && looked >= first && looked < end) return { fill: 'accent', weight: 700 } as const;
  return { fill: tokens[first]?.special === true ? 'text-3' : 'text-2' } as const;
}
