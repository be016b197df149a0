import { describe, expect, test } from 'vitest';
import type { Prediction, Run, Token } from '../../../src/renderer/runs/run.ts';
import { isSubtracted, nameOf, neighbourhoods, sumOf } from '../../../src/renderer/common/words.ts';
import { atLengthOne, mapPoints, onScreen, parallels } from '../../../src/renderer/views/word-map/map.ts';

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
  return { tokens, text, predicts: 'similar', top } as unknown as Run;
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
    expect(parallels(run, points)).toEqual([
      { from: 1, to: 2 },
      { from: 0, to: 3 },
    ]);
  });

  test.each([
    ['no sum', [king, woman]],
    ['another sum', [king, woman, equals]],
    ['two that are subtracted', [king, man, token(4, '−boy'), woman, equals]],
  ])('%s has no parallel sides', async (_name, tokens) => {
    const run = runOf(tokens);
    expect(parallels(run, mapPoints(run, await neighbourhoods(run, () => 1)))).toEqual([]);
  });

  test('rows get length 1, and zeros stay', () => {
    expect([...atLengthOne(Float32Array.of(3, 4, 0, 0), 2)].map((x) => Number(x.toFixed(6)))).toEqual([
      ...[0.6, 0.8],
      ...[0, 0],
    ]);
  });

  test('both axes have one scale, with room for labels; one point stands in the middle', () => {
    const [a, b, c] = onScreen([0, 0, 0, 2, 0, 0, 0, 1, 0], 540, 400);
    expect(a).toEqual({ x: 70, y: 300 });
    expect(b).toEqual({ x: 470, y: 300 });
    expect(c).toEqual({ x: 70, y: 100 });
    expect(onScreen([5, 5, 0], 100, 100)).toEqual([{ x: 50, y: 50 }]);
  });
});
