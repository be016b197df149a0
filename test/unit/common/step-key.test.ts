import { expect, test } from 'vitest';
import { stepTo } from '../../../src/renderer/common/step-key.ts';

test.each([
  ['ArrowLeft', 2, 5, 1],
  ['ArrowLeft', 0, 5, 0],
  ['ArrowRight', 4, 5, 4],
  ['ArrowRight', -1, 5, 0],
  ['Home', 3, 5, 0],
  ['End', 0, 5, 4],
  ['End', 0, 0, null],
  ['Enter', 2, 5, null],
])('%s from %i of %i goes to %o', (key, at, count, to) => expect(stepTo(key, at, count)).toBe(to));
