import { shortScore } from '../../../src/renderer/views/alignment/column-marks.ts';
import { expect, test } from 'vitest';
import { withForced, withWeight } from '../../../src/renderer/views/alignment/forced.ts';
import { actualToken, rankOf, rowsInSight } from '../../../src/renderer/views/outputs/rows.ts';
import type { Token } from '../../../src/renderer/runs/run.ts';
import type { Prediction } from '../../../src/renderer/runs/facets/readout.ts';
import { facetsOf } from '../../../src/renderer/runs/facet.ts';
import { processDrawing } from '../../../src/renderer/views/alignment/drawing.ts';
import { PHASES } from '../../../src/renderer/views/alignment/phases.ts';
import { stageOf } from '../../../src/renderer/views/alignment/stage.ts';
import type { AttentionStep } from '../../../src/renderer/views/alignment/step.ts';
import { roomFaults } from '../../helpers/room-faults.ts';
import { readoutOf } from '../readout.ts';

const token = (id: number): Token => ({ id, text: String(id), span: null, special: false });

test('a weight that is moved takes its share from the others in proportion', () => {
  expect(withWeight([0.5, 0.25, 0.25], 0, 0.8).map((weight) => Number(weight.toFixed(6)))).toEqual([
    0.8, 0.1, 0.1,
  ]);
  expect(withWeight([1, 0, 0], 0, 0)).toEqual([0, 0.5, 0.5]);
  expect(withWeight([1], 0, 0.2)).toEqual([1]);
  expect(withWeight([0.5, 0.5], 1, 7)).toEqual([0, 1]);
});

test('a step is set by hand once', () => {
  const first = withForced({ beams: 2 }, 3, [1, 0]);
  expect(withForced(first, 3, [0, 1])).toEqual({
    beams: 2,
    forcedAttention: [{ step: 3, weights: [0, 1] }],
  });
  expect(withForced(first, 1, [1, 0]).forcedAttention?.map(({ step }) => step)).toEqual([3, 1]);
});

test('the rows in sight, and the token that they are about', () => {
  expect(rowsInSight(0, 10, 1000)).toEqual({ from: 0, to: 14 });
  expect(rowsInSight(100, 10, 105)).toEqual({ from: 96, to: 105 });
  const tokens = [token(1), token(2)];
  expect(actualToken({ tokens, facet: facetsOf({ readout: readoutOf('next') }) }, 0)?.id).toBe(2);
  expect(actualToken({ tokens, facet: facetsOf({ readout: readoutOf('next') }) }, 1)).toBe(null);
  expect(actualToken({ tokens, facet: facetsOf({ readout: readoutOf('own') }) }, 0)?.id).toBe(1);
  const predictions = [token(4), token(2)].map((one): Prediction => ({
    token: one,
    logit: 0,
    probability: 0,
  }));
  expect(rankOf(predictions, token(2))).toBe(2);
  expect(rankOf(predictions, token(9))).toBe(null);
  expect(rankOf(predictions, null)).toBe(null);
});

test.each([
  [-0.04, 100, '−0.040'],
  [-0.04, 20, '0.0'],
  [-0.04, 10, '0'],
  [-0.4, 10, '0'],
  [-2.4, 10, '−2'],
  [1.26, 20, '1.3'],
])('the score %d in a column of %d is %s', (score, width, text) => {
  expect(shortScore(score, width, 10)).toBe(text);
});

/** A step over so many source words, of which a few have most of the weight. */
function stepOver(count: number): AttentionStep {
  const word = (text: string, id: number): Token => ({ id, text, span: null, special: false });
  const names = ['·The', '·poor', '·farmer', '·sold', '·a', '·black', '·because', '·library', '.'];
  const sourceTokens = Array.from({ length: count }, (_, i) => word(names[i % names.length] ?? '', i));
  const tokens = ['·El', '·labrador', '·pobre', '·vendió', '·un', '·caballo', '·negro'].map(word);
  const scores = Float32Array.from(sourceTokens, (_, i) => -12.34 + ((i * 7) % count));
  const sizes = scores.map((score) => Math.exp(score - Math.max(...scores)));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const weights = sizes.map((size) => size / total);
  const steps = {
    score: 'additive',
    byHand: false,
    context: new Float32Array(8),
    values: new Float32Array(8 * count),
  };
  return {
    ...{ run: { tokens, sourceTokens, model: { name: 'translator' } }, step: 5, steps, scores, weights },
    ...{ context: steps.context, all: new Float32Array(tokens.length * count) },
    rivals: tokens.slice(0, 5).map((token, i) => ({ token, logit: 0, probability: 0.97 / 10 ** i })),
  } as unknown as AttentionStep;
}

test.each(
  [3, 19, 40].flatMap((count) =>
    [
      [613, 720],
      [613, 668],
      [613, 560],
      [921, 456],
      [998, 1080],
      [1280, 720],
      [1920, 1080],
    ].map(([width = 0, height = 0]) => ({ count, width, height })),
  ),
)('in a room a step over $count words is large and apart at $width×$height', ({ count, width, height }) => {
  const step = stepOver(count);
  for (const phase of PHASES) {
    const drawing = processDrawing(step, { phase, progress: 1, looked: null }, { width, height, text: 26 });
    expect(roomFaults(drawing), phase).toEqual([]);
    const words = JSON.stringify(drawing.marks);
    expect(words, 'the caption is whole').not.toMatch(/"text":"[^"]* [^"]*…/);
    // The strongest word stands there, and its weight once it has one.
    expect(words).toMatch(/"text":"·(The|poor|farmer|sold|a|black|because|library)"|"text":"\."/);
    if (['softmax', 'fade', 'sum', 'word'].includes(phase)) expect(words).toMatch(/"text":"6[0-9](\.\d)?%"/);
  }
});

test('at a desk all words of a long sentence stand under their columns', () => {
  const size = { width: 820, height: 540, text: 13 };
  const drawing = processDrawing(stepOver(33), { phase: 'word', progress: 1, looked: null }, size);
  const upright = drawing.marks.filter((mark) => mark.kind === 'text' && mark.rotate === 90);
  expect(upright).toHaveLength(33);
  expect(roomFaults(drawing, 9)).toEqual([]);
});

test.each([
  ['a pane of the window', 614, 280],
  ['200 % of 1280×800', 640, 230],
  ['a narrow pane', 290, 400],
])('at a desk nothing is scrolled in %s', (_, width, height) => {
  const stage = stageOf({ width, height, text: 13 }, ['a', 'b', 'c'], 4);
  const last = stage.isBeside ? stage.weights : stage.rivals;
  expect(last.y + last.height).toBeLessThanOrEqual(height);
  expect(stage.text).toBeGreaterThanOrEqual(9);
});
