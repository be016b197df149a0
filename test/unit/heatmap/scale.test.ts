import { interpolateViridis } from 'd3-scale-chromatic';
import { expect, test } from 'vitest';
import {
  along,
  colourOf,
  cssGradient,
  parseRgb,
  SCALE_STEPS,
  scaleColours,
  ticks,
  type Domain,
} from '../../../src/renderer/common/heatmap/scale.ts';

const linear: Domain = { low: 0, high: 0.5, log: false };
const log: Domain = { low: 1e-4, high: 1, log: true };

test('a scale is 256 colours from the published one', () => {
  const table = scaleColours('viridis', 'dark');
  expect(table).toHaveLength(SCALE_STEPS);
  expect(table[0]).toEqual(parseRgb(interpolateViridis(0)));
  expect(table[255]).toEqual(parseRgb(interpolateViridis(1)));
  expect(scaleColours('viridis', 'light')).toBe(table);
});

test('the perceptual scales grow lighter from step to step', () => {
  for (const name of ['viridis', 'cividis'] as const) {
    const light = scaleColours(name, 'dark').map(([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b);
    for (let i = 8; i < light.length; i++) expect(light[i]).toBeGreaterThan(light[i - 8] ?? Infinity);
  }
});

test('the diverging scale has its ground in the middle and different hues at its ends', () => {
  for (const ground of ['light', 'dark'] as const) {
    const table = scaleColours('diverging', ground);
    const [red, green, blue] = table[128] ?? [0, 0, 0];
    expect(Math.max(red, green, blue) - Math.min(red, green, blue)).toBeLessThan(0.03);
    expect(table[0]?.[2]).toBeGreaterThan((table[0]?.[0] ?? 1) + 0.3);
    expect(table[255]?.[0]).toBeGreaterThan((table[255]?.[2] ?? 1) + 0.3);
  }
});

test('values run along the scale and stop at its ends', () => {
  expect(along(0.25, linear)).toBe(0.5);
  expect(along(-1, linear)).toBe(0);
  expect(along(9, linear)).toBe(1);
  expect(along(1e-2, log)).toBeCloseTo(0.5, 12);
  expect(along(0, log)).toBe(0);
});

test('a colour is the step that its value falls into', () => {
  const table = scaleColours('viridis', 'dark');
  expect(colourOf(0.25, linear, table)).toBe(table[128]);
  expect(colourOf(0.5, linear, table)).toBe(table[255]);
});

test('ticks are round numbers within the domain', () => {
  expect(ticks({ low: 0, high: 1, log: false }, 2)).toEqual([0, 0.5, 1]);
  expect(ticks({ low: 0, high: 0.37, log: false }, 2)).toEqual([0, 0.2, 0.37]);
  expect(ticks({ low: 0, high: 0.25, log: false }, 2)).toEqual([0, 0.2]);
  expect(ticks({ low: -2, high: 2, log: false }, 4)).toEqual([-2, -1, 0, 1, 2]);
  expect(ticks(log).map((tick) => tick.toExponential())).toEqual(['1e-4', '1e-3', '1e-2', '1e-1', '1e+0']);
  expect(ticks(log, 2)).toEqual([1e-4, 0.01, 1]);
  expect(ticks({ low: 1e-4, high: 0.3, log: true }, 2)).toEqual([1e-4, 0.01, 0.3]);
  expect(ticks({ low: 0.02, high: 0.05, log: true })).toEqual([0.05]);
  expect(ticks({ low: 0, high: 0, log: false })).toEqual([0]);
});

test('colours are read in the forms that scales use', () => {
  expect(parseRgb('#ff0000')).toEqual([1, 0, 0]);
  expect(parseRgb('#0f0')).toEqual([0, 1, 0]);
  expect(parseRgb('rgb(0, 0, 255)')).toEqual([0, 0, 1]);
  expect(() => parseRgb('blue')).toThrow('“blue” is no colour.');
});

test('a gradient begins and ends with the scale', () => {
  const gradient = cssGradient(scaleColours('viridis', 'dark'), 'to right');
  expect(gradient).toMatch(/^linear-gradient\(to right, rgb\(68 1 84\) 0%/);
  expect(gradient).toMatch(/rgb\(253 231 37\) 100%\)$/);
});
