import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fitText, lineParts, textWidth } from '../../../src/renderer/drawing/text.ts';
import { readFont } from '../../../src/renderer/drawing/true-type.ts';

const font = (name: string) => readFont(readFileSync(`node_modules/dejavu-fonts-ttf/ttf/${name}.ttf`));
const sans = font('DejaVuSans');
const bold = font('DejaVuSans-Bold');
const mono = font('DejaVuSansMono');

const RANGES = [
  [0x20, 0x7e],
  [0xa0, 0x24f],
  [0x370, 0x52f],
  [0x2010, 0x2044],
  [0x2200, 0x22ff],
] as const;

/** The file of widths is made from the fonts: `vitest --update` writes it anew. */
test('the table of widths is that of the fonts', async () => {
  const entry = ([first, last]: readonly [number, number], { advance }: typeof sans) =>
    Array.from({ length: last - first + 1 }, (_, i) => {
      const width = Math.round(advance(first + i) * 500);
      return width.toString(36).padStart(2, '0');
    }).join('');
  const table = RANGES.map((range) =>
    [
      '  {',
      `    first: 0x${range[0].toString(16)},`,
      `    last: 0x${range[1].toString(16)},`,
      '    regular:',
      `      '${entry(range, sans)}',`,
      '    bold:',
      `      '${entry(range, bold)}',`,
      '  },',
    ].join('\n'),
  );
  const source = `/**
 * Widths of characters in DejaVu Sans, two digits to the base 36 each, in 1/500 em. Made from the fonts by
 * test/unit/drawing/text.test.ts.
 */
// prettier-ignore
export const WIDTHS = [
${table.join('\n')}
] as const;
`;
  await expect(source).toMatchFileSnapshot('../../../src/renderer/drawing/text-widths.ts');
});

test.each([
  ['attention', 400, sans],
  ['Probability 0.25 · “the”', 400, sans],
  ['Probability 0.25', 700, bold],
] as const)('a text is as wide as its letters: %s', (text, weight, face) => {
  const letters = [...text].reduce((sum, letter) => sum + face.advance(letter.codePointAt(0) ?? 0), 0);
  expect(textWidth(text, { size: 20, weight })).toBeCloseTo(letters * 20, 0);
});

test('monospace letters are equally wide, and what stands on two columns is twice as wide', () => {
  expect(textWidth('the', { size: 10, family: 'mono' })).toBeCloseTo(mono.advance(65) * 30, 1);
  expect(textWidth('東', { size: 10, family: 'mono' })).toBeCloseTo(mono.advance(65) * 20, 1);
  expect(textWidth('東', { size: 10 })).toBe(10);
  // A mark that stands on a letter takes no room, nor does what joins emoji.
  expect(textWidth('e\u0301', { size: 10, family: 'mono' })).toBe(
    textWidth('e', { size: 10, family: 'mono' }),
  );
});

test.each([
  ['attention', 200, 'attention'],
  ['attention', 45, 'atte…on'],
  ['attention', 12, '…'],
  ['', 12, ''],
])('%s in %d pixels is %s', (text, width, expected) => {
  const fitted = fitText(text, width, { size: 10 });
  expect(fitted).toBe(expected);
  expect(textWidth(fitted, { size: 10 })).toBeLessThanOrEqual(width);
});

test.each([
  ['attention', 200, ['attention']],
  ['====', 25, ['====']],
  ['=====', 13, ['==', '==', '=']],
  ['東東', 1, ['東', '東']],
  ['', 10, ['']],
])('%s in lines of %d pixels is %j', (text, width, expected) => {
  expect(lineParts(text, width, { size: 10, family: 'mono' })).toEqual(expected);
});
