import { counted, formatPercent } from '../../common/numbers.ts';
import { tableOf, type Table } from '../../common/table.ts';
import type { Drawing, DrawingSize, Mark } from '../../drawing/drawing.ts';
import { legend } from '../../drawing/parts/legend.ts';
import type { SearchNode } from '../../runs/facets/search.ts';
import { layoutBeams, linkPath, type PlacedNode } from './tree.ts';

const DASH = [3, 3] as const;

/** The tree, as large as its hypotheses need. */
export function beamsDrawing(search: readonly SearchNode[], { text }: DrawingSize): Drawing {
  const tree = layoutBeams(search, text / 12);
  const links = tree.nodes.flatMap((to): Mark[] => {
    const from = to.node.parent === null ? undefined : tree.nodes[to.node.parent];
    if (from === undefined) return [];
    const stroke = to.node.chosen ? 'accent-line' : 'line-2';
    return [{ kind: 'path', d: linkPath(from, to), stroke, strokeWidth: (1 + 3 * to.share) * (text / 12) }];
  });
  const boxes = tree.nodes.flatMap((placed) => boxOf(placed, tree.node, text));
  const items = legend(
    { x: text, y: text * 0.75, width: Infinity },
    [
      { label: 'chosen', paint: 'accent', shape: 'outline' },
      { label: 'kept', paint: 'line-3', shape: 'outline' },
      { label: 'given up', paint: 'line-3', shape: 'outline', dash: DASH },
    ],
    text,
  );
  const top = items.height + text;
  return {
    width: Math.max(tree.width, items.width + 2 * text),
    height: top + tree.height,
    marks: [...items.marks, { kind: 'group', y: top, marks: [...links, ...boxes] }],
    title: `${counted(search.length, 'token')} of the hypotheses of a beam search`,
  };
}

function boxOf(
  { node, label, share, x, y, width, isDropped }: PlacedNode,
  height: number,
  text: number,
): Mark[] {
  return [
    {
      ...{ kind: 'rect', x, y: y - height / 2, width, height, radius: text * 0.4, fill: 'surface-2' },
      stroke: node.chosen ? 'accent' : 'line-3',
      strokeWidth: (node.chosen ? 2 : 1) * (text / 12),
      ...(isDropped ? { dash: DASH } : {}),
    },
    {
      ...{ kind: 'text', x: x + text * 0.6, y, text: label, size: text, family: 'mono', baseline: 'middle' },
      ...{ fill: node.chosen ? 'text-1' : 'text-2', weight: node.chosen ? 700 : 400 },
    },
    {
      ...{ kind: 'text', x: x + width - text * 0.5, y, text: formatPercent(share), size: text * 0.9 },
      ...{ fill: 'text-2', anchor: 'end', baseline: 'middle' },
    },
  ];
}

/** Every node, a row each; the parent of a first token is -1. */
export function beamsTable(search: readonly SearchNode[]): Table {
  return tableOf({
    index: Int32Array.from(search, (_, index) => index),
    parent: Int32Array.from(search, ({ parent }) => parent ?? -1),
    step: Int32Array.from(search, ({ step }) => step),
    id: Int32Array.from(search, ({ token }) => token.id),
    token: search.map(({ token }) => token.text),
    log_probability: Float32Array.from(search, ({ logProbability }) => logProbability),
    finished: Int32Array.from(search, ({ finished }) => Number(finished)),
    chosen: Int32Array.from(search, ({ chosen }) => Number(chosen)),
  });
}
