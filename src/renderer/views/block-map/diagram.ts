/**
 * Where the boxes of a block map are: a row for each layer, its parts from left to right along the stream; where these have
 * no room beside each other, a row for each part with its norms.
 */
import { textWidth } from '../../drawing/text.ts';
import type { StructureLayer, StructurePart, StructureStack } from '../../runs/facets/structure.ts';

/** Of which stack, row and place a part is: `0 3 1`. Rows count what stands before the layers first. */
export type PartId = string;

interface Box {
  readonly kind: 'box';
  readonly id: PartId;
  readonly part: StructurePart;
  /** The layer that it is of; null: none. */
  readonly layer: number | null;
  readonly x: number;
  readonly width: number;
}

/** Where a part's output meets what went past it. */
interface Plus {
  readonly kind: 'plus';
  readonly x: number;
  /** Where the way past the part begins. */
  readonly from: number;
}

/** A row of a stack. */
export interface DiagramRow {
  readonly layer: number | null;
  /** It goes on with the layer of the row above. */
  readonly goesOn: boolean;
  readonly boxes: readonly Box[];
  readonly pluses: readonly Plus[];
  /** Upper edge of its boxes. */
  readonly y: number;
}

export interface DiagramStack {
  readonly stack: StructureStack;
  readonly x: number;
  readonly width: number;
  /** Upper edge of its first row. */
  readonly top: number;
  readonly rows: readonly DiagramRow[];
}

export interface Diagram {
  readonly stacks: readonly DiagramStack[];
  readonly box: number;
  readonly height: number;
}

/** Sizes in the text's size. */
const BOX = 4.4;
/** Of a box, beside its title. */
const BESIDE = 1.6;
/** Of parts that are no norms, at least. */
const LEAST = 8.5;
const PLUS = 2.2;
const GAP = 1;
/** Room left of a row's boxes, for its name and the stream. */
const LEFT = 4.6;
/** Room under a row, for what its parts add. */
const BELOW = 2.6;

type Item = { readonly part: StructurePart } | { readonly plusFrom: number };

/** Parts and sums of a layer by rows, in the order of the data; `plusFrom` is the item at which the way past begins. */
function itemsOf({ order, blocks }: StructureLayer, isNarrow: boolean): Item[][] {
  const rows: Item[][] = [[]];
  for (const { part, norm, outNorm } of blocks) {
    // Parts that read the same have one sum behind both.
    if (isNarrow && order !== 'parallel' && rows.at(-1)?.length !== 0) rows.push([]);
    const items = rows.at(-1) ?? [];
    const box = (own: StructurePart | null) => {
      if (own !== null) items.push({ part: own });
    };
    const plusFrom = items.length;
    if (order !== 'norm-last') box(norm);
    box(part);
    box(outNorm);
    if (order === 'norm-first' || order === 'norm-last') items.push({ plusFrom });
    if (order === 'norm-last') box(norm);
  }
  if (order === 'parallel') rows.at(-1)?.push({ plusFrom: 0 });
  return rows;
}

/** Parts of a stack by groups: what stands before its layers, the layers, what stands after them. */
function groupsOf({ before, layers, after }: StructureStack, isNarrow = false) {
  const row = (parts: readonly StructurePart[]) => [parts.map((part): Item => ({ part }))];
  return [
    { layer: null, rows: row(before) },
    ...layers.map((layer, at) => ({ layer: at, rows: itemsOf(layer, isNarrow) })),
    ...(after.length === 0 ? [] : [{ layer: null, rows: row(after) }]),
  ];
}

/** Width of a part's box, in the text's size: its title has room. What is no norm takes more where there is more. */
function leastOf({ kind, title }: StructurePart): number {
  const own = textWidth(title, { size: 1, weight: 700 }) + BESIDE;
  return kind === 'norm' ? own : Math.max(own, LEAST);
}

