import { expect, test } from 'vitest';
import { laneOf } from '../../../src/renderer/analysis/race.ts';
import type { Mark } from '../../../src/renderer/drawing/drawing.ts';
import { facetsOf } from '../../../src/renderer/runs/facet.ts';
import type { Run } from '../../../src/renderer/runs/run.ts';
import { raceDrawing } from '../../../src/renderer/views/race/drawing.ts';
import { wordId, wordOf } from '../../../src/renderer/views/race/lane.ts';
import { idleSentence, wordSentence, type Racer } from '../../../src/renderer/views/race/reading.ts';
import { roomFaults } from '../../helpers/room-faults.ts';
import { tokensOf } from '../drawing/sample.ts';

const WORDS = Array.from({ length: 35 }, (_, i) => `palabra${i}`.slice(i % 7));

/** A translator that wrote a word each 10 ms, with `wrong` in place of one of them. */
function racerOf(letter: string, looks: boolean, wrong?: number): Racer {
  const written = WORDS.map((word, i) => (i === wrong ? 'otra' : word));
  const tokens = tokensOf(written.map((word, i) => (i === 0 ? word : ` ${word}`)).join('|'));
  const run = {
    ...{ model: { id: letter, name: `translator ${letter}` }, tokens, sourceTokens: tokensOf('a| b| c') },
    facet: facetsOf({ pace: { times: WORDS.map((_, i) => 10 * (i + 1)) } }),
  } as unknown as Run;
  const alignment = looks ? new Float32Array(WORDS.length * 3).fill(1 / 3) : null;
  return { letter, run, lane: laneOf(run, WORDS), alignment };
}

const flat = (marks: readonly Mark[]): Mark[] =>
  marks.flatMap((mark) => (mark.kind === 'group' ? [mark, ...flat(mark.marks)] : [mark]));

const three = [racerOf('A', false), racerOf('B', true, 4), racerOf('C', true)];
const four = [...three, racerOf('D', false, 34)];

test.each([
  ['1280×720', { width: 820, height: 489, text: 13 }, three, 9],
  ['200 % of 1280×800', { width: 640, height: 147, text: 13 }, three, 9],
  ['200 % of 1920×1080', { width: 960, height: 275, text: 13 }, four, 9],
  ['a room', { width: 1920, height: 1023, text: 26 }, three, 24],
  ['a room with four models', { width: 1920, height: 1023, text: 26 }, four, 24],
])('at %s every word of every model is there without scrolling', (_, size, racers, least) => {
  const total = { clock: 350, speed: 0.25, compared: 'marked: not as A wrote it', looked: null };
  const drawing = raceDrawing(racers, total, size);
  expect(drawing.height).toBeLessThanOrEqual(size.height);
  const marks = flat(drawing.marks);
  const texts = marks.flatMap((mark) => (mark.kind === 'text' ? [mark] : []));
  for (const { text, size: own } of texts) expect(own, text).toBeGreaterThanOrEqual(least - 1e-9);
  const written = texts.filter(({ family, text }) => family === 'mono' && !/^ ?[abc]$/.test(text.trim()));
  expect(written.filter(({ text }) => /\d$|otra/.test(text))).toHaveLength(35 * racers.length);
  // The words that differ, by more than their colour.
  expect(texts.filter(({ fill }) => fill === 'danger').map(({ text }) => text)).toEqual(
    racers === four ? ['otra', 'otra'] : ['otra'],
  );
  expect(marks.filter((mark) => mark.kind === 'line' && mark.stroke === 'danger')).toHaveLength(
    racers === four ? 2 : 1,
  );
});

test.each([
  ['half of a small projector', { width: 613, height: 520, text: 26 }, 24],
  ['a third of a room', { width: 921, height: 456, text: 26 }, 24],
  ['a low window at 200 %', { width: 640, height: 95, text: 13 }, 9],
])('at %s the words that were written last are there without scrolling', (_, size, least) => {
  for (const clock of [10, 170, 350]) {
    const drawing = raceDrawing(three, { clock, speed: null, compared: '', looked: null }, size);
    expect(drawing.height).toBeLessThanOrEqual(size.height);
    expect(roomFaults(drawing, least)).toEqual([]);
    const texts = flat(drawing.marks).flatMap((mark) => (mark.kind === 'text' ? [mark.text] : []));
    const latest = WORDS[clock / 10 - 1] ?? '';
    expect(texts).toContain(latest);
    // What is left out before them is said.
    if (clock === 350) expect(texts).toContain('…');
  }
});

