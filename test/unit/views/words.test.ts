import { describe, expect, test } from 'vitest';
import type { Run, Token } from '../../../src/renderer/runs/run.ts';
import type { Prediction } from '../../../src/renderer/runs/facets/readout.ts';
import { isSubtracted, nameOf, neighbourhoods, sumOf } from '../../../src/renderer/common/words.ts';
import type { Drawing } from '../../../src/renderer/drawing/drawing.ts';
import { svgOf } from '../../../src/renderer/drawing/svg.ts';
import { textWidth } from '../../../src/renderer/drawing/text.ts';
import { figureTheme } from '../../../src/renderer/drawing/theme.ts';
import { neighboursDrawing } from '../../../src/renderer/views/neighbours/drawing.ts';
import { neighboursTable } from '../../../src/renderer/views/neighbours/lists.ts';
import { wordMapDrawing } from '../../../src/renderer/views/word-map/drawing.ts';
import type { WordMap } from '../../../src/renderer/views/word-map/points.ts';
import { wordMapTable } from '../../../src/renderer/views/word-map/table.ts';
import {
  atLengthOne,
  mapPoints,
  onScreen,
  stepsOf,
  termsOf,
} from '../../../src/renderer/views/word-map/map.ts';
import { facetsOf } from '../../../src/renderer/runs/facet.ts';

const token = (id: number, text: string, special = false): Token => ({ id, text, span: null, special });
const near = (id: number, text: string, logit: number): Prediction => ({
  token: token(id, text),
  probability: logit,
  logit,
});
const king = token(1, 'king');
const man = token(2, '−man');
const woman = token(3, 'woman');
const equals = token(0, '=', true);

/** A run whose positions are near to `w<position>` and to what all of them share. */
function runOf(tokens: readonly Token[], text = 'king -  man + woman'): Run {
  const top = (position: number, k: number) =>
    Promise.resolve(
      [near(100 + position, `w${position}`, 0.9), near(200, 'shared', 0.5), near(300, 'far', 0.1)].slice(
        0,
        k,
      ),
    );
  const vectors = () => Promise.resolve(new Float32Array());
  return {
    tokens,
    text,
    facet: facetsOf({ words: { vectors }, readout: { predicts: 'similar', logits: null, top } }),
  } as unknown as Run;
}

describe('words and their sum', () => {
  test('a sum is a position of its own, whose name is the text', () => {
    const run = runOf([king, man, woman, equals]);
    expect(sumOf(run)).toBe(3);
    expect([0, 1, 2, 3].map((position) => nameOf(run, position))).toEqual([
      ...['king', 'man', 'woman'],
      'king - man + woman',
    ]);
    expect([0, 1].map((position) => isSubtracted(run, position))).toEqual([false, true]);
  });

  test('words alone have no sum, and a minus of their own is theirs', () => {
    const run = runOf([king, token(7, '−x')]);
    expect(sumOf(run)).toBeNull();
    expect(nameOf(run, 1)).toBe('−x');
  });

  test('the sum comes first, and a word that stands twice once', async () => {
    const found = await neighbourhoods(runOf([king, man, king, equals]), (position) => position);
    expect(found.map(({ position, nearest }) => [position, nearest.length])).toEqual([
      [3, 3],
      [0, 0],
      [1, 1],
    ]);
  });
});

