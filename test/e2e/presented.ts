import type { Page } from '@playwright/test';

/**
 * What nobody could read of the active pane from the back of a room: text under 24 px on screen, cut off, scrolled to or over
 * other text.
 */
export function presentedFaults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const body = document.querySelector('[data-testid="pane"][data-active="true"] .body');
    if (body === null) return ['no pane'];
    const texts: { words: string; box: DOMRect; isTurned: boolean }[] = [];
    const faults: string[] = [];
    const walker = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const element = node.parentElement;
      const words = node.textContent?.trim() ?? '';
      if (element === null || words === '' || !element.checkVisibility()) continue;
      if (element.closest('title, option, .visually-hidden') !== null) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const box = range.getBoundingClientRect();
      if (box.width === 0) continue;
      const matrix = element instanceof SVGGraphicsElement ? element.getScreenCTM() : null;
      const scale = matrix === null ? 1 : Math.hypot(matrix.a, matrix.b);
      const size = parseFloat(getComputedStyle(element).fontSize) * scale;
      if (size < 23.99) faults.push(`“${words}” has ${size.toFixed(1)} px`);
      // The letters stand in the middle of their line.
      const [top, bottom] = [box.top + box.height * 0.2, box.bottom - box.height * 0.2];
      for (
        let part: Element | null = element;
        part !== null && body.contains(part);
        part = part.parentElement
      ) {
        const { overflowX } = getComputedStyle(part);
        if (
          part !== body &&
          (overflowX === 'visible' || (part instanceof SVGElement && part.tagName !== 'svg'))
        )
          continue;
        const edge = part.getBoundingClientRect();
        const isIn =
          box.left > edge.left - 2 &&
          box.right < edge.right + 2 &&
          top > edge.top - 2 &&
          bottom < edge.bottom + 2;
        if (!isIn) faults.push(`“${words}” is cut off`);
      }
      texts.push({ words, box: new DOMRect(box.x, top, box.width, bottom - top), isTurned: matrix?.b !== 0 });
    }
    for (const [index, one] of texts.entries())
      for (const other of texts.slice(index + 1)) {
        const isOver =
          Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left) > 2 &&
          Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top) > 2;
        // Boxes of slanted text are larger than the text.
        if (isOver && !(one.isTurned && other.isTurned))
          faults.push(`“${one.words}” is over “${other.words}”`);
      }
    return texts.length === 0 ? ['no text'] : faults;
  });
}
