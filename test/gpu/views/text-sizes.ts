/**
 * The text that can be seen in an element and is smaller than `least` pixels on screen, with its size: “12 softmax”.
 * Texts for screen readers only don't count.
 */
export function smallTexts(root: Element, least: number): string[] {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const found: string[] = [];
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const words = node.textContent?.trim() ?? '';
    const element = node.parentElement;
    if (words === '' || element === null || !isSeen(element)) continue;
    const size = parseFloat(getComputedStyle(element).fontSize) * scaleOf(element);
    // Sizes that are worked out in fractions of pixels.
    if (size < least - 0.01) found.push(`${size.toFixed(1)} ${words}`);
  }
  return found;
}

function isSeen(element: Element): boolean {
  if (element.closest('.visually-hidden, style, script, title') !== null) return false;
  const { width, height } = element.getBoundingClientRect();
  return (
    width > 1 && height > 1 && element.checkVisibility({ opacityProperty: true, visibilityProperty: true })
  );
}

/** By how much a drawing's own units are scaled on screen. */
function scaleOf(element: Element): number {
  if (!(element instanceof SVGGraphicsElement)) return 1;
  const matrix = element.getScreenCTM();
  return matrix === null ? 1 : Math.hypot(matrix.a, matrix.b);
}
