import { unzlibSync } from 'fflate';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parsePath, pathText, short } from '../../../src/renderer/drawing/path.ts';
import { base64, encodePng, enlarged } from '../../../src/renderer/drawing/raster.ts';
import { matrixDrawing } from '../../../src/renderer/drawing/parts/matrix.ts';
import { svgOf } from '../../../src/renderer/drawing/svg.ts';
import { figureTheme, hexColour } from '../../../src/renderer/drawing/theme.ts';
import { DARK, LIGHT } from '../../../src/renderer/drawing/roles.ts';
import { MATRIX, SAMPLE } from './sample.ts';

const dark = figureTheme('dark');
const paper = figureTheme('paper');

test.each([
  ['marks.dark', SAMPLE, { theme: dark, transparent: false }],
  ['marks.paper', SAMPLE, { theme: paper, transparent: true, millimetres: 85 }],
  ['matrix.light', MATRIX, { theme: figureTheme('light'), transparent: false }],
  ['matrix.paper', MATRIX, { theme: paper, transparent: false, millimetres: 85 }],
] as const)('%s.svg is as it was, byte for byte', async (name, drawing, options) => {
  const svg = svgOf(drawing, options);
  await expect(svg).toMatchFileSnapshot(`../../fixtures/drawing/${name}.svg`);
  expect(svgOf(drawing, options)).toBe(svg);
});

test('a theme gives colours only: marks, places and texts stay', () => {
  const bare = (svg: string) => svg.replaceAll(/#[0-9a-f]{6}|base64,[^"]*/g, '');
  expect(bare(svgOf(MATRIX, { theme: dark, transparent: false }))).toBe(
    bare(svgOf(MATRIX, { theme: paper, transparent: false })),
  );
});

test('a width on paper keeps the shape', () => {
  expect(svgOf(SAMPLE, { theme: paper, transparent: true, millimetres: 160 })).toContain(
    'width="160mm" height="100mm" viewBox="0 0 320 200"',
  );
});

test('what XML cannot hold is replaced, what it reserves is escaped', () => {
  const svg = svgOf(SAMPLE, { theme: dark, transparent: true });
  expect(svg).toContain('> “the” · 東 &amp; &lt;b&gt;</text>');
  expect(svg).toContain('é\u0301\ufffd\ufffd');
  expect(svg).toContain('<title>Every kind of mark, &lt;once&gt; &amp; no more</title>');
});

test('numbers are short, and a mark that stands nowhere is told', () => {
  expect([1.23456, -0.001, 7, 1e-9, 99.995].map(short)).toEqual(['1.23', '0', '7', '0', '100']);
  expect(() => short(NaN)).toThrow(RangeError);
});

test.each([
  ['M0,0L1.5-2', 'M0 0L1.5 -2'],
  ['M0 0 10 0 10 10Z', 'M0 0L10 0L10 10Z'],
  ['M0 0Q3 3 6 0', 'M0 0C2 2 4 2 6 0'],
  ['M1e1 0H5V.5', 'M10 0L5 0L5 0.5'],
])('the path %s is %s', (d, expected) => expect(pathText(parsePath(d))).toBe(expected));

test.each(['M0 0A5 5 0 0 1 10 10', 'm0 0', 'M0', 'M0 0L1'])('the path %s is refused', (d) =>
  expect(() => parsePath(d)).toThrow(RangeError),
);

test('a PNG holds exactly the pixels', () => {
  const pixels = new Uint8ClampedArray([255, 0, 0, 255, 0, 255, 0, 128, 0, 0, 255, 0, 1, 2, 3, 4]);
  const png = Buffer.from(encodePng(pixels, 2));
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([2, 2]);
  const data = png.indexOf('IDAT');
  const lines = unzlibSync(png.subarray(data + 4, data + 4 + png.readUInt32BE(data - 4)));
  expect([...lines.subarray(1, 9), ...lines.subarray(10)]).toEqual([...pixels]);
  expect(base64(png)).toBe(png.toString('base64'));
  expect([...enlarged(pixels, 2, 2).subarray(0, 16)]).toEqual([
    ...pixels.subarray(0, 4),
    ...pixels.subarray(0, 4),
    ...pixels.subarray(4, 8),
    ...pixels.subarray(4, 8),
  ]);
});

describe('themes', () => {
  const css = readFileSync('src/renderer/ui/tokens.css', 'utf8');
  const tokens = (selector: string) => {
    const start = css.indexOf(`${selector} {`);
    const block = css.slice(start, css.indexOf('\n}', start));
    return Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, k, v]) => [k, v]));
  };
  const window = {
    dark: tokens(':root'),
    light: { ...tokens(':root'), ...tokens(":root[data-theme='light']") },
  };

  test.each([
    ['dark', DARK],
    ['light', LIGHT],
  ] as const)('%s figures have the colours of the window', (name, roles) =>
    expect(roles).toEqual(Object.fromEntries(Object.keys(roles).map((role) => [role, window[name][role]]))),
  );

  const grey = (colour: readonly number[]) => {
    const [r = 0, g = 0, b = 0] = colour.map((c) =>
      c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };

  test.each(['sequential', 'diverging'] as const)('on paper the %s scale keeps its order in grey', (name) => {
    const greys = paper.scales[name].map(grey);
    const sign = Math.sign((greys.at(-1) ?? 0) - (greys[0] ?? 0));
    expect(greys.every((value, i) => i === 0 || sign * (value - (greys[i - 1] ?? 0)) > 0)).toBe(true);
    // Ends that are far apart: ten steps of it can be told in print.
    expect(Math.abs((greys.at(-1) ?? 0) - (greys[0] ?? 0))).toBeGreaterThan(0.6);
  });

  test('paper is white with black text', () => {
    expect([paper.roles['surface-1'], paper.roles['text-1']].map(hexColour)).toEqual(['#ffffff', '#000000']);
  });
});

test('a legend names the colour of what is not finite, where something is not', () => {
  const tokens = ['a', 'b'].map((text, id) => ({ id, text, span: null, special: false }));
  const figure = {
    ...{
      title: 'weights',
      measure: 'weight',
      domain: { low: 0, high: 1, log: false },
      scale: 'sequential' as const,
    },
    ...{ rows: tokens, columns: tokens, rowsAre: 'queries', columnsAre: 'keys' },
    isMasked: (row: number, column: number) => column > row,
  } as const;
  const words = (values: readonly number[]) =>
    matrixDrawing({ ...figure, values }, { width: 300, height: 300, text: 12 }).marks.flatMap((mark) =>
      mark.kind === 'text' ? [mark.text] : [],
    );
  expect(words([1, 0, 0.5, 0.5])).not.toContain('NaN or ∞');
  // A masked cell holds no value.
  expect(words([1, NaN, 0.5, 0.5])).not.toContain('NaN or ∞');
  expect(words([1, 0, NaN, Infinity])).toContain('NaN or ∞');
});
