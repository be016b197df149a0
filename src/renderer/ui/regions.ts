/** The window's regions: what F6 goes through, in the order of the page. A region is an element with `data-region`. */

/** Puts the focus on the region after (or before) the one that has it, round at the ends. */
export function stepRegion(by: 1 | -1): void {
  const regions = [...document.querySelectorAll<HTMLElement>('[data-region]')].filter((region) =>
    region.checkVisibility(),
  );
  const { activeElement } = document;
  const focused = regions.findIndex((region) => region.contains(activeElement));
  // Where nothing has the focus, the active pane is where the user is.
  const at = focused < 0 ? regions.findIndex((region) => region.dataset['active'] === 'true') : focused;
  const next = regions[(at + by + regions.length) % regions.length];
  next?.focus({ preventScroll: true });
}
