import { expect, test } from 'vitest';
import { along } from '../../../src/renderer/common/heatmap/scale.ts';
import { alongScale, colourIn, figureTheme } from '../../../src/renderer/drawing/theme.ts';

const luminance = (colour: readonly number[]) => {
  const [r = 0, g = 0, b = 0] = colour.map((value) =>
    value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};

test.each(['dark', 'light', 'paper'] as const)(
  'what has no place on a scale is not a number, in %s',
  (name) => {
    const theme = figureTheme(name);
    expect(colourIn(theme, { scale: 'sequential', at: NaN })).toEqual(theme.invalid);
    expect(
      colourIn(theme, { scale: 'diverging', at: along(Infinity, { low: -1, high: 1, log: false }) }),
    ).toEqual(theme.invalid);
  },
);

test.each(['dark', 'light', 'paper'] as const)('what stands on a scale can be read, in %s', (name) => {
  const theme = figureTheme(name);
  for (const scale of ['sequential', 'diverging'] as const)
    for (let at = 0; at <= 1; at += 0.05) {
      const [ground, ink] = [alongScale(theme.scales[scale], at), colourIn(theme, { on: scale, at })].map(
        luminance,
      );
      const [low = 0, high = 0] = [ground ?? 0, ink ?? 0].toSorted((a, b) => a - b);
      // WCAG 2: text of a usual size.
      expect((high + 0.05) / (low + 0.05)).toBeGreaterThan(4.5);
    }
});
