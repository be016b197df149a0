/**
 * The tree of panes in the middle of the window: splits that share their room among children, panes at the leaves.
 * Everything here is pure; trees are never changed in place.
 */
import { viewIdOf } from '../../common/view-ids.ts';

/** `row`: children side by side; `column`: one above the other. */
export type Direction = 'row' | 'column';

export interface PaneNode {
  readonly kind: 'pane';
  readonly id: string;
  /** The view that the user chose for it; null: the best that no other pane shows. */
  readonly view: string | null;
  /** Letter of the slot that it shows. */
  readonly slot: string;
}

interface SplitNode {
  readonly kind: 'split';
  readonly id: string;
  readonly direction: Direction;
  /** Two or more; none is a split in the same direction. */
  readonly children: readonly LayoutNode[];
  /** Share of each child; they add up to 1. */
  readonly sizes: readonly number[];
}

export type LayoutNode = PaneNode | SplitNode;

/** A rectangle in fractions of the whole area. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The handle between child `index` and the next one of a split. */
export interface Handle {
  readonly split: string;
  readonly index: number;
  readonly direction: Direction;
  /** The split's rectangle and the handle's place in it, as a fraction of the split. */
  readonly rect: Rect;
  readonly at: number;
  /** Limits of `at`. */
  readonly min: number;
  readonly max: number;
}

/** The least share of a split that a child may have. */
export const MIN_SHARE = 0.12;
/** Least size of a pane whose view is read from the back of a room, CSS pixels. */
const READABLE = { width: 560, height: 420 };
/** More panes than this help nobody. */
export const MAX_PANES = 12;

const WHOLE: Rect = { x: 0, y: 0, width: 1, height: 1 };

/** Attention grid above the trajectory, one head large beside them. */
export const DEFAULT_LAYOUT: LayoutNode = {
  kind: 'split',
  id: 's1',
  direction: 'row',
  sizes: [0.48, 0.52],
  children: [
    {
      kind: 'split',
      id: 's2',
      direction: 'column',
      sizes: [0.47, 0.53],
      children: [
        { kind: 'pane', id: 'p1', view: 'attention-grid', slot: 'A' },
        { kind: 'pane', id: 'p2', view: 'trajectory', slot: 'A' },
      ],
    },
    { kind: 'pane', id: 'p3', view: 'attention-head', slot: 'A' },
  ],
};

/** The panes in reading order. */
export function panes(node: LayoutNode): readonly PaneNode[] {
  return node.kind === 'pane' ? [node] : node.children.flatMap(panes);
}

/** Whether some pane of an area, in CSS pixels, is too small to be read from the back of a room. */
export function isCramped(
  tree: LayoutNode,
  area: { readonly width: number; readonly height: number },
): boolean {
  return [...paneRects(tree).values()].some(
    ({ width, height }) => width * area.width < READABLE.width || height * area.height < READABLE.height,
  );
}

/** Puts a new pane after (right of or below) `pane`, which gives it half its room. */
export function splitPane(tree: LayoutNode, pane: string, direction: Direction, added: PaneNode): LayoutNode {
  const taken = ids(tree);
  let n = 1;
  while (taken.has(`s${n}`)) n += 1;
  return tidy(
    replacePane(tree, pane, (old) => ({
      kind: 'split',
      id: `s${n}`,
      direction,
      children: [old, added],
      sizes: [0.5, 0.5],
    })),
  );
}

/** Takes a pane away; its neighbours share its room. The last pane stays. */
export function closePane(tree: LayoutNode, pane: string): LayoutNode {
  const rest = without(tree, pane);
  return rest === null ? tree : tidy(rest);
}

/** Changes which view a pane shows. */
export function setView(tree: LayoutNode, pane: string, view: string | null): LayoutNode {
  return replacePane(tree, pane, (old) => ({ ...old, view }));
}

/** Changes which slot a pane shows. */
export function setSlot(tree: LayoutNode, pane: string, slot: string): LayoutNode {
  return replacePane(tree, pane, (old) => (old.slot === slot ? old : { ...old, slot }));
}

