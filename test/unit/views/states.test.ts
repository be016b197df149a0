import { expect, test } from 'vitest';
import type { OnSets } from '../../../src/renderer/analysis/bit-sets.ts';
import { onSets } from '../../../src/renderer/analysis/bit-sets.ts';
import { builtInFeatures } from '../../../src/renderer/analysis/features.ts';
import { fillRoom } from '../../../src/renderer/drawing/fill-room.ts';
import { unitMarks } from '../../../src/renderer/drawing/parts/unit-curves.ts';
import type { Lane } from '../../../src/renderer/common/recurrent/lanes.ts';
import type { Mark } from '../../../src/renderer/drawing/drawing.ts';
import type { Token } from '../../../src/renderer/runs/run.ts';
import {
  closest,
  followDrawing,
  followTable,
  isSameWish,
  type Followed,
  type FollowWish,
} from '../../../src/renderer/views/states/follow.ts';
import { matchesOf } from '../../../src/renderer/views/states/pattern.ts';
import { placesDrawing, placesOf, placesTable } from '../../../src/renderer/views/states/places.ts';
import { savedStretch } from '../../../src/renderer/views/states/saved.ts';
import { domainOf, shownTokens, textDrawing } from '../../../src/renderer/views/states/text-drawing.ts';

const tokens = [...'ab cab. ab'].map((text, id): Token => ({ id, text, span: null, special: false }));
const flat = (marks: readonly Mark[]): Mark[] =>
  marks.flatMap((mark) => (mark.kind === 'group' ? [mark, ...flat(mark.marks)] : [mark]));
const textsOf = (marks: readonly Mark[]) =>
  flat(marks).flatMap((mark) => (mark.kind === 'text' ? [mark.text] : []));
const { signal } = new AbortController();

const found: Followed = {
  features: builtInFeatures(tokens).slice(0, 2),
  units: 3,
  values: Float32Array.of(0.5, -0.9, 0, 0, 0, 0),
};

test('units are told by how closely they follow a feature, whatever the sign', () => {
  expect(closest(found, 0, 5).map(({ unit }) => unit)).toEqual([1, 0]);
  expect(closest(found, 1, 5)).toEqual([]);
  const { marks } = followDrawing(found, 0, 'what units follow', { width: 900, height: 400, text: 12 });
  expect(textsOf(marks)).toEqual(expect.arrayContaining(['place in the word', '−0.90', '0.50']));
  expect(flat(marks).flatMap(({ id }) => id ?? [])).toEqual(['f0:1', 'f0:0']);
  const pattern = (value: number): Followed => ({
    ...{ units: 3, values: new Float32Array(3) },
    features: [
      {
        name: 'pattern',
        title: '/x/',
        about: '1 where',
        values: new Float32Array(tokens.length).fill(value),
      },
    ],
  });
  const said = (value: number) =>
    textsOf(followDrawing(pattern(value), 0, '', { width: 900, height: 400, text: 12 }).marks);
  expect(said(0)).toContain('matches nothing in this text');
  expect(said(1)).toContain('matches all of this text');
  expect(followTable(found).columns).toEqual(['unit', 'place_in_word', 'since_sentence']);
});

const sizesOf = (marks: readonly Mark[]) =>
  flat(marks).flatMap((mark) => (mark.kind === 'text' ? [mark.size] : []));

test('in a room no words are small: features, curves, and the text, which takes all the room', () => {
  const room = { width: 1920, height: 900, text: 24 };
  const lane = {
    title: 'cell',
    activation: 'rnn.0.cell',
    kind: 'signed',
    colour: 'text-1',
  } as unknown as Lane;
  const curves = { unit: 0, curves: [{ lane, values: Float32Array.from(tokens, (_, t) => t) }] };
  const picture = {
    ...{ tokens, stretch: null, looked: null, title: 'text' },
    colourings: [{ title: 'unit 0', values: new Float32Array(tokens.length).fill(1), scale: 'diverging' }],
  } as const;
  const large = fillRoom((size) => textDrawing(picture, size), room);
  for (const { marks } of [
    followDrawing(found, 0, 'what units follow', room),
    {
      marks: unitMarks(curves.curves, {
        x: 300,
        y: 0,
        width: 1500,
        height: 400,
        left: 280,
        text: 24,
        step: 1,
      }),
    },
    large,
  ])
    expect(Math.min(...sizesOf(marks))).toBeGreaterThanOrEqual(24);
  expect(Math.max(...sizesOf(large.marks))).toBeGreaterThan(48);
  expect(large.height).toBeLessThanOrEqual(900);
  // At a desk it shrinks where all of it is seen then.
  const desk = { width: 600, height: 75, text: 12 };
  const small = fillRoom((size) => textDrawing(picture, size), desk);
  expect(small.height).toBeLessThanOrEqual(75);
  expect(Math.min(...sizesOf(small.marks))).toBeGreaterThanOrEqual(9);
  // The scale ends inside a narrow room.
  const narrow = flat(textDrawing(picture, { width: 420, height: 600, text: 24 }).marks);
  const edges = narrow.flatMap((mark) => (mark.kind === 'image' ? [mark.x + mark.width] : []));
  expect(edges.length).toBeGreaterThan(0);
  expect(Math.max(...edges)).toBeLessThanOrEqual(420);
  // A text without end keeps the size that can be read.
  const low = fillRoom((size) => textDrawing(picture, size), { ...room, height: 60 });
  expect(low).toEqual(textDrawing(picture, { ...room, height: 60 }));
});