describe('the map', () => {
  test('every word stands once, with what it is nearest to', async () => {
    const run = runOf([king, man, woman, equals]);
    const points = mapPoints(run, await neighbourhoods(run, () => 2));
    expect(points.map(({ kind, text, of }) => [kind, text, of])).toEqual([
      ['word', 'king', 0],
      ['subtracted', 'man', 1],
      ['word', 'woman', 2],
      ['sum', 'king - man + woman', 3],
      ['near', 'w3', 3],
      ['near', 'shared', 3],
      ['near', 'w0', 0],
      ['near', 'w1', 1],
      ['near', 'w2', 2],
    ]);
    expect(points.filter(({ isAnswer }) => isAnswer).map(({ text }) => text)).toEqual(['w3']);
  });

  test('a sum stands after each of its terms where they put it', () => {
    const run = runOf([king, man, woman, equals]);
    expect(termsOf(run).map(({ text, sign }) => [text, sign])).toEqual([
      ['king', 1],
      ['man', -1],
      ['woman', 1],
    ]);
    const rows = Float32Array.of(1, 0, 0, 1, 2, 2);
    expect([...stepsOf(rows, termsOf(run), 2)]).toEqual([0, 0, 1, 0, 1, -1, 3, 1]);
    expect(termsOf(runOf([king, woman]))).toEqual([]);
  });

  test('rows get length 1, and zeros stay', () => {
    expect([...atLengthOne(Float32Array.of(3, 4, 0, 0), 2)].map((x) => Number(x.toFixed(6)))).toEqual([
      ...[0.6, 0.8],
      ...[0, 0],
    ]);
  });

  test('both axes have one scale, with room for labels; one point stands in the middle', () => {
    const [a, b, c] = onScreen([0, 0, 0, 2, 0, 0, 0, 1, 0], { width: 544, height: 400, text: 12 });
    expect(a).toEqual({ x: 72, y: 300 });
    expect(b).toEqual({ x: 472, y: 300 });
    expect(c).toEqual({ x: 72, y: 100 });
    expect(onScreen([5, 5, 0], { width: 100, height: 100, text: 12 })).toEqual([{ x: 50, y: 50 }]);
  });

  const wordMap = async (): Promise<WordMap> => {
    const run = runOf([king, man, woman, equals]);
    const points = mapPoints(run, await neighbourhoods(run, () => 2));
    const spread = (count: number, by: number) =>
      Float32Array.from({ length: count * 3 }, (_, i) => (i % 3 === 2 ? 0 : Math.sin(i * 7 + by) * 3));
    return { run, points, places: spread(points.length, 0), steps: spread(4, 1), explained: [0.6, 0.2, 0.1] };
  };
  const look = { pointed: null, looked: null, terms: 3, near: true };
  const textsOf = ({ marks }: Drawing) => marks.filter((mark) => mark.kind === 'text');

  test.each([
    ['in the window', { width: 500, height: 400, text: 13 }],
    ['in a narrow pane', { width: 260, height: 260, text: 13 }],
    ['in a room', { width: 1920, height: 1000, text: 26 }],
  ])(
    'the sum goes tip to tail to its answer, which is large, and no text covers another %s',
    async (_name, size) => {
      const drawing = wordMapDrawing(await wordMap(), look, size);
      expect(drawing.marks.filter(({ kind }) => kind === 'path')).toHaveLength(3);
      const texts = textsOf(drawing);
      const answer = texts.find(({ text }) => text === 'w3 0.900');
      expect(answer?.size).toBeCloseTo(size.text * 1.9);
      expect(texts.map(({ text }) => text)).toEqual(expect.arrayContaining(['−man', 'king', 'woman']));
      if (size.text > 24) expect(Math.min(...texts.map((text) => text.size))).toBeGreaterThanOrEqual(24);
      const labels = texts.filter(({ halo }) => halo !== undefined);
      for (const [i, a] of labels.entries())
        for (const b of labels.slice(i + 1)) {
          const apart = a.x >= b.x + textWidth(b.text, b) || b.x >= a.x + textWidth(a.text, a);
          expect(apart || Math.abs(a.y - b.y) >= ((a.size + b.size) / 2) * 1.2).toBe(true);
        }
      expect(svgOf(drawing, { theme: figureTheme('paper'), transparent: false })).not.toMatch(
        /NaN|undefined/,
      );
    },
  );

  test('a sum that is drawn in part has no answer yet', async () => {
    const size = { width: 500, height: 400, text: 13 };
    const drawing = wordMapDrawing(await wordMap(), { ...look, terms: 1.5, near: false }, size);
    expect(drawing.marks.filter(({ kind }) => kind === 'path')).toHaveLength(2);
    expect(textsOf(drawing).map(({ text }) => text)).not.toContain('w3 0.900');
  });

  test('the tables are exact and whole', async () => {
    const map = await wordMap();
    const table = wordMapTable(map);
    expect([...table.rows][4]).toEqual([
      'w3',
      'near',
      103,
      3,
      Math.fround(0.9),
      ...map.places.subarray(12, 15),
    ]);
    const many = Array.from({ length: 60 }, (_, id) => token(id + 1, `x${id}`));
    const lists = await neighboursTable({ run: runOf(many), words: 2 });
    expect([...lists.rows]).toHaveLength(120);
  });

  test('lists are drawn with a bar and a cosine for every word', async () => {
    const run = runOf([king, man, woman, equals]);
    const lists = await neighbourhoods(run, () => 3);
    const drawing = neighboursDrawing(run, lists, { width: 500, height: 300, text: 12 });
    const texts = textsOf(drawing).map(({ text }) => text);
    expect(texts.filter((text) => text === '0.900')).toHaveLength(4);
    expect(texts).toContain('−man');
    expect(Math.max(...textsOf(drawing).map(({ y }) => y))).toBeLessThan(drawing.height);
  });
});
