import { describe, expect, test } from 'vitest';
import { createSampler } from '../../../src/renderer/models/sample.ts';

const logits = Float32Array.of(1, 3, 2, -Infinity);
const draws = (options: Parameters<typeof createSampler>[0], count = 4000) => {
  const sample = createSampler(options);
  const counts = new Array<number>(logits.length).fill(0);
  for (let i = 0; i < count; i++) {
    const id = sample(logits);
    counts[id] = (counts[id] ?? 0) + 1;
  }
  return counts.map((n) => n / count);
};

test('without a temperature the largest logit is taken', () => {
  expect(draws({}, 5)).toEqual([0, 1, 0, 0]);
  expect(draws({ temperature: 0, topK: 3 }, 5)).toEqual([0, 1, 0, 0]);
});

describe('with a temperature', () => {
  test('tokens are drawn by their probabilities', () => {
    const e = [Math.exp(1), Math.exp(3), Math.exp(2)];
    const sum = e.reduce((a, b) => a + b, 0);
    const shares = draws({ temperature: 1 });
    for (const [i, share] of e.entries()) expect(Math.abs((shares[i] ?? 0) - share / sum)).toBeLessThan(0.03);
    expect(shares[3]).toBe(0);
  });

  test('a low one sharpens, a high one flattens', () => {
    expect(draws({ temperature: 0.1 })[1]).toBeGreaterThan(0.99);
    expect(draws({ temperature: 100 })[1]).toBeLessThan(0.4);
  });

  test('top-k leaves k tokens', () => {
    const [first, second, third] = draws({ temperature: 2, topK: 2 });
    expect(first).toBe(0);
    expect((second ?? 0) + (third ?? 0)).toBe(1);
  });

  test('top-p leaves the fewest tokens that reach it', () => {
    // softmax of 3, 2, 1: 0.665, 0.245, 0.09.
    expect(draws({ temperature: 1, topP: 0.6 }, 200)).toEqual([0, 1, 0, 0]);
    expect(draws({ temperature: 1, topP: 0.7 })[0]).toBe(0);
    expect(draws({ temperature: 1, topP: 0.95 })[0]).toBeGreaterThan(0);
  });

  test('the seed decides', () => {
    const text = (seed: number) => {
      const sample = createSampler({ temperature: 1, seed });
      return Array.from({ length: 50 }, () => sample(logits)).join('');
    };
    expect(text(1)).toBe(text(1));
    expect(text(1)).not.toBe(text(2));
  });
});