/** A slot is closed: its panes go, and where no other is left, one stays for slot `next`. */
export function dropSlot(tree: LayoutNode, slot: string, next: string): LayoutNode {
  return panes(tree)
    .filter((pane) => pane.slot === slot)
    .reduce((rest, { id }) => {
      const without = closePane(rest, id);
      return without === rest ? setSlot(rest, id, next) : without;
    }, tree);
}

/** Lets two panes change places. */
export function swapPanes(tree: LayoutNode, a: string, b: string): LayoutNode {
  const all = new Map(panes(tree).map((pane) => [pane.id, pane]));
  const first = all.get(a);
  const second = all.get(b);
  if (first === undefined || second === undefined || a === b) return tree;
  const visit = (node: LayoutNode): LayoutNode => {
    if (node.kind === 'split') return { ...node, children: node.children.map(visit) };
    return node.id === a ? second : node.id === b ? first : node;
  };
  return visit(tree);
}

/** Moves the handle after child `index` of a split to `at`, a fraction of the split; the other children stay. */
export function moveHandle(tree: LayoutNode, split: string, index: number, at: number): LayoutNode {
  return mapSplit(tree, split, (node) => {
    const before = sum(node.sizes.slice(0, index));
    const pair = (node.sizes[index] ?? 0) + (node.sizes[index + 1] ?? 0);
    const least = Math.min(MIN_SHARE, pair / 2);
    const share = Math.min(Math.max(at - before, least), pair - least);
    return {
      ...node,
      sizes: node.sizes.map((size, i) => (i === index ? share : i === index + 1 ? pair - share : size)),
    };
  });
}

/** Gives every child of a split the same room. */
export function evenSplit(tree: LayoutNode, split: string): LayoutNode {
  return mapSplit(tree, split, (node) => ({
    ...node,
    sizes: node.sizes.map(() => 1 / node.children.length),
  }));
}

/** Where every pane lies. The rectangles cover the whole and do not overlap. */
export function paneRects(node: LayoutNode, rect: Rect = WHOLE): ReadonlyMap<string, Rect> {
  if (node.kind === 'pane') return new Map([[node.id, rect]]);
  return new Map(
    node.children.flatMap((child, index) => [...paneRects(child, childRect(node, rect, index))]),
  );
}

/** Every handle of the tree. */
export function handles(node: LayoutNode, rect: Rect = WHOLE): readonly Handle[] {
  if (node.kind === 'pane') return [];
  const own = node.children.slice(1).map((_, index): Handle => {
    const before = sum(node.sizes.slice(0, index));
    const pair = (node.sizes[index] ?? 0) + (node.sizes[index + 1] ?? 0);
    const least = Math.min(MIN_SHARE, pair / 2);
    return {
      split: node.id,
      index,
      direction: node.direction,
      rect,
      at: before + (node.sizes[index] ?? 0),
      min: before + least,
      max: before + pair - least,
    };
  });
  return [...own, ...node.children.flatMap((child, index) => handles(child, childRect(node, rect, index)))];
}

/**
 * The view of every pane: the one that was chosen while it fits; else the best that no pane of its slot shows yet; else the
 * best. Where none fits, a pane has null.
 * @param ranked the views that fit the run of a slot, best first
 */
export function assignViews(
  tree: LayoutNode,
  ranked: (slot: string) => readonly string[],
): ReadonlyMap<string, string | null> {
  const all = panes(tree);
  const chosen = ({ view, slot }: PaneNode) => (view !== null && ranked(slot).includes(view) ? view : null);
  const shown = new Set(all.map((pane) => `${pane.slot} ${chosen(pane)}`));
  const assigned = new Map<string, string | null>();
  for (const pane of all) {
    const views = ranked(pane.slot);
    const view =
      chosen(pane) ?? views.find((other) => !shown.has(`${pane.slot} ${other}`)) ?? views[0] ?? null;
    shown.add(`${pane.slot} ${view}`);
    assigned.set(pane.id, view);
  }
  return assigned;
}

/** A pane id that the tree does not use. */
export function freshPaneId(tree: LayoutNode): string {
  const taken = ids(tree);
  let n = 1;
  while (taken.has(`p${n}`)) n += 1;
  return `p${n}`;
}

