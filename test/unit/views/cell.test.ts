import { expect, test } from 'vitest';
import { roomFaults } from '../../helpers/room-faults.ts';
import { textWidth } from '../../../src/renderer/drawing/text.ts';
import type { Mark } from '../../../src/renderer/drawing/drawing.ts';
import type { StepTerms } from '../../../src/renderer/runs/facets/recurrent.ts';
import type { Token } from '../../../src/renderer/runs/run.ts';
import { stateReach } from '../../../src/renderer/views/cell/bars.ts';
import { cellDrawing, cellRooms, type CellScene } from '../../../src/renderer/views/cell/drawing.ts';
import { barsOf, cellPicture, sumOf } from '../../../src/renderer/views/cell/equation.ts';
import { unitAt } from '../../../src/renderer/views/cell/layout.ts';
import type { Moment } from '../../../src/renderer/views/cell/moment.ts';
import { columnsAround } from '../../../src/renderer/views/cell/unrolled.ts';

const of = (...values: number[]) => Float32Array.from(values);
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

function momentOf(terms: Partial<StepTerms>, rows: Record<string, Float32Array>): Moment {
  const empty = of();
  return {
    ...{ step: 1, rows: new Map(Object.entries(rows)), predictions: [] },
    terms: { x: of(1), hidden: empty, cell: null, byInput: empty, byHidden: empty, ...terms },
  };
}

/** Two units; the second is one of headgate-char-lstm on “captain”. */
const lstm = momentOf(
  {
    hidden: of(0.1, 0.2),
    cell: of(0, 6.76),
    byInput: of(0, 1, 2, 3, 4, 5, 6, 7),
    byHidden: new Float32Array(8),
  },
  {
    ...{ input: of(0.5, 1), forget: of(0.5, 0.93), candidate: of(-1, 1), output: of(0.25, 0.5) },
    ...{ cell: of(-0.5, 7.2868), hidden: of(-0.1, 0.5) },
  },
);

test('an LSTM’s step is c = f·c + i·g and h = o·tanh c, with numbers of a unit', () => {
  const picture = cellPicture({ cell: 'lstm', gateActivation: 'sigmoid' }, lstm);
  const [first, second] = picture.equations;
  expect(first && sumOf(first, 1)).toBe('c = f·c + i·g = 0.93 · 6.76 + 1.00 · 1.00 = 7.29');
  expect(second && sumOf(second, 0)).toBe('h = o·tanh c = 0.25 · −0.46 = −0.10');
  const made = barsOf(picture).flatMap(({ name, made: by }) =>
    by === undefined ? [] : [[name, by.by, by.sums?.[1]]],
  );
  // The gates stand in the framework's order in the terms: i, f, g, o.
  expect(made).toEqual([
    ['forget', 'σ', 3],
    ['input', 'σ', 1],
    ['candidate', 'tanh', 5],
    ['output', 'σ', 7],
  ]);
});

test.each([
  ['hard_sigmoid', 'hard σ(x) = x / 6 + ½ within 0 and 1'],
  ['hard_sigmoid_0.2', 'hard σ(x) = 0.2 x + ½ within 0 and 1'],
] as const)('gates with the %s are named so', (gateActivation, words) => {
  const picture = cellPicture({ cell: 'lstm', gateActivation }, lstm);
  expect(picture.rule).toBe(`g = tanh(W x + U h + b),  f, i, o = hard σ(W x + U h + b),  ${words}`);
  expect(barsOf(picture).find(({ name }) => name === 'forget')?.made?.by).toBe('hard σ');
});

test('a projected state is not of the units, and its equation has no number for one', () => {
  const projected = { ...lstm, rows: new Map([...lstm.rows, ['hidden', of(0.3)]]) };
  const [, second] = cellPicture({ cell: 'lstm', gateActivation: 'sigmoid' }, projected).equations;
  expect(second && sumOf(second, 0)).toBe('h = P(o·tanh c) = P(0.25 · −0.46)');
});