/** Width in which all parts of a stack can be read, in the text's size. */
function needed(stack: StructureStack, isNarrow = false): number {
  const widthOf = (item: Item) => ('plusFrom' in item ? PLUS : leastOf(item.part));
  const rows = groupsOf(stack, isNarrow).flatMap((group) => group.rows);
  return Math.max(
    ...rows.map((items) => LEFT + items.reduce((sum, item) => sum + widthOf(item) + GAP, 0) + GAP),
  );
}

/** The least width of a diagram, its stacks under each other. */
export function leastWidth(stacks: readonly StructureStack[], text: number): number {
  return Math.max(0, ...stacks.map((stack) => needed(stack, true) + 2)) * text;
}

/** The diagram of a model's stacks, beside each other where there is room. @param top room above the rows */
export function diagramOf(
  stacks: readonly StructureStack[],
  { width, text }: { readonly width: number; readonly text: number },
  top: number,
): Diagram {
  const step = (BOX + BELOW + GAP) * text;
  const needs = stacks.map((stack) => needed(stack));
  const total = needs.reduce((sum, need) => sum + need, 0);
  const room = width - text * (stacks.length + 1);
  const isBeside = stacks.length > 1 && total * text <= room;
  let [x, y, bottom] = [text, top, top];
  const placed = stacks.map((stack, index): DiagramStack => {
    const own = isBeside ? (room * (needs[index] ?? 1)) / total : width - 2 * text;
    const place = { left: x + LEFT * text, right: x + own };
    const rows = rowsOf(stack, index, place, text).map((row, at) => ({ ...row, y: y + at * step }));
    const result = { stack, x, width: own, top: y, rows };
    bottom = Math.max(bottom, y + rows.length * step);
    if (isBeside) x += own + text;
    else y += rows.length * step + 1.5 * text;
    return result;
  });
  return { stacks: placed, box: BOX * text, height: bottom };
}

/** The rows of a stack; parts are called by their group and their place in it, in how many rows it may be. */
function rowsOf(
  stack: StructureStack,
  index: number,
  place: { readonly left: number; readonly right: number },
  text: number,
): Omit<DiagramRow, 'y'>[] {
  const isNarrow = needed(stack) * text > place.right - place.left + LEFT * text;
  return groupsOf(stack, isNarrow).flatMap(({ layer, rows }, group) => {
    let boxes = 0;
    return rows.map((items, row) => {
      const placed = rowOf(items, (at) => `${index} ${group} ${boxes + at}`, layer, place, text);
      boxes += placed.boxes.length;
      return { ...placed, layer, goesOn: row > 0 };
    });
  });
}

function rowOf(
  items: readonly Item[],
  idOf: (box: number) => PartId,
  layer: number | null,
  room: { readonly left: number; readonly right: number },
  text: number,
): Pick<DiagramRow, 'boxes' | 'pluses'> {
  const isWide = (item: Item) => 'part' in item && item.part.kind !== 'norm';
  const leastWidthOf = (item: Item) => ('plusFrom' in item ? PLUS : leastOf(item.part)) * text;
  const taken = items.reduce((sum, item) => sum + leastWidthOf(item), (items.length - 1) * GAP * text);
  /** What is left goes to the wide parts, or is missing from them. */
  const more = (room.right - room.left - taken) / Math.max(items.filter(isWide).length, 1);
  const widthOf = (item: Item) => {
    const least = leastWidthOf(item);
    return isWide(item) ? Math.min(Math.max(least + more, text * 5), text * 24) : least;
  };
  const boxes: Box[] = [];
  const pluses: Plus[] = [];
  const starts: number[] = [];
  let x = room.left;
  for (const item of items) {
    starts.push(x - (GAP * text) / 2);
    if ('part' in item) {
      const own = widthOf(item);
      boxes.push({ kind: 'box', id: idOf(boxes.length), part: item.part, layer, x, width: own });
      x += own + GAP * text;
    } else {
      pluses.push({ kind: 'plus', x: x + (PLUS * text) / 2, from: starts[item.plusFrom] ?? room.left });
      x += (PLUS + GAP) * text;
    }
  }
  return { boxes, pluses };
}
