import { describe, expect, test } from 'vitest';
import { figureRequest } from '../../../src/main/cli/figure.ts';
import { takeOthers } from '../../../src/main/cli/other-options.ts';
import { headgate } from './run.ts';

test('a view and a file are enough', () => {
  expect(figureRequest({ view: 'attention-head' }, 'a/b.SVG')).toEqual({
    ...{ kind: 'figure', view: 'attention-head', settings: {}, format: 'svg', theme: 'light' },
    ...{ log: false, hideFirstToken: false, transparent: false },
    ...{ width: 800, height: 600, millimetres: 174, scale: 2 },
  });
});

test('what the command does not know itself is a setting of the view', () => {
  const values = {
    view: 'attention-head',
    text: 'hi',
    layer: '3',
    'same-length': 'true',
    token: '2',
    log: true,
  };
  expect(figureRequest(values, 'x.npz')).toMatchObject({
    ...{ text: 'hi', token: 2, log: true, format: 'npz' },
    settings: { layer: '3', 'same-length': 'true' },
  });
});

describe('options of other names', () => {
  const options = { text: { type: 'string' }, log: { type: 'boolean' }, force: { type: 'boolean' } } as const;
  const take = (line: string) => takeOthers(line.split(' '), options);

  test.each([
    ['m --layer 3 --head=5 --log', ['m', '--log'], { layer: '3', head: '5' }],
    ['--same-length --log m', ['--log', 'm'], { 'same-length': 'true' }],
    ['m --at -2', ['m'], { at: '-2' }],
    ['m --spectral', ['m'], { spectral: 'true' }],
    ['m --text --layer --head 1', ['m', '--text', '--layer'], { head: '1' }],
  ])('%s', (line, args, others) => {
    expect(take(line)).toEqual({ args, others });
  });

  test('may stand once', () => {
    expect(() => take('m --layer 1 --layer 2')).toThrow('--layer is given twice.');
  });
});

test.each([
  [['m', '--out', 'x.svg'], 'needs a view: --view ID'],
  [['m', '--view', 'gates'], 'needs a file: --out FILE'],
  [['m', '--view', 'gates', '--out', 'x.gif'], 'must end with .svg, .pdf, .png, .csv, .npz'],
  [['m', '--view', 'gates', '--out', 'x.svg', '--theme', 'pink'], 'it takes light, dark, paper'],
  [['m', '--view', 'gates', '--out', 'x.svg', '--scale', '9'], 'a number from 1 to 4'],
  [['m', '--view', 'gates', '--out', 'x.svg', '--mm', '85'], '--mm is the width on paper'],
  [
    ['m', '--view', 'gates', '--out', 'x.svg', '--theme', 'paper', '--width', '300'],
    '--width is in pixels, and paper is measured in millimetres',
  ],
  [
    ['m', '--view', 'gates', '--out', 'x.svg', '--attention', 'both'],
    'it takes self, encoder, decoder, cross',
  ],
  [['--view', 'gates', '--out', 'x.svg'], 'needs a MODEL'],
])('%j is refused before anything starts', async (args, words) => {
  const { status, stderr } = await headgate('figure', ...args);
  expect([status, stderr]).toEqual([1, expect.stringContaining(words)]);
});
