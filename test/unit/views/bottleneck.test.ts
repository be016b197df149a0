import { expect, test } from 'vitest';
import type { Drawing, DrawingSize, Mark } from '../../../src/renderer/drawing/drawing.ts';
import { textWidth } from '../../../src/renderer/drawing/text.ts';
import { facetsOf } from '../../../src/renderer/runs/facet.ts';
import type { Quality } from '../../../src/renderer/runs/facets/quality.ts';
import type { Run } from '../../../src/renderer/runs/run.ts';
import { bottleneckDrawing } from '../../../src/renderer/views/bottleneck/drawing.ts';
import type { Reading } from '../../../src/renderer/views/bottleneck/reading.ts';
import { roomFaults } from '../../helpers/room-faults.ts';
import { tokensOf } from '../drawing/sample.ts';

/** Quality of three systems in five buckets of lengths. */
const quality: Quality = {
  about: '',
  systems: ['LSTM without attention', 'LSTM with Bahdanau attention', 'Transformer'].map((name) => ({
    ...{ model: name, name },
    lengths: [0, 8, 16, 24, 32].map((least) => ({
      ...{ words: [least + 1, least + 8] as const, sentences: 200, exact: 100, bleu: 50 },
    })),
  })),
};

interface Sentences {
  readonly source: string;
  readonly target: string;
}

/** What a translator is drawn as. */
function drawn(
  size: DrawingSize,
  { source, target }: Sentences,
  facets: Parameters<typeof facetsOf>[0] = {},
  reference = '',
): Drawing {
  const tokens = tokensOf(target);
  const run = {
    ...{ model: { id: 'm', name: 'm' }, text: source, tokens, sourceTokens: tokensOf(source) },
    facet: facetsOf(facets),
  } as unknown as Run;
  const values = new Float32Array(4).fill(0.5);
  const reading: Reading = {
    run,
    encoder: [{ layer: 0, direction: 'reverse', hidden: values, cell: null }],
    decoder: [{ layer: 0, direction: 'forward', hidden: values, cell: null }],
    probabilities: new Float32Array(tokens.length).fill(0.9997),
  };
  const picture = { reference, measure: 'bleu', looked: null } as const;
  return bottleneckDrawing(reading, picture, size);
}

/** The marks of eight words. */
const marksAt = (size: DrawingSize) =>
  drawn(size, { source: 'a| b', target: 'un| a| y| o| al| lo| no| rey' }).marks;

const flat = (marks: readonly Mark[]): Mark[] =>
  marks.flatMap((mark) => (mark.kind === 'group' ? [mark, ...flat(mark.marks)] : [mark]));
/** Texts and where they stand. */
const placed = (marks: readonly Mark[], y = 0): { readonly text: string; readonly y: number }[] =>
  marks.flatMap((mark) => {
    if (mark.kind === 'group') return placed(mark.marks, y + (mark.y ?? 0));
    return mark.kind === 'text' ? [{ text: mark.text, y: y + mark.y }] : [];
  });
const words = (count: number) => Array.from({ length: count }, (_, i) => `${'abcdefg'.slice(i % 4)}${i}`);

test.each([
  ['1280×720', { width: 820, height: 489, text: 12 }, 35, 12],
  ['1280×800', { width: 820, height: 569, text: 12 }, 35, 12],
  ['200 % of 1920×1080', { width: 960, height: 309, text: 12 }, 35, 9],
  ['200 % of 1280×800', { width: 640, height: 169, text: 12 }, 17, 9],
  ['200 % of 1280×800 with several models', { width: 640, height: 133, text: 12 }, 8, 9],
  ['a room', { width: 1920, height: 1075, text: 26 }, 35, 24],
])('at %s both sentences, the vector and the chart are there without scrolling', (_, size, count, least) => {
  const sentences = { source: words(count).join('| '), target: words(count).join('| ') };
  const drawing = drawn(size, sentences, { quality }, words(count).join(' ').replace('b', 'x'));
  expect(drawing.height).toBeLessThanOrEqual(size.height);
  const marks = flat(drawing.marks);
  const texts = marks.flatMap((mark) => (mark.kind === 'text' ? [mark] : []));
  for (const { text, size: own } of texts) expect(own, text).toBeGreaterThanOrEqual(least - 1e-9);
  const said = texts.map(({ text }) => text);
  // The words in their order, read and written.
  expect(said.filter((text) => /^[a-g]+\d+$/.test(text))).toEqual([...words(count), ...words(count)]);
  expect(said).toContain('h, layer 0');
  expect(said).toContain('BLEU by length of the sentence');
  expect(marks.filter(({ id }) => id?.startsWith('token-') === true)).toHaveLength(count);
});