test('in a small pane the models keep their names', () => {
  const short = three.map((racer) => ({
    ...racer,
    run: { ...racer.run, model: { ...racer.run.model, name: `a-model-with-a-long-name-${racer.letter}` } },
    lane: { ...racer.lane, words: racer.lane.words.slice(0, 7) },
  }));
  const picture = { clock: 350, speed: null, compared: '', looked: null };
  const { marks, height } = raceDrawing(short, picture, { width: 393, height: 199, text: 13 });
  const texts = flat(marks).flatMap((mark) => (mark.kind === 'text' ? [mark.text] : []));
  for (const { run } of short) expect(texts).toContain(run.model.name);
  expect(height).toBe(199);
});

test('where the models looked grows with the clock, above the words of the source', () => {
  const size = { width: 1280, height: 700, text: 13 };
  const at = (clock: number) =>
    flat(raceDrawing(three, { clock, speed: null, compared: '', looked: null }, size).marks);
  const texts = (clock: number) => at(clock).flatMap((mark) => (mark.kind === 'text' ? [mark.text] : []));
  expect(texts(0)).toContain('0 of 35 steps');
  expect(texts(101)).toContain('10 of 35 steps');
  expect(texts(350)).toContain('35 of 35 steps, done in 350 ms');
  expect(texts(350).filter((text) => /^.?b$/.test(text))).toHaveLength(2);
  expect(texts(350)).toContain('no attention over a source');
});

test('a word that is looked at stands out, with its rows of where the model looked, and is told', () => {
  const size = { width: 1280, height: 700, text: 13 };
  const looked = { letter: 'B', word: 4 };
  const marksOf = (clock: number, at: typeof looked | null) =>
    flat(raceDrawing(three, { clock, speed: null, compared: '', looked: at }, size).marks);
  const standsOut = (mark: Mark) =>
    mark.kind === 'rect' &&
    ((mark.fill === 'select-lock' && mark.opacity !== 0) || mark.stroke === 'select-lock');
  expect(marksOf(350, looked).filter(standsOut)).toHaveLength(2);
  expect(marksOf(350, null).filter(standsOut)).toHaveLength(0);
  // What is still to come can't be pointed at.
  const ids = marksOf(101, null).flatMap((mark) => (mark.kind === 'group' ? (mark.id ?? []) : []));
  expect(ids.filter((id) => id.startsWith('word-A-'))).toHaveLength(10);
  expect(ids.filter((id) => id.startsWith('row-B-'))).toHaveLength(10);
  expect(new Set(ids).size).toBe(ids.length);
  expect(wordOf('row-B-9')).toEqual(wordOf(wordId({ letter: 'B', word: 9 })));
  expect(wordOf('lane-B')).toBeNull();
  expect(wordSentence(three, looked)).toMatch(
    /^B: “otra” after 5 of 35 steps, 50 ms; differs; looks most at “a” \(0\), 33\.3 %$/,
  );
  expect(wordSentence(three, { letter: 'A', word: 3 })).toMatch(/^A: “\w+” after 4 of 35 steps, 40 ms$/);
  expect(wordSentence(three, { letter: 'D', word: 3 })).toBe('');
});

test('a model that wrote no word says so, and a slot that does not race is named', () => {
  const racers = three.map((racer, at) =>
    at === 1 ? { ...racer, lane: { ...racer.lane, words: [], output: '' } } : racer,
  );
  const picture = { speed: null, compared: '', looked: null };
  const size = { width: 900, height: 500, text: 13 };
  const said = (clock: number) =>
    flat(raceDrawing(racers, { ...picture, clock }, size).marks).filter(
      (mark) => mark.kind === 'text' && mark.text === 'wrote no word',
    );
  expect(said(350)).toHaveLength(1);
  expect(said(100)).toHaveLength(0);
  const silent = { ...three[0]?.run, model: { name: 'a classifier' }, facet: facetsOf({}) } as unknown as Run;
  expect(idleSentence(three)).toBe('');
  expect(idleSentence([...three, { letter: 'D', run: silent }])).toBe(
    'D (a classifier) wrote nothing step by step, and does not race.',
  );
});
