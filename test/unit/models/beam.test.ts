import { describe, expect, test } from 'vitest';
import { BeamTree } from '../../../src/renderer/models/seq2seq/beam.ts';

const END = 0;
const p = (...values: number[]) => Float32Array.from(values);

describe('beam search', () => {
  test('one beam is greedy and stops at the end token', () => {
    const tree = new BeamTree({ beams: 1, end: END, lengthPenalty: 0 });
    expect(tree.advance(p(0.1, 0.3, 0.6))).toEqual({ tokens: [2], parents: [0] });
    expect(tree.advance(p(0.7, 0.2, 0.1))).toBeNull();
    expect(tree.best()).toEqual([2, END]);
    expect(tree.nodes).toHaveLength(2);
  });

  test('a worse first token may lead to the better whole', () => {
    const tree = new BeamTree({ beams: 2, end: END, lengthPenalty: 0 });
    expect(tree.advance(p(0, 0.4, 0.6))).toEqual({ tokens: [2, 1], parents: [0, 0] });
    // After 2: an even choice; after 1: nearly sure of the end.
    expect(tree.advance(p(0.34, 0.33, 0.33, 0.95, 0.03, 0.02))).toBeNull();
    expect(tree.best()).toEqual([1, END]);
  });

  test('every kept hypothesis is a node with its parent and its log p', () => {
    const tree = new BeamTree({ beams: 2, end: END, lengthPenalty: 0 });
    tree.advance(p(0.01, 0.5, 0.49));
    tree.advance(p(0.1, 0.6, 0.3, 0.1, 0.1, 0.8));
    expect(tree.nodes.map(({ parent, id, step }) => [parent, id, step])).toEqual([
      [null, 1, 0],
      [null, 2, 0],
      [1, 2, 1],
      [0, 1, 1],
    ]);
    expect(tree.nodes[2]?.logProbability).toBeCloseTo(Math.log(0.49 * 0.8), 6);
  });

  test('a forced token is taken whatever its probability', () => {
    const tree = new BeamTree({ beams: 2, end: END, lengthPenalty: 1 });
    expect(tree.advance(p(0.9, 0.1, 0), 2)).toEqual({ tokens: [2], parents: [0] });
    expect(tree.best()).toEqual([2]);
  });
});
