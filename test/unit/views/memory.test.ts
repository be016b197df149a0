import { expect, test } from 'vitest';
import type { GradientNorms, RecurrentTrace, Run } from '../../../src/renderer/runs/run.ts';
import {
  alongLog,
  bandPath,
  curvePath,
  gradientSeries,
  logAxis,
  xOf,
  type Series,
} from '../../../src/renderer/views/memory/series.ts';

const series = (...values: number[]): Series => ({
  id: 'a',
  model: 'm',
  part: '',
  values: Float32Array.from(values),
  error: null,
  stroke: 'solid',
});

test('the axis spans whole powers of ten around what is above 0', () => {
  const axis = logAxis([series(0, 3e-3, NaN), series(2, Infinity)]);
  expect([axis.low, axis.high]).toEqual([1e-3, 10]);
  expect(axis.ticks).toEqual([10, 1, 0.1, 0.01, 1e-3]);
  expect(logAxis([series(1e-25, 1)]).ticks.length).toBeLessThanOrEqual(9);
  expect(logAxis([])).toEqual({ low: 0.1, high: 1, ticks: [0.1, 1] });
  // One value alone has room, too.
  expect(logAxis([series(1)])).toMatchObject({ low: 1, high: 10 });
});

test('places on the axes', () => {
  const axis = { low: 1e-2, high: 1e2 };
  expect([1e-2, 1, 1e2, 0, NaN, 1e9].map((value) => alongLog(value, axis))).toEqual([0, 0.5, 1, 0, 0, 1]);
  expect(xOf(0, { width: 100, steps: 11 })).toBe(100);
  expect(xOf(10, { width: 100, steps: 11 })).toBe(0);
  expect(xOf(0, { width: 100, steps: 1 })).toBe(100);
});

test('curves end at the right, whatever their length, and have gaps where they are 0', () => {
  const axis = { low: 0.1, high: 10, ticks: [] };
  const plot = { width: 100, height: 40, steps: 5 };
  expect(curvePath([10, 1, 0.1], axis, plot)).toBe('M50,0L75,20L100,40');
  expect(curvePath([1, 0, 1], axis, plot)).toBe('M50,20M100,20');
  // A long curve has two numbers for each pixel at most.
  const long = Array.from({ length: 10_000 }, (_, i) => (i % 2 === 0 ? 1 : 5));
  expect(curvePath(long, axis, { ...plot, steps: 10_000 }).split('L').length).toBeLessThanOrEqual(202);
  expect(bandPath(Float32Array.of(1, 1), Float32Array.of(0, 0), axis, plot)).toBe(
    'M75,20L100,20L100,20L75,20Z',
  );
});

test('every layer and direction is measured, with the cell and the largest singular value', async () => {
  const asked: string[] = [];
  const norms: GradientNorms = {
    frobenius: Float32Array.of(1),
    cell: Float32Array.of(2),
    spectral: Float32Array.of(3),
    error: null,
  };
  const trace = {
    prefix: 'rnn',
    layers: 2,
    bidirectional: true,
    gradient: async (layer: number, reverse: boolean, options?: { spectral?: boolean }) => {
      asked.push(`${layer} ${reverse} ${options?.spectral}`);
      return norms;
    },
  } as unknown as RecurrentTrace;
  const run = { model: { id: 'm', name: 'model' } } as Run;
  const found = await gradientSeries(run, trace, {
    spectral: true,
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });
  expect(asked).toEqual(['0 false true', '0 true true', '1 false true', '1 true true']);
  expect(found.length).toBe(12);
  expect(new Set(found.map(({ id }) => id)).size).toBe(12);
  expect(found.slice(0, 3).map(({ part, stroke }) => [part, stroke])).toEqual([
    ['layer 0, forward', 'solid'],
    ['layer 0, forward, cell', 'dashed'],
    ['layer 0, forward, spectral', 'dotted'],
  ]);
});