/** A tree read from settings; null when it is none, so that the caller falls back to the default. */
export function parseLayout(value: unknown): LayoutNode | null {
  const seen = new Set<string>();
  const tree = parseNode(value, seen, 0);
  return tree === null || panes(tree).length > MAX_PANES ? null : tidy(tree);
}

function parseNode(value: unknown, seen: Set<string>, depth: number): LayoutNode | null {
  if (typeof value !== 'object' || value === null || depth > MAX_PANES) return null;
  const { kind, id, view, slot = 'A', direction, children, sizes } = value as Record<string, unknown>;
  if (typeof id !== 'string' || seen.has(id)) return null;
  seen.add(id);
  if (kind === 'pane') {
    if (!isLetter(slot) || !(view === null || typeof view === 'string')) return null;
    return { kind, id, view: view === null ? null : viewIdOf(view), slot };
  }
  if (kind !== 'split' || (direction !== 'row' && direction !== 'column')) return null;
  if (!Array.isArray(children) || !Array.isArray(sizes)) return null;
  if (children.length < 2 || sizes.length !== children.length) return null;
  const nodes = children.map((child) => parseNode(child, seen, depth + 1));
  const shares = sizes.filter((size): size is number => typeof size === 'number' && size > 0 && size <= 1);
  if (!nodes.every((node) => node !== null) || shares.length !== sizes.length) return null;
  if (Math.abs(sum(shares) - 1) > 1e-3) return null;
  return { kind, id, direction, children: nodes, sizes: shares };
}

function isLetter(value: unknown): value is string {
  return typeof value === 'string' && /^[A-D]$/.test(value);
}

function replacePane(tree: LayoutNode, pane: string, change: (old: PaneNode) => LayoutNode): LayoutNode {
  if (tree.kind === 'pane') return tree.id === pane ? change(tree) : tree;
  return { ...tree, children: tree.children.map((child) => replacePane(child, pane, change)) };
}

function mapSplit(tree: LayoutNode, split: string, change: (old: SplitNode) => SplitNode): LayoutNode {
  if (tree.kind === 'pane') return tree;
  if (tree.id === split) return change(tree);
  return { ...tree, children: tree.children.map((child) => mapSplit(child, split, change)) };
}

function without(tree: LayoutNode, pane: string): LayoutNode | null {
  if (tree.kind === 'pane') return tree.id === pane ? null : tree;
  const kept = tree.children.flatMap((child, index) => {
    const rest = without(child, pane);
    return rest === null ? [] : [{ rest, size: tree.sizes[index] ?? 0 }];
  });
  if (kept.length === 0) return null;
  const total = sum(kept.map(({ size }) => size));
  return { ...tree, children: kept.map(({ rest }) => rest), sizes: kept.map(({ size }) => size / total) };
}

/** Splits with one child become that child; a split in its parent's direction melts into the parent. */
function tidy(tree: LayoutNode): LayoutNode {
  if (tree.kind === 'pane') return tree;
  const parts = tree.children.map(tidy).flatMap((child, index) => {
    const share = tree.sizes[index] ?? 0;
    if (child.kind === 'pane' || child.direction !== tree.direction) return [{ child, share }];
    return child.children.map((inner, i) => ({ child: inner, share: share * (child.sizes[i] ?? 0) }));
  });
  const only = parts[0];
  if (parts.length === 1 && only !== undefined) return only.child;
  return { ...tree, children: parts.map(({ child }) => child), sizes: parts.map(({ share }) => share) };
}

function childRect(node: SplitNode, rect: Rect, index: number): Rect {
  const before = sum(node.sizes.slice(0, index));
  const share = node.sizes[index] ?? 0;
  return node.direction === 'row'
    ? { ...rect, x: rect.x + before * rect.width, width: share * rect.width }
    : { ...rect, y: rect.y + before * rect.height, height: share * rect.height };
}

function ids(tree: LayoutNode): Set<string> {
  const found = new Set([tree.id]);
  if (tree.kind === 'split') for (const child of tree.children) for (const id of ids(child)) found.add(id);
  return found;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
