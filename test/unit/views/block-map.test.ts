import { expect, test } from 'vitest';
import {
  parametersOf,
  partsOfLayer,
  structurePart,
  type StructureLayer,
  type StructurePart,
  type StructureStack,
} from '../../../src/renderer/runs/facets/structure.ts';
import { diagramOf, leastWidth } from '../../../src/renderer/views/block-map/diagram.ts';
import { additionOf, detailLines, mapDrawing } from '../../../src/renderer/views/block-map/drawing.ts';
import { strongest } from '../../../src/renderer/views/block-map/neurons.ts';
import { neuronsDrawing } from '../../../src/renderer/views/block-map/neurons-drawing.ts';

const part = (kind: StructurePart['kind'], ...shape: number[]) =>
  structurePart({ kind, title: kind, detail: '' }, [{ name: 'weight', shape }]);
const layer = (order: StructureLayer['order'], outNorm: StructurePart | null = null): StructureLayer => ({
  order,
  blocks: [
    { part: part('attention', 4, 4), norm: part('norm', 4), outNorm },
    { part: part('feed-forward', 8, 4), norm: part('norm', 4), outNorm },
  ],
});
const stack = (own: StructureLayer, name: StructureStack['stack'] = null): StructureStack => ({
  ...{ stack: name, side: 'target' },
  before: [part('embedding', 10, 4)],
  layers: [own, own],
  after: [part('head', 10, 4)],
});
const kindsOf = (own: StructureLayer) => partsOfLayer(own).map(({ kind }) => kind);

test('parts stand in the order of the data: norms first, last, of what is added, and beside each other', () => {
  expect(kindsOf(layer('norm-first'))).toEqual(['norm', 'attention', 'norm', 'feed-forward']);
  expect(kindsOf(layer('norm-last'))).toEqual(['attention', 'norm', 'feed-forward', 'norm']);
  expect(kindsOf(layer('norm-first', part('norm', 4)))).toEqual([
    ...['norm', 'attention', 'norm', 'norm', 'feed-forward', 'norm'],
  ]);
  expect(parametersOf({ stacks: [stack(layer('norm-first'))] })).toBe(40 + 2 * (16 + 32 + 8) + 40);
});

test('what goes past a part meets it at a sum: one for each part, or one for both that read the same', () => {
  const rowOf = (order: StructureLayer['order']) =>
    diagramOf([stack(layer(order))], { width: 900, text: 12 }, 0).stacks[0]?.rows[1];
  const first = rowOf('norm-first');
  expect(first?.boxes.map(({ id }) => id)).toEqual(['0 1 0', '0 1 1', '0 1 2', '0 1 3']);
  expect(first?.pluses).toHaveLength(2);
  const [attention, mlp] = first?.pluses ?? [];
  expect(attention?.from).toBeLessThan(first?.boxes[0]?.x ?? 0);
  expect(mlp?.from).toBeGreaterThan(attention?.x ?? Infinity);
  // The norm stands behind the sum.
  const last = rowOf('norm-last');
  expect(last?.boxes[1]?.x).toBeGreaterThan(last?.pluses[0]?.x ?? Infinity);
  expect(rowOf('parallel')?.pluses).toHaveLength(1);
  expect(rowOf('chain')?.pluses).toHaveLength(0);
});

test('stacks stand beside each other where there is room, else under each other, and fill no more than the width', () => {
  const both = [stack(layer('norm-last'), 'encoder'), stack(layer('norm-last'), 'decoder')];
  const wide = diagramOf(both, { width: 1600, text: 12 }, 0).stacks;
  expect(wide[0]?.top).toBe(wide[1]?.top);
  const narrow = diagramOf(both, { width: 700, text: 12 }, 0).stacks;
  expect(narrow[1]?.top).toBeGreaterThan(narrow[0]?.rows.at(-1)?.y ?? Infinity);
  for (const width of [leastWidth(both, 12), 700, 1600])
    for (const { rows } of diagramOf(both, { width, text: 12 }, 0).stacks)
      for (const box of rows.flatMap(({ boxes }) => boxes))
        expect(box.x + box.width).toBeLessThanOrEqual(width);
});