test('an RNN adds up what the input and the state say', () => {
  const terms = { hidden: of(0.5), byInput: of(0.75), byHidden: of(-1.5) };
  const moment = momentOf(terms, { hidden: of(Math.tanh(-0.75)) });
  const [tanh] = cellPicture({ cell: 'rnn-tanh', gateActivation: 'sigmoid' }, moment).equations;
  expect(tanh && sumOf(tanh, 0)).toBe('h = tanh(W x + U h) = tanh(0.75 + −1.50) = −0.64');
  const [relu] = cellPicture(
    { cell: 'rnn-relu', gateActivation: 'sigmoid' },
    momentOf(terms, { hidden: of(0) }),
  ).equations;
  expect(relu && sumOf(relu, 0)).toBe('h = relu(W x + U h) = relu(0.75 + −1.50) = 0.00');
});

test.each(['gru', 'gru-reset-before'] as const)('a %s mixes the new value with the old', (cell) => {
  const [w, u, h] = [0.3, 0.8, 0.6];
  const [r, z] = [sigmoid(0.5), sigmoid(-1)];
  const n = Math.tanh(cell === 'gru' ? w + r * u : w + u);
  const moment = momentOf(
    { hidden: of(h), byInput: of(0.5, -1, w), byHidden: of(0, 0, u) },
    { reset: of(r), update: of(z), new: of(n), hidden: of((1 - z) * n + z * h) },
  );
  const { equations, rule } = cellPicture({ cell, gateActivation: 'sigmoid' }, moment);
  // Which of the two it is stands in words too.
  expect(rule).toContain(cell === 'gru' ? 'n resets after U' : 'n resets before U');
  const sums = equations.map((one) => sumOf(one, 0));
  const [made = '', mixed] = sums.slice(-2);
  expect(mixed).toBe(
    `h = n·(1 − z) + z·h = ${n.toFixed(2)} · ${(1 - z).toFixed(2)} + ${z.toFixed(2)} · 0.60 = ${((1 - z) * n + z * h).toFixed(2)}`,
  );
  expect(made.endsWith(` = ${n.toFixed(2)}`)).toBe(true);
  expect(sums).toHaveLength(cell === 'gru' ? 2 : 3);
  // Every equation is true of the numbers that it shows.
  for (const { left, result } of equations.slice(-1)) {
    const [a = NaN, b = NaN, c = NaN, d = NaN] = left.flatMap((one) =>
      typeof one === 'string' ? [] : [one.values[0]],
    );
    expect(a * b + c * d).toBeCloseTo(result.values[0] ?? NaN, 6);
  }
});

const tokens = [...'captain'].map((text, id): Token => ({ id, text, span: null, special: false }));
const scene: CellScene = {
  picture: cellPicture({ cell: 'lstm', gateActivation: 'sigmoid' }, lstm),
  ...{ moment: lstm, tokens, reverse: false, reads: 'a', unit: 1, title: 'one step' },
  page: {
    ...{ from: 0, to: 7 },
    states: [
      { title: 'cell', width: 2, values: new Float32Array(14).fill(1) },
      { title: 'hidden', width: 2, values: new Float32Array(14).fill(0.5) },
    ],
  },
  next: {
    ...{ title: 'Next token', areValues: false, actual: 3 },
    predictions: [{ token: { id: 3, text: 'p', span: null, special: false }, probability: 0.9, logit: 2 }],
  },
};
const flat = (marks: readonly Mark[]): Mark[] =>
  marks.flatMap((mark) => (mark.kind === 'group' ? [mark, ...flat(mark.marks)] : [mark]));
const textsOf = (size: Parameters<typeof cellDrawing>[1]) =>
  flat(cellDrawing(scene, size).marks).flatMap((mark) => (mark.kind === 'text' ? [mark] : []));

test('the picture has every number of the unit, the next tokens and the steps around', () => {
  const texts = textsOf({ width: 900, height: 500, text: 12 }).map(({ text }) => text);
  expect(texts).toEqual(
    expect.arrayContaining(['0.93', '6.76', '1.00', '7.29', 'σ(3.00)', '90.0 %', 'fₜ', 'cₜ₋₁']),
  );
  const ids = flat(cellDrawing(scene, { width: 900, height: 500, text: 12 }).marks).flatMap(
    ({ id }) => id ?? [],
  );
  expect(ids).toEqual(['s0', 's1', 's2', 's3', 's4', 's5', 's6']);
});

