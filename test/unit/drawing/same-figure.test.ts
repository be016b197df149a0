import { expect, test } from 'vitest';
import { differenceOf } from '../../helpers/same-figure.ts';

const FIGURE = '<svg><rect x="10" width="4.25" fill="#102030"/><text y="8">H0 0.950</text></svg>';

test('a figure is the stored one up to rounding, and not when a place, a colour, a number or a word is another', () => {
  expect(differenceOf(FIGURE, FIGURE)).toBeNull();
  expect(differenceOf(FIGURE.replace('4.25', '4.26').replace('#102030', '#112131'), FIGURE)).toBeNull();
  for (const [from, to] of [
    ['x="10"', 'x="11"'],
    ['#102030', '#102830'],
    ['0.950', '0.850'],
    ['H0', 'H1'],
    ['y="8"', 'y="8" dy="1"'],
    ['</text>', '</text><text>8</text>'],
  ] as const)
    expect(differenceOf(FIGURE.replace(from, to), FIGURE), to).toMatch(/in the stored one/);
});
