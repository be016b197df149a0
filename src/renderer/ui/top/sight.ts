/** Which characters of a long text can be seen, so that only their tokens are drawn. */

/** Texts up to this length are drawn whole. */
const WHOLE = 1200;
/** Characters that are drawn before and behind those in sight: as many scroll by until others are drawn. */
const AROUND = 400;
/** Until it is told, the beginning is in sight. */
export const BEGINNING: readonly [number, number] = [0, WHOLE];

/**
 * Characters [from, to) that are to be drawn.
 * @param back the element that holds the text, in text nodes in order; it clips what is not in sight
 * @param drawn what is drawn now; it stays while all that is in sight is well within
 */
export function charactersInSight(
  back: HTMLElement,
  length: number,
  drawn: readonly [number, number],
): readonly [number, number] {
  if (length <= WHOLE) return BEGINNING;
  const box = back.getBoundingClientRect();
  const from = firstWhere(back, length, (rect) => rect.bottom > box.top && rect.right > box.left);
  const to = firstWhere(back, length, (rect) => rect.top > box.bottom || rect.left > box.right);
  const isWithin =
    drawn[0] <= Math.max(from - AROUND / 2, 0) && drawn[1] >= Math.min(to + AROUND / 2, length);
  return isWithin ? drawn : [Math.max(from - AROUND, 0), to + AROUND];
}

/** The first character of the text that can be seen. */
export function firstInSight(back: HTMLElement, length: number): number {
  const box = back.getBoundingClientRect();
  return firstWhere(back, length, (rect) => rect.bottom > box.top);
}

/** Where a character's line is, CSS pixels below the upper edge of what can be seen. */
export function lineTop(back: HTMLElement, character: number): number {
  const place = textNodes(back).find(({ end }) => character < end);
  if (place === undefined) return 0;
  const range = document.createRange();
  range.setStart(place.node, character - place.start);
  range.setEnd(place.node, character - place.start + 1);
  return range.getBoundingClientRect().top - back.getBoundingClientRect().top;
}

/** The first character whose rectangle fulfils what all those behind it do too, by bisection; `length`: none. */
function firstWhere(back: HTMLElement, length: number, holds: (rect: DOMRect) => boolean): number {
  const nodes = textNodes(back);
  const range = document.createRange();
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const place = nodes.find(({ end }) => middle < end);
    if (place === undefined) return length;
    range.setStart(place.node, middle - place.start);
    range.setEnd(place.node, middle - place.start + 1);
    if (holds(range.getBoundingClientRect())) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The text nodes below an element, with the characters [start, end) that each holds. */
function textNodes(element: HTMLElement): { node: Text; start: number; end: number }[] {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const nodes = [];
  let start = 0;
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const text = node as Text;
    nodes.push({ node: text, start, end: start + text.length });
    start += text.length;
  }
  return nodes;
}