test('in a room what carries the point is large; in a narrow pane nothing leaves the picture', () => {
  const room = textsOf({ width: 1920, height: 900, text: 24 });
  expect(
    Math.min(...room.filter(({ text }) => /^\d\.\d\d$/.test(text)).map(({ size }) => size)),
  ).toBeGreaterThanOrEqual(24);
  const narrow = { width: 330, height: 300, text: 12 };
  expect(cellRooms(scene, narrow).next).toBeNull();
  for (const { x } of textsOf(narrow)) expect(x).toBeLessThan(330);
});

test.each([
  ['200 % of 1280×800', { width: 640, height: 147, text: 12 }, 9],
  ['200 % of 1280×720', { width: 640, height: 107, text: 12 }, 9],
  ['200 % of 1920×1080', { width: 960, height: 275, text: 12 }, 9],
  ['a room', { width: 1920, height: 1023, text: 24 }, 24],
  ['a room with a small projector', { width: 1280, height: 668, text: 24 }, 24],
  ['half of a small projector', { width: 613, height: 600, text: 24 }, 24],
  ['a third of a room', { width: 921, height: 456, text: 24 }, 24],
])('at %s all that carries the point is there without scrolling', (_, size, least) => {
  const drawing = cellDrawing(scene, size);
  expect(drawing.height).toBeLessThanOrEqual(size.height);
  const texts = flat(drawing.marks).flatMap((mark) => (mark.kind === 'text' ? [mark] : []));
  expect(texts.map(({ text }) => text)).toEqual(
    expect.arrayContaining(['fₜ', 'cₜ₋₁', 'iₜ', 'gₜ', 'cₜ', 'oₜ', 'hₜ', '0.93', '6.76', '7.29', 'cell', 'a']),
  );
  for (const { text, size: own } of texts) expect(own, text).toBeGreaterThanOrEqual(least - 1e-9);
  const { cell, unrolled } = cellRooms(scene, size);
  for (const row of cell.rows) expect(row.top + row.height).toBeLessThan(row.numbers);
  expect(cell.end + cell.text / 2).toBeLessThan(unrolled.y);
});

test.each([480, 660])('words stand whole beneath the bars of a picture of %i pixels', (width) => {
  const words = textsOf({ width, height: 400, text: 12 }).map(({ text }) => text);
  expect(words).toEqual(expect.arrayContaining(['candidate', 'squashed', 'forget']));
});

test('what the colours reach has room beneath each bar, also of the cell with the most bars', () => {
  const wide = (count: number) => Float32Array.from({ length: count }, (_, i) => (i === 3 ? 60 : 0.9684));
  const moment = momentOf(
    { hidden: wide(24), byInput: wide(72), byHidden: wide(72) },
    { reset: wide(24), update: wide(24), new: wide(24), hidden: wide(24) },
  );
  const picture = cellPicture({ cell: 'gru-reset-before', gateActivation: 'hard_sigmoid' }, moment);
  const states = [{ title: 'hidden', width: 24, values: new Float32Array(24 * 7).fill(0.9684) }];
  states[0]?.values.fill(60, 0, 1);
  const gru: CellScene = { ...scene, picture, moment, unit: null, page: { from: 0, to: 7, states } };
  for (const width of [640, 820, 1280]) {
    const scales = flat(cellDrawing(gru, { width, height: 600, text: 12 }).marks)
      .flatMap((mark) => (mark.kind === 'text' && /^(±|0 …)/.test(mark.text) ? [mark] : []))
      .sort((a, b) => a.x - b.x);
    expect(scales.map(({ text }) => text)).toContain('±0.97+');
    for (const [i, one] of scales.slice(1).entries()) {
      const before = scales[i] as typeof one;
      const half = (mark: typeof one) => textWidth(mark.text, { size: mark.size }) / 2;
      expect(one.x - before.x, `${before.text} ${one.text} at ${width}`).toBeGreaterThan(
        half(one) + half(before),
      );
    }
  }
});

