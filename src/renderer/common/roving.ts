/** Where a key leads from the stop (row, column); null: nowhere. Rows may differ in length. */
export function roved(
  key: string,
  rows: readonly number[],
  [row, column]: readonly [number, number],
): readonly [number, number] | null {
  const [first, last] = [0, rows.length - 1];
  const width = rows[row] ?? 0;
  const inRow = (to: number) => [to, Math.min(column, (rows[to] ?? 1) - 1)] as const;
  const sideways = (to: number) => [row, Math.min(Math.max(to, 0), width - 1)] as const;
  // One row is a line of stops: every arrow goes along it.
  if (rows.length === 1) {
    const to = {
      ...{ ArrowLeft: column - 1, ArrowUp: column - 1, ArrowRight: column + 1, ArrowDown: column + 1 },
      ...{ Home: 0, End: width - 1, PageUp: column - PAGE, PageDown: column + PAGE },
    }[key];
    return to === undefined ? null : sideways(to);
  }
  // Where rows have one stop, what the window does on these keys goes on.
  if (width > 1 && key === 'ArrowLeft') return sideways(column - 1);
  if (width > 1 && key === 'ArrowRight') return sideways(column + 1);
  const to = {
    ...{ ArrowUp: row - 1, ArrowDown: row + 1, Home: first, End: last },
    ...{ PageUp: row - PAGE, PageDown: row + PAGE },
  }[key];
  return to === undefined ? null : inRow(Math.min(Math.max(to, first), last));
}

/** Rows that PageUp and PageDown go over. */
const PAGE = 10;
/** What the stop is that Tab comes to, when nothing of the list was focused yet. */
const CHOSEN = '[aria-current]:not([aria-current="false"]), [aria-pressed="true"], [aria-selected="true"]';

/** Buttons, and sliders: of these the arrows up and down change the value, and so do Home and End. */
const STOPS = 'button:not(:disabled), input[type="range"]:not(:disabled)';

/**
 * A list whose buttons or sliders are one stop of Tab, for Svelte's `{@attach}`: arrow keys, Home, End, PageUp and PageDown
 * go on from there, as in ARIA's grids. Tab comes back to the stop that was left, and first of all to the one that is chosen.
 * @param row selector of what holds the stops of one row; without it all stops are one line
 */
export function roving(row?: string): (list: HTMLElement) => () => void {
  return (list) => {
    let left: HTMLElement | null = null;
    /** The focus came by the pointer, and no key has moved it since. */
    let isClicked = false;

    const stops = (part: HTMLElement) => [...part.querySelectorAll<HTMLElement>(STOPS)];
    const rows = () =>
      (row === undefined ? [list] : [...list.querySelectorAll<HTMLElement>(row)])
        .map(stops)
        .filter((found) => found.length > 0);

    /** Exactly one of the stops can be reached by Tab. */
    const mark = () => {
      const all = stops(list);
      if (left !== null && !all.includes(left)) left = null;
      const entry = left ?? all.find((stop) => stop.matches(CHOSEN)) ?? all[0];
      for (const stop of all) {
        const wanted = stop === entry ? 0 : -1;
        if (stop.tabIndex !== wanted) stop.tabIndex = wanted;
      }
    };

    const enter = ({ target }: FocusEvent) => {
      const stop = target instanceof Element ? target.closest<HTMLElement>(STOPS) : null;
      if (stop === null || stop === left) return;
      left = stop;
      mark();
    };

    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
      const all = rows();
      const at = all.findIndex((found) => found.some((stop) => stop === event.target));
      const column = all[at]?.findIndex((stop) => stop === event.target) ?? -1;
      if (column < 0) return;
      const isSideways = event.key === 'ArrowLeft' || event.key === 'ArrowRight';
      if (event.target instanceof HTMLInputElement && !isSideways) return;
      // After a click these go on with what they do in the window: they walk over tokens, and turn a presenter's pages.
      if (isClicked && (isSideways || event.key.startsWith('Page'))) return;
      const to = roved(
        event.key,
        all.map(({ length }) => length),
        [at, column],
      );
      if (to === null) return;
      event.preventDefault();
      isClicked = false;
      all[to[0]]?.[to[1]]?.focus();
    };

    const click = () => (isClicked = true);
    const leave = ({ relatedTarget }: FocusEvent) => {
      if (!(relatedTarget instanceof Node) || !list.contains(relatedTarget)) isClicked = false;
    };

    mark();
    const changes = new MutationObserver(mark);
    changes.observe(list, {
      ...{ childList: true, subtree: true },
      attributeFilter: ['disabled', 'aria-current', 'aria-pressed', 'aria-selected'],
    });
    list.addEventListener('focusin', enter);
    list.addEventListener('focusout', leave);
    list.addEventListener('pointerdown', click);
    list.addEventListener('keydown', press);
    return () => {
      changes.disconnect();
      list.removeEventListener('focusin', enter);
      list.removeEventListener('focusout', leave);
      list.removeEventListener('pointerdown', click);
      list.removeEventListener('keydown', press);
    };
  };
}