test('places of a set are listed longest first, without the stretch that was brushed', async () => {
  const on = (text: string) => [...text].map((character) => (character === '#' ? 1 : 0));
  const values = Float32Array.from(on('## ### # #'));
  const sets: OnSets = await onSets(values, 1, 0.5);
  const places = placesOf({ name: 'this text', tokens, sets }, [0], { from: 0, to: 2 });
  expect(places.stretches).toEqual([
    { from: 3, to: 6 },
    { from: 7, to: 8 },
    { from: 9, to: 10 },
  ]);
  const texts = textsOf(
    placesDrawing({ places: [places], title: 'places' }, { width: 700, height: 0, text: 12 }).marks,
  );
  expect(texts).toEqual(expect.arrayContaining(['this text: 3 places', '3–5', 'cab']));
  expect([...placesTable([places], [0]).rows][0]).toEqual(['this text', 3, 6, 'cab', '0']);
});

test('letters are coloured about 0, and gradients by powers of ten', () => {
  const values = Float32Array.from(tokens, (_, t) => (t === 4 ? -60 : 1));
  expect(domainOf({ title: '', values, scale: 'diverging' })).toEqual({ low: -60, high: 60, log: false });
  expect(domainOf({ title: '', values, scale: 'sequential' })).toMatchObject({ high: 60, log: true });
  const drawing = textDrawing(
    {
      colourings: [{ title: 'unit 0, cell', values, scale: 'diverging' }],
      ...{ tokens, stretch: { from: 3, to: 6 }, looked: 4, title: 'text' },
    },
    { width: 400, height: 0, text: 12 },
  );
  const ids = drawing.marks.flatMap((mark) => (mark.kind === 'group' ? mark.marks : [])).map(({ id }) => id);
  expect(ids).toEqual(tokens.map((_, t) => `t${t}`));
  // A word is not broken between two lines: “ab cab.” has no room in one.
  const narrow = textDrawing(
    {
      colourings: [{ title: '', values, scale: 'diverging' }],
      ...{ tokens, stretch: null, looked: null, title: '' },
    },
    { width: 80, height: 0, text: 12 },
  );
  const rows = new Map<number, string>();
  for (const mark of flat(narrow.marks))
    if (mark.kind === 'text' && mark.family === 'mono')
      rows.set(mark.y, (rows.get(mark.y) ?? '') + mark.text);
  expect([...rows.values()]).toEqual(['ab·', 'cab.·', 'ab']);
});

test('of a long text the tokens around the one that is looked at are written out', () => {
  expect(shownTokens(100, null)).toEqual([0, 100]);
  expect(shownTokens(30_000, null)).toEqual([0, 1500]);
  expect(shownTokens(30_000, 20_000)).toEqual([19_250, 20_750]);
  expect(shownTokens(30_000, 29_999)).toEqual([28_500, 30_000]);
});

/** A worker that answers, or never does. */
function worker(answer: unknown): { readonly start: () => Worker; readonly state: { ended: boolean } } {
  const state = { ended: false };
  let listener: ((event: unknown) => void) | undefined;
  const start = () =>
    ({
      addEventListener: (name: string, listen: (event: unknown) => void) => {
        if (name === 'message') listener = listen;
      },
      postMessage: () => {
        if (answer !== undefined) listener?.({ data: answer });
      },
      terminate: () => {
        state.ended = true;
      },
    }) as unknown as Worker;
  return { start, state };
}

test('a pattern is matched in a worker, which ends with its answer or at the limit', async () => {
  const good = worker([[0, 2]]);
  await expect(matchesOf({ pattern: 'ab', text: 'ab' }, signal, good)).resolves.toEqual([[0, 2]]);
  expect(good.state.ended).toBe(true);
  const slow = worker(undefined);
  await expect(
    matchesOf({ pattern: '(a+)+$', text: 'a' }, signal, { ...slow, limit: 5 }),
  ).rejects.toMatchObject({
    code: 'pattern-timeout',
  });
  expect(slow.state.ended).toBe(true);
  await expect(matchesOf({ pattern: '(', text: '' }, signal, good)).rejects.toMatchObject({
    code: 'bad-pattern',
  });
});

test('a stretch of a state is read when it is one', () => {
  const before = { from: 1, to: 2 };
  expect(savedStretch({ stretch: [3, 6] }, before)).toEqual({ from: 3, to: 6 });
  expect(savedStretch({ stretch: null }, before)).toBeNull();
  for (const strange of [[6, 3], [1.5, 3], ['a', 2], 7])
    expect(savedStretch({ stretch: strange }, before)).toBe(before);
});

test('what was followed in another run, layer or pattern is not what is wished for', () => {
  const wish = {
    run: {},
    lane: { activation: 'rnn.0.cell' },
    trace: {},
    pattern: 'a',
  } as unknown as FollowWish;
  expect(isSameWish(wish, { ...wish, lane: { ...wish.lane } })).toBe(true);
  for (const other of [{ run: {} }, { lane: { activation: 'rnn.1.cell' } }, { pattern: 'b' }])
    expect(isSameWish(wish, { ...wish, ...other } as unknown as FollowWish)).toBe(false);
});