const many = (count: number) => Float32Array.from({ length: count }, (_, i) => (i === 3 ? 60.5 : -0.9684));
const gates = ['input', 'forget', 'candidate', 'output', 'reset', 'update', 'new'];
const large = momentOf(
  { x: many(24), hidden: many(24), cell: many(24), byInput: many(96), byHidden: many(96) },
  {
    ...Object.fromEntries(gates.map((name) => [name, new Float32Array(24).fill(0.93)])),
    ...{ cell: many(24), hidden: many(24) },
  },
);

test.each(
  (['lstm', 'gru', 'gru-reset-before', 'rnn-tanh', 'rnn-relu'] as const).flatMap((cell) =>
    [3, null].flatMap((unit) =>
      [
        { width: 613, height: 668 },
        { width: 613, height: 560 },
        { width: 921, height: 456 },
        { width: 998, height: 1023 },
        { width: 1280, height: 668 },
      ].map((size) => ({ cell, unit, ...size })),
    ),
  ),
)(
  'in a room the words of a $cell with unit $unit are large and apart at $width×$height',
  ({ cell, unit, width, height }) => {
    // A GRU's terms have three blocks, an RNN's one.
    const blocks = cell === 'lstm' ? 4 : cell.startsWith('gru') ? 3 : 1;
    const terms = { ...large.terms, byInput: many(24 * blocks), byHidden: many(24 * blocks) };
    const moment = { ...large, terms };
    const picture = cellPicture({ cell, gateActivation: 'sigmoid' }, moment);
    const states = ['cell', 'hidden'].map((title) => ({ title, width: 24, values: many(24 * 7) }));
    const drawing = cellDrawing(
      { ...scene, picture, moment, unit, page: { from: 0, to: 7, states } },
      { width, height, text: 24 },
    );
    expect(drawing.height).toBeLessThanOrEqual(height);
    expect(roomFaults(drawing)).toEqual([]);
  },
);

test('a place of a bar is a unit', () => {
  const { cell } = cellRooms(scene, { width: 900, height: 500, text: 12 });
  const found = cell.bars.find(({ bar }) => bar.name === 'cell');
  const [x, row] = [found?.middle ?? NaN, found?.row ?? { top: NaN, height: NaN }];
  expect(unitAt(cell, x, row.top + 1)).toMatchObject({ bar: { name: 'cell' }, unit: 0 });
  expect(unitAt(cell, x, row.top + row.height - 1)?.unit).toBe(1);
  expect(unitAt(cell, x, row.top - 1)).toBeNull();
  expect(unitAt(cell, 0, row.top + 1)).toBeNull();
});

test('the steps around one are as many as have room', () => {
  expect(columnsAround(0, 7, 3)).toEqual([0, 3]);
  expect(columnsAround(4, 7, 3)).toEqual([3, 6]);
  expect(columnsAround(6, 7, 3)).toEqual([4, 7]);
  expect(columnsAround(6, 7, 99)).toEqual([0, 7]);
});

test('a few steps fill the width', () => {
  const { marks } = cellDrawing(scene, { width: 900, height: 500, text: 12 });
  const columns = flat(marks).flatMap((mark) =>
    mark.kind === 'group' && /^s\d$/.test(mark.id ?? '')
      ? mark.marks.flatMap((own) => (own.kind === 'rect' && own.fill === 'surface-1' ? [own] : []))
      : [],
  );
  expect(columns).toHaveLength(7);
  const last = columns.at(-1);
  expect((last?.x ?? 0) + (last?.width ?? 0)).toBeGreaterThan(820);
});

test('colours of a state are not paled by a few units that count far', () => {
  const values = new Float32Array(1000).fill(1);
  values[3] = -60;
  expect(stateReach(values)).toEqual({ size: 1, isBeyond: true });
  // Of a few values none is left out.
  expect(stateReach(Float32Array.of(0.5, 0.25))).toEqual({ size: 0.5, isBeyond: false });
});