test('where a layer has no room beside itself, each of its parts has a row, and is called as before', () => {
  const gemma = [stack(layer('norm-first', part('norm', 4)))];
  const idsOf = (width: number) =>
    diagramOf(gemma, { width, text: 12 }, 0).stacks.flatMap(({ rows }) =>
      rows.flatMap(({ boxes }) => boxes.map(({ id }) => id)),
    );
  const narrow = leastWidth(gemma, 12);
  expect(narrow).toBeLessThan(400);
  expect(idsOf(narrow)).toEqual(idsOf(1600));
  const rows = diagramOf(gemma, { width: narrow, text: 12 }, 0).stacks[0]?.rows ?? [];
  expect(rows.map(({ layer: at, goesOn }) => [at, goesOn])).toEqual([
    [null, false],
    ...[0, 1].flatMap((at) => [
      [at, false],
      [at, true],
    ]),
    [null, false],
  ]);
  expect(rows.map(({ pluses }) => pluses.length)).toEqual([0, 1, 1, 1, 1, 0]);
  for (const { boxes } of rows)
    for (const { x, width } of boxes) expect(x + width).toBeLessThanOrEqual(narrow);
});

test('a figure that is narrower than its rows is as wide as they are', () => {
  const picture = {
    ...{ name: 'neox', structure: { stacks: [stack(layer('parallel'))] }, token: '', selected: null },
    additionsOf: () => null,
    tokenOf: () => 0,
  };
  const least = leastWidth(picture.structure.stacks, 12);
  expect(mapDrawing(picture, { width: 100, height: 100, text: 12 }).width).toBe(least);
});

test('bars say what each part adds at the token; a part that adds nothing has none', () => {
  const values = (value: number) => Float32Array.from([0, value]);
  const additions = { attention: values(3), cross: null, feedForward: values(6), stream: values(1) };
  expect(additionOf(part('attention'), additions, 1)).toBe(3);
  expect(additionOf(part('cross-attention'), additions, 1)).toBeNull();
  expect(additionOf(part('norm'), additions, 1)).toBeNull();
  const picture = {
    ...{
      name: 'whale',
      structure: { stacks: [stack(layer('norm-first'))] },
      token: '“a” (1)',
      selected: null,
    },
    additionsOf: () => additions,
    tokenOf: () => 1,
  };
  const { marks } = mapDrawing(picture, { width: 900, height: 500, text: 12 });
  const bars = marks.filter((mark) => mark.kind === 'rect' && mark.fill === 'accent');
  // The longest of all is a whole bar.
  const widths = bars.map((mark) => (mark.kind === 'rect' ? mark.width : 0));
  expect(widths).toHaveLength(4);
  expect((widths[0] ?? 0) / (widths[1] ?? 1)).toBeCloseTo(0.5, 6);
});

test('the strongest neurons, whatever their sign, and the text in the colours of one', () => {
  expect(strongest([0.1, -3, 2, 0], 2)).toEqual([
    { neuron: 1, value: -3 },
    { neuron: 2, value: 2 },
  ]);
  const tokens = ['a', ' b'].map((text, id) => ({ id, text, span: null, special: false }));
  const { marks } = neuronsDrawing(
    {
      model: 'whale',
      block: 'L0',
      tokens,
      token: 1,
      strong: [{ neuron: 1, value: -3 }],
      neuron: 1,
      values: [1, -3],
    },
    { width: 500, height: 300, text: 12 },
  );
  const ids = marks.flatMap((mark) => (mark.kind === 'group' ? [mark.id] : []));
  expect(ids).toEqual(['neuron 1', 'token 0', 'token 1']);
});

test('a detail that is too long for its box goes on in a second line, after a comma', () => {
  const fits = (line: string) => line.length <= 23;
  expect(detailLines('3 heads × 10, window 4', fits)).toEqual(['3 heads × 10, window 4']);
  expect(detailLines('4 heads × 10, 2 KV heads, window 5', fits)).toEqual([
    '4 heads × 10,',
    '2 KV heads, window 5',
  ]);
  expect(detailLines('a norm without any comma in it', fits)).toEqual(['a norm without any comma in it']);
});
