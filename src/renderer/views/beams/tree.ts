/** The hypotheses of a beam search as a tree in lanes: steps go to the right, the chosen one stands on top. */
import type { Run } from '../../runs/run.ts';
import type { SearchNode } from '../../runs/facets/search.ts';
import { elide, visibleText } from '../../common/tokens.ts';
import { predictsOf } from '../../runs/facets/readout.ts';

/** Height of a node and from one lane to the next, CSS pixels in a window. */
const NODE = 26;
const LANE = 36;
/** Room for the curves between two steps, and around everything. */
const GAP = 30;
const MARGIN = 14;
/** Width of a letter, and of the share behind the token. */
const LETTER = 7.4;
const SHARE = 60;
const LETTERS = 14;

export interface PlacedNode {
  readonly node: SearchNode;
  /** Of the search, as `parent` counts. */
  readonly index: number;
  readonly label: string;
  /** Probability of the token after the ones before it. */
  readonly share: number;
  /** Nothing goes on from here although it did not end: the search gave it up. */
  readonly isDropped: boolean;
  readonly lane: number;
  /** Its left edge, and its middle from above. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

export interface BeamTree {
  readonly nodes: readonly PlacedNode[];
  /** What follows each node, likeliest first; the chosen one before all. */
  readonly children: readonly (readonly number[])[];
  readonly width: number;
  readonly height: number;
  /** Height of a node. */
  readonly node: number;
}

/** The search that found a run's text; a changed run has the text of its original. Null: nothing was searched. */
export function searchOf(run: Pick<Run, 'facet'>): readonly SearchNode[] | null {
  return run.facet('search') ?? run.facet('changes')?.base.facet('search') ?? null;
}

/** Position of the token that a step of the search found: models of the next token begin with one that was given. */
export function positionOf(step: number, run: Pick<Run, 'facet'>): number {
  return predictsOf(run) === 'own' ? step : step + 1;
}

/** Indices of the nodes of a hypothesis, from its first token to `leaf`. */
export function pathTo(search: readonly SearchNode[], leaf: number): readonly number[] {
  const path: number[] = [];
  for (let at: number | null = leaf; at !== null; at = search[at]?.parent ?? null) path.unshift(at);
  return path;
}

/** @param unit all lengths are multiplied by it: 1 in a window */
export function layoutBeams(search: readonly SearchNode[], unit = 1): BeamTree {
  const children = search.map((): number[] => []);
  const roots: number[] = [];
  for (const [index, { parent }] of search.entries())
    (parent === null ? roots : (children[parent] ?? [])).push(index);
  const likeliest = (a: number, b: number) =>
    Number(search[b]?.chosen) - Number(search[a]?.chosen) ||
    (search[b]?.logProbability ?? 0) - (search[a]?.logProbability ?? 0);
  for (const list of [roots, ...children]) list.sort(likeliest);
  const lanes = assignLanes(search, roots, children);
  const columns = columnsOf(search, unit);
  const nodes = search.map((node, index): PlacedNode => {
    const before = node.parent === null ? 0 : (search[node.parent]?.logProbability ?? 0);
    const { x, width } = columns[node.step] ?? { x: 0, width: 0 };
    return {
      ...{ node, index, x, width, lane: lanes[index] ?? 0, y: laneY(lanes[index] ?? 0) * unit },
      label: elide(visibleText(node.token.text), LETTERS),
      share: Math.min(Math.exp(node.logProbability - before), 1),
      isDropped: !node.finished && !node.chosen && children[index]?.length === 0,
    };
  });
  const last = columns.at(-1);
  return {
    ...{ nodes, children },
    width: (last === undefined ? 0 : last.x + last.width) + MARGIN * unit,
    height: ((lanes.reduce((most, lane) => Math.max(most, lane), -1) + 1) * LANE + MARGIN) * unit,
    node: NODE * unit,
  };
}

/** A lane for each branch: the first child goes on in its parent's, others begin one that is free from there on. */
function assignLanes(
  search: readonly SearchNode[],
  roots: readonly number[],
  children: readonly (readonly number[])[],
): number[] {
  const lanes = search.map(() => 0);
  /** By lane: the steps that branches take, from and to. */
  const taken: [number, number][][] = [];
  const stepOf = (index: number) => search[index]?.step ?? 0;
  const isFree = (lane: number, from: number, to: number) =>
    (taken[lane] ?? []).every(([first, last]) => last < from || first > to);
  const place = (start: number, near: number) => {
    const branch = [start];
    for (let next = children[start]?.[0]; next !== undefined; next = children[next]?.[0]) branch.push(next);
    const [from, to] = [stepOf(start), stepOf(branch.at(-1) ?? start)];
    let lane = near;
    // The nearest lane that is free, below before above.
    for (let away = 1; !isFree(lane, from, to); away++)
      lane = near - away >= 0 && !isFree(near + away, from, to) ? near - away : near + away;
    (taken[lane] ??= []).push([from, to]);
    for (const index of branch) lanes[index] = lane;
    return branch;
  };
  /** Branches that begin at a node that stands already. */
  const waiting: { readonly start: number; readonly near: number }[] = roots.map((start) => ({
    start,
    near: 0,
  }));
  while (waiting.length > 0) {
    const next = waiting.reduce((a, b) => (stepOf(b.start) < stepOf(a.start) ? b : a));
    waiting.splice(waiting.indexOf(next), 1);
    for (const index of place(next.start, next.near))
      for (const start of (children[index] ?? []).slice(1)) waiting.push({ start, near: lanes[index] ?? 0 });
  }
  return lanes;
}

/** A column for each step, as wide as its longest token. */
function columnsOf(
  search: readonly SearchNode[],
  unit: number,
): { readonly x: number; readonly width: number }[] {
  const letters: number[] = [];
  for (const { step, token } of search)
    letters[step] = Math.max(letters[step] ?? 2, Math.min([...visibleText(token.text)].length, LETTERS));
  let x = MARGIN * unit;
  return Array.from(letters, (count = 2) => {
    const column = { x, width: Math.ceil((count * LETTER + SHARE) * unit) };
    x += column.width + GAP * unit;
    return column;
  });
}

/** Middle of a lane, from above. */
function laneY(lane: number): number {
  return MARGIN + lane * LANE + NODE / 2;
}

/** The curve between two nodes, as SVG writes it. */
export function linkPath(from: PlacedNode, to: PlacedNode): string {
  const [x0, y0, x1, y1] = [from.x + from.width, from.y, to.x, to.y];
  const middle = (x0 + x1) / 2;
  return `M${x0} ${y0}C${middle} ${y0} ${middle} ${y1} ${x1} ${y1}`;
}

/** The node that an arrow key goes to; null: the key does something else. */
export function moveFrom(tree: BeamTree, at: number, key: string): number | null {
  const { nodes, children } = tree;
  const here = nodes[at];
  if (here === undefined) return null;
  if (key === 'ArrowRight') return children[at]?.[0] ?? at;
  if (key === 'ArrowLeft') return here.node.parent ?? at;
  if (key !== 'ArrowUp' && key !== 'ArrowDown') return null;
  const sign = key === 'ArrowDown' ? 1 : -1;
  const column = nodes
    .filter(({ node, lane }) => node.step === here.node.step && (lane - here.lane) * sign > 0)
    .sort((a, b) => (a.lane - b.lane) * sign);
  return column[0]?.index ?? at;
}
