import { describe, expect, test } from 'vitest';
import {
  coordinate,
  counted,
  formatBytes,
  formatCosine,
  formatCount,
  formatFactor,
  formatLogProbability,
  formatNats,
  formatPercent,
  formatProgress,
  formatTick,
  formatTime,
  formatValue,
} from '../../../src/renderer/common/numbers.ts';

describe('numbers for people', () => {
  test.each<[(value: number) => string, string, number, string]>([
    [formatPercent, 'a share', 0, '0 %'],
    [formatPercent, 'a share', 1e-30, '<0.1 %'],
    [formatPercent, 'a share', 0.0004, '<0.1 %'],
    [formatPercent, 'a share', 0.001, '0.1 %'],
    [formatPercent, 'a share', 0.351, '35.1 %'],
    [formatPercent, 'a share', 0.9994, '99.9 %'],
    [formatPercent, 'a share', 0.9996, '>99.9 %'],
    [formatPercent, 'a share', 0.99999994, '100 %'],
    [formatPercent, 'a share', 1, '100 %'],
    [formatPercent, 'a share', NaN, 'NaN'],
    [formatValue, 'a value', 0.12345, '0.123'],
    [formatValue, 'a value', 0.00138, '0.0014'],
    [formatValue, 'a value', 0.0138, '0.014'],
    [formatValue, 'a value', 0, '0'],
    [formatValue, 'a value', -0, '0'],
    [formatValue, 'a value', -1.5, '−1.50'],
    [formatValue, 'a value', 12.34, '12.3'],
    [formatValue, 'a value', 0.00012, '1.2e−4'],
    [formatValue, 'a value', 1e-4, '1e−4'],
    [formatValue, 'a value', NaN, 'NaN'],
    [formatValue, 'a value', -Infinity, '−∞'],
    [formatTick, 'a tick', 0.5, '0.5'],
    [formatTick, 'a tick', 1, '1'],
    [formatTick, 'a tick', 100, '100'],
    [formatTick, 'a tick', 1e-5, '1e−5'],
    [formatCosine, 'a cosine', -0.154, '−0.154'],
    [formatCosine, 'a cosine', -0.00001, '0.000'],
    [formatCosine, 'a cosine', 1, '1.000'],
    [formatCosine, 'a cosine', NaN, 'NaN'],
    [formatLogProbability, 'a log probability', -12.306, '−12.31'],
    [formatLogProbability, 'a log probability', -Infinity, '−∞'],
    [formatNats, 'a divergence', 0, '0'],
    [formatNats, 'a divergence', -1e-9, '0'],
    [formatNats, 'a divergence', 2e-6, '<0.00001'],
    [formatNats, 'a divergence', 0.01234, '0.012'],
    [formatNats, 'a divergence', 3.456, '3.46'],
    [formatFactor, 'a factor', -0.5, '×−0.5'],
    [formatFactor, 'a factor', 1.25, '×1.25'],
    [formatProgress, 'progress', 0.417, '42 %'],
    [formatBytes, 'bytes', 0, '0 B'],
    [formatBytes, 'bytes', 999, '999 B'],
    [formatBytes, 'bytes', 1000, '1.0 kB'],
    [formatBytes, 'bytes', 999_700, '1.0 MB'],
    [formatBytes, 'bytes', 14_224_616, '14.2 MB'],
    [formatBytes, 'bytes', 123_456_789, '123 MB'],
    [formatBytes, 'bytes', 2.5e12, '2.5 TB'],
    [formatCount, 'parameters', 0, '0'],
    [formatCount, 'parameters', 812, '812'],
    [formatCount, 'parameters', 3_554_496, '3.6 M'],
    [formatCount, 'parameters', 1.1e9, '1.1 B'],
    [formatTime, 'milliseconds', 0.5, '0.5 ms'],
    [formatTime, 'milliseconds', 38.4, '38 ms'],
    [formatTime, 'milliseconds', 999.4, '999 ms'],
    [formatTime, 'milliseconds', 2400, '2.4 s'],
  ])('%o: %s of %d is %s', (format, _, value, text) => expect(format(value)).toBe(text));

  test.each([
    [0, '0 tokens'],
    [1, '1 token'],
    [12_000, '12,000 tokens'],
  ])('%d: %s', (count, text) => expect(counted(count, 'token')).toBe(text));

  test('an irregular plural is given', () =>
    expect(counted(2, 'hypothesis', 'hypotheses')).toBe('2 hypotheses'));
});

test('lengths of pictures have no more digits than they need', () => {
  expect([coordinate(1 / 3), coordinate(2), coordinate(0.25, 1)]).toEqual(['0.33', '2', '0.3']);
});