test.each(
  [8, 17, 35].flatMap((count) =>
    [
      [613, 720],
      [613, 620],
      [921, 508],
      [998, 1080],
      [1280, 720],
    ]
      .map(([width = 0, height = 0]) => ({ count, width, height }))
      // Thirty-five words of nine letters need more than half of a small projector with a caption.
      .filter((size) => count < 35 || size.width * size.height > 440_000),
  ),
)(
  'in a room $count words are large, apart and not scrolled at $width×$height',
  ({ count, width, height }) => {
    const sentences = { source: words(count).join('| '), target: words(count).join('| ') };
    const drawing = drawn({ width, height, text: 26 }, sentences, { quality });
    expect(drawing.height).toBeLessThanOrEqual(height);
    expect(roomFaults(drawing)).toEqual([]);
    // All that was written, and both ends of what was read.
    const said = flat(drawing.marks).flatMap((mark) => (mark.kind === 'text' ? [mark.text] : []));
    for (const word of words(count)) expect(said).toContain(word);
    for (const end of [words(count)[0], words(count).at(-1)])
      expect(said.filter((text) => text === end)).toHaveLength(2);
    expect(said).toContain('h, layer 0');
  },
);

test.each([
  ['1280×800', { width: 640, height: 127, text: 12 }],
  ['1280×720', { width: 640, height: 88, text: 12 }],
])('at 200 % of %s a long sentence and the vector are in sight; the chart is scrolled to', (_, size) => {
  const some = words(31).map((word) => word.slice(-5));
  const { marks, height } = drawn(size, { source: some.join('| '), target: some.join('| ') }, { quality });
  expect(height).toBeGreaterThan(size.height);
  const seen = placed(marks).filter(({ y }) => y < size.height);
  for (const word of some) expect(seen.map(({ text }) => text)).toContain(word);
  expect(seen.map(({ text }) => text)).toContain('h, layer 0');
});

test('a bridge that makes other numbers of the encoder’s is shown between both', () => {
  const read = () => Promise.reject(new Error('not read here'));
  const bottleneck = { bridge: 'linear', attends: false, read };
  const { marks } = drawn(
    { width: 900, height: 700, text: 12 },
    { source: 'a', target: 'b' },
    { bottleneck },
  );
  const said = flat(marks).flatMap((mark) => (mark.kind === 'text' ? [mark.text] : []));
  expect(said).toEqual(
    expect.arrayContaining([
      'encoder h, layer 0, reverse',
      '↓ through a linear bridge',
      'decoder h, layer 0',
    ]),
  );
});

test('a sentence that has no room is said in fewer words, and not cut off', () => {
  const said = (width: number) =>
    marksAt({ width, height: 700, text: 12 }).flatMap((mark) =>
      mark.kind === 'text' && mark.text.includes('decoder') ? [mark.text] : [],
    );
  expect(said(900)).toEqual(['4 numbers: all that the decoder knows of the sentence, however long it is']);
  expect(said(400)).toEqual(['4 numbers: all that the decoder knows of the sentence']);
});

test('how sure each word was stands apart from its neighbours, however short the words', () => {
  const marks = marksAt({ width: 1900, height: 900, text: 24 });
  const shares = flat(marks).flatMap((mark) =>
    mark.kind !== 'group'
      ? []
      : mark.marks.flatMap((own) =>
          own.kind === 'text' && own.text === '>99.9 %' ? [(mark.x ?? 0) + own.x] : [],
        ),
  );
  expect(shares).toHaveLength(8);
  const width = textWidth('>99.9 %', { size: 24 });
  for (const [i, x] of shares.slice(1).entries())
    expect(x - (shares[i] ?? 0)).toBeGreaterThan(width + 24 / 4);
});
