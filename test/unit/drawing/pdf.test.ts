import { unzlibSync } from 'fflate';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Drawing } from '../../../src/renderer/drawing/drawing.ts';
import { pdfOf } from '../../../src/renderer/drawing/pdf.ts';
import { textRuns, type DrawText } from '../../../src/renderer/drawing/pdf-text.ts';
import { figureTheme } from '../../../src/renderer/drawing/theme.ts';
import { readFont } from '../../../src/renderer/drawing/true-type.ts';
import { MATRIX, SAMPLE } from './sample.ts';

const file = (name: string) => new Uint8Array(readFileSync(`node_modules/dejavu-fonts-ttf/ttf/${name}.ttf`));
const fonts = [
  { family: 'sans', weight: 400, bytes: file('DejaVuSans') },
  { family: 'sans', weight: 700, bytes: file('DejaVuSans-Bold') },
  { family: 'mono', weight: 400, bytes: file('DejaVuSansMono') },
  { family: 'mono', weight: 700, bytes: file('DejaVuSansMono-Bold') },
] as const;

/** Stands in for the machine's fonts: a grey box for what the figure's font lacks, and a note of what it was. */
const drawn: string[] = [];
const drawText: DrawText = (text, _font, size) => {
  drawn.push(text);
  const rgba = new Uint8ClampedArray([128, 128, 128, 255]);
  return { raster: { columns: 1, rows: 1, rgba }, advance: size, x: 0, y: -size, width: size, height: size };
};
const options = { theme: figureTheme('light'), transparent: false, fonts, drawText };

/** What a PDF of jsPDF's holds: its streams, and the texts that they write. */
function read(pdf: Uint8Array) {
  const source = Buffer.from(pdf).toString('latin1');
  const streams = [
    ...source.matchAll(/<<(?:(?!endobj)[\s\S])*?\/Length (\d+)(?:(?!endobj)[\s\S])*?stream\n/g),
  ].map((match) => {
    const start = match.index + match[0].length;
    const bytes = pdf.subarray(start, start + Number(match[1]));
    return match[0].includes('FlateDecode') ? Buffer.from(unzlibSync(bytes)).toString('latin1') : '';
  });
  // Each font has its own table from glyphs to characters.
  const tables = streams
    .filter((stream) => stream.includes('begincmap'))
    .map(
      (stream) =>
        new Map(
          [...stream.matchAll(/<([0-9a-f]{4})><([0-9a-f]{4})>/gi)].map(([, glyph = '', unit = '']) => [
            glyph.toLowerCase(),
            String.fromCharCode(Number.parseInt(unit, 16)),
          ]),
        ),
    );
  const content = streams.find((stream) => /\bre\b|\bTj\b/.test(stream)) ?? '';
  const texts = [...content.matchAll(/<([0-9a-f]+)> Tj/gi)].map(([, hex = '']) =>
    tables.map((table) =>
      (hex.match(/.{4}/g) ?? []).map((glyph) => table.get(glyph.toLowerCase()) ?? '?').join(''),
    ),
  );
  return { source, content, texts };
}

const has = (texts: readonly (readonly string[])[], text: string) =>
  texts.some((readings) => readings.includes(text));

test('a figure has its texts as text, its cells as vectors, and the same bytes each time', () => {
  const pdf = pdfOf(MATRIX, options);
  const { texts, content, source } = read(pdf);
  for (const text of [
    'headgate-gpt · L3 H5',
    'keys →',
    'Call',
    '·Ish',
    'mael',
    '—',
    '0.5',
    'attention',
    'masked',
  ])
    expect(has(texts, text), text).toBe(true);
  expect(content.match(/ re\n/g)?.length).toBeGreaterThanOrEqual(121);
  expect(Buffer.from(pdfOf(MATRIX, options)).equals(Buffer.from(pdf))).toBe(true);
  expect(source).toContain('/Title (headgate-gpt');
  // Letters that are used, not whole fonts of 700 kB.
  expect(pdf.length).toBeLessThan(200_000);
  if (process.env['KEEP_PDF'] !== undefined) writeFileSync(`${process.env['KEEP_PDF']}/matrix.pdf`, pdf);
});

test('every kind of mark is written', () => {
  drawn.length = 0;
  const pdf = pdfOf(SAMPLE, { ...options, theme: figureTheme('paper'), millimetres: 85 });
  const { texts, content, source } = read(pdf);
  expect(source).toMatch(/\/MediaBox \[0 0 240\.9\d* 150\.5\d*\]/);
  expect(has(texts, 'rotated')).toBe(true);
  // The text goes on around what the font has no letters for, which is drawn.
  expect(drawn).toEqual(['東', 'é\u0301']);
  expect(has(texts, ' “the” · ') && has(texts, ' & <b>')).toBe(true);
  expect(content).toContain('W\nn');
  expect(source.match(/\/Subtype \/Image/g)?.length).toBeGreaterThanOrEqual(3);
  if (process.env['KEEP_PDF'] !== undefined) writeFileSync(`${process.env['KEEP_PDF']}/marks.pdf`, pdf);
});

test('a transparent figure has no ground', () => {
  const empty: Drawing = { width: 10, height: 10, marks: [] };
  const rects = (transparent: boolean) =>
    read(pdfOf(empty, { ...options, transparent })).content.match(/ re\n/g)?.length ?? 0;
  expect([rects(false), rects(true)]).toEqual([1, 0]);
});

describe('letters that the font lacks, or that must be shaped, are drawn', () => {
  const font = readFont(file('DejaVuSans'));
  test.each([
    ['plain', [['plain', true]]],
    ['cafe\u0301', [['café', true]]],
    [
      'a東京b',
      [
        ['a', true],
        ['東京', false],
        ['b', true],
      ],
    ],
    [
      '👩‍💻!',
      [
        ['👩‍💻', false],
        ['!', true],
      ],
    ],
    ['שלום', [['שלום', false]]],
    [
      'سلام x',
      [
        ['سلام', false],
        [' x', true],
      ],
    ],
    ['', []],
  ] as const)('%s', (text, expected) =>
    expect(textRuns(text, font).map(({ text, inFont }) => [text, inFont])).toEqual(expected),
  );
});
