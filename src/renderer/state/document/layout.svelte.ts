import {
  DEFAULT_LAYOUT,
  MAX_PANES,
  closePane,
  dropSlot,
  evenSplit,
  freshPaneId,
  moveHandle,
  paneRects,
  panes,
  parseLayout,
  setSlot,
  setView,
  splitPane,
  swapPanes,
  type Direction,
  type LayoutNode,
  type PaneNode,
} from './layout.ts';

/** Width of the area of the panes in its height, as windows usually have it. */
const USUAL_ASPECT = 1.4;
/** Share of the whole area that a pane should have where it is not asked for. */
const LEAST_HALF = 0.12;

/** The window's panes: the tree, which pane is active, and whether one fills the whole area. */
export class Layout {
  tree = $state.raw<LayoutNode>(DEFAULT_LAYOUT);
  /** The pane that commands act on. */
  active = $state.raw('p3');
  maximised = $state.raw(false);

  /**
   * @param changed called after every change, so that it can be kept.
   * @param assigned the view that each pane shows now; a first change of the default layout leaves the others as they are
   */
  constructor(
    private readonly changed: (tree: LayoutNode) => void = () => undefined,
    private readonly assigned: () => Iterable<readonly [string, string | null]> = () => [],
  ) {}

  /** The tree of an earlier start; anything that is no tree leaves the default. */
  restore(saved: unknown): void {
    this.tree = parseLayout(saved) ?? DEFAULT_LAYOUT;
    this.#settle();
  }

  get canSplit(): boolean {
    return panes(this.tree).length < MAX_PANES;
  }

  get canClose(): boolean {
    return panes(this.tree).length > 1;
  }

  /** The pane that commands act on. */
  get activePane(): PaneNode | null {
    return panes(this.tree).find(({ id }) => id === this.active) ?? null;
  }

  /** The pane that can best give half its room away: the active one, unless too little would be left of it. */
  get roomiest(): string {
    const rects = [...paneRects(this.tree)].map(([id, { width, height }]) => ({ id, area: width * height }));
    const active = rects.find(({ id }) => id === this.active);
    if (active !== undefined && active.area / 2 >= LEAST_HALF) return active.id;
    const largest = rects.reduce((best, one) => (one.area > best.area ? one : best), { id: '', area: 0 });
    return largest.id;
  }

  /** The direction in which two halves of a pane are the less narrow. */
  roomierOf(pane: string): Direction {
    const { width, height } = paneRects(this.tree).get(pane) ?? { width: 1, height: 1 };
    return width * USUAL_ASPECT > height ? 'row' : 'column';
  }

  /**
   * Splits a pane and makes the new one active.
   * @param view null lets the shell choose the best one
   * @param slot left out: that of the pane
   */
  split(pane: string, direction: Direction, view: string | null = null, slot?: string): void {
    if (!this.canSplit) return;
    const id = freshPaneId(this.tree);
    const own = panes(this.tree).find((one) => one.id === pane)?.slot ?? 'A';
    this.maximised = false;
    this.#set(splitPane(this.#shown, pane, direction, { kind: 'pane', id, view, slot: slot ?? own }));
    this.active = id;
  }

  /** Takes an arrangement over, with what its panes show where that is told. */
  arrange(
    tree: LayoutNode,
    shown: Readonly<Record<string, { view: string | null; slot: string } | undefined>>,
  ): void {
    this.#set(
      panes(tree).reduce((result, { id }) => {
        const pane = shown[id];
        return pane === undefined ? result : setSlot(setView(result, id, pane.view), id, pane.slot);
      }, tree),
    );
  }

  /** Makes a pane that shows a slot the active one, where there is one. */
  activateSlot(slot: string): void {
    if (this.activePane?.slot === slot) return;
    this.active = panes(this.tree).find((pane) => pane.slot === slot)?.id ?? this.active;
  }

  /** Lets a pane show another slot. */
  setSlot(pane: string, slot: string): void {
    this.#set(setSlot(this.#shown, pane, slot));
  }

  /** A slot is closed; where only its panes were, one stays for slot `next`. */
  dropSlot(slot: string, next: string): void {
    this.maximised = false;
    this.#set(dropSlot(this.#shown, slot, next));
  }

  /** Leaves out the panes of slots that are not there, such as those of an earlier window. */
  keepSlots(slots: readonly string[]): void {
    const [first = 'A'] = slots;
    const gone = panes(this.tree).flatMap(({ slot }) => (slots.includes(slot) ? [] : [slot]));
    this.#set(gone.reduce((tree, slot) => dropSlot(tree, slot, first), this.tree));
  }

  close(pane: string): void {
    this.maximised = false;
    this.#set(closePane(this.#shown, pane));
  }

  show(pane: string, view: string): void {
    this.#set(setView(this.#shown, pane, view));
    this.active = pane;
  }

  swap(a: string, b: string): void {
    this.#set(swapPanes(this.#shown, a, b));
  }

  move(split: string, index: number, at: number): void {
    this.#set(moveHandle(this.#shown, split, index, at));
  }

  even(split: string): void {
    this.#set(evenSplit(this.#shown, split));
  }

  reset(): void {
    this.maximised = false;
    this.#set(DEFAULT_LAYOUT);
  }

  /** Makes the next (1) or previous (-1) pane active, in reading order. */
  step(by: 1 | -1): void {
    const all = panes(this.tree);
    const at = all.findIndex((pane) => pane.id === this.active);
    this.active = all[(at + by + all.length) % all.length]?.id ?? this.active;
  }

  /** The tree with the views that are on screen. */
  get #shown(): LayoutNode {
    if (this.tree !== DEFAULT_LAYOUT) return this.tree;
    return [...this.assigned()].reduce<LayoutNode>(
      (tree, [pane, view]) => (view === null ? tree : setView(tree, pane, view)),
      this.tree,
    );
  }

  #set(tree: LayoutNode): void {
    if (tree === this.tree) return;
    this.tree = tree;
    this.#settle();
    this.changed(tree);
  }

  /** The active pane is one that exists. */
  #settle(): void {
    const all = panes(this.tree);
    if (!all.some((pane) => pane.id === this.active)) this.active = all[0]?.id ?? this.active;
  }
}
