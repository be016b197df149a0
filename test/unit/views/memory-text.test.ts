import { expect, test } from 'vitest';
import { fittedText, textDrawing } from '../../../src/renderer/views/memory/text-drawing.ts';
import { series, textsOf, tokens } from './memory-series.ts';

test('as text, the letters that count are the strongest', () => {
  const picture = {
    series: [series([1e-9, 1e-3, 1])],
    models: ['m'],
    title: 'title',
    reach: 1,
    looked: null,
  };
  const drawing = textDrawing(picture, { width: 400, height: 0, text: 12 });
  const groups = drawing.marks.filter((mark) => mark.kind === 'group').at(-1)?.marks ?? [];
  const opacities = groups.map((mark) => (mark.kind === 'group' ? mark.marks[0]?.opacity : NaN));
  expect(opacities.map((value) => Number((value ?? NaN).toFixed(3)))).toEqual([0, 0.4, 0.8]);
  expect(textsOf(groups).map(({ text }) => text)).toEqual(['a', 'b', 'c']);
  // Values that are near each other get the whole scale, too; the title does not lie on the colours.
  const near = textDrawing(
    { ...picture, series: [series([0.02, 0.2, 2])] },
    { width: 400, height: 0, text: 12 },
  );
  const legend = textsOf(near.marks).map(({ text }) => text);
  expect(legend.slice(0, 5)).toEqual(['title', '≤0.01', '0.1', '1', '10']);
});

test('as text, in a low pane the lines come before what the colours stand for', () => {
  const letters = 'The captain looked at the sea, and the whale looked at the captain.';
  const one = { tokens: tokens(letters) };
  const values = [...letters].map((_, i) => 10 ** (i - letters.length));
  const picture = {
    series: ['layer 0', 'layer 1'].map((part) => series(values, { ...one, part, id: part })),
    ...{ models: ['m'], title: 'How much the end depends', reach: 1, looked: null },
  };
  const said = (height: number) => {
    const drawing = fittedText(picture, { width: 640, height, text: 12 });
    return { height: drawing.height, texts: textsOf(drawing.marks).map(({ text }) => text) };
  };
  expect(said(400).texts).toContain(picture.title);
  const low = said(80);
  expect(low.height).toBeLessThanOrEqual(80);
  expect(low.texts).not.toContain(picture.title);
  expect(low.texts.filter((text) => text.endsWith('at the far end'))).toHaveLength(2);
  // Where not even these have room, they stand as close.
  expect(said(50).height).toBe(low.height);
});

test('tokens of both sequences can be pointed at, of the first model', () => {
  const sides = (['source', 'target'] as const).map((side) => series([1, 1], { side, id: side }));
  const drawing = textDrawing(
    { series: [...sides, series([1], { id: 'b' })], models: ['m'], title: '', reach: 1, looked: null },
    { width: 400, height: 0, text: 12 },
  );
  const blocks = drawing.marks.filter((mark) => mark.kind === 'group').slice(-3);
  const ids = blocks.map((block) => block.marks.map((mark) => mark.id ?? ''));
  expect(ids).toEqual([['s0', 's1'], ['t0', 't1'], ['']]);
});
