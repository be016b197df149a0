import { must } from '../../helpers/must.ts';
import { expect, test } from 'vitest';
import { lanesOf, type Lane } from '../../../src/renderer/common/recurrent/lanes.ts';
import { cellSum } from '../../../src/renderer/common/recurrent/unit-values.ts';
import type { Mark, TextMark } from '../../../src/renderer/drawing/drawing.ts';
import type { Activation, Run, Token } from '../../../src/renderer/runs/run.ts';
import type { RecurrentTrace } from '../../../src/renderer/runs/facets/recurrent.ts';
import { ends, halfLives, unitFacts } from '../../../src/renderer/views/gates/facts.ts';
import { lanesLayout } from '../../../src/renderer/views/gates/lanes.ts';
import { brushOfNext, movedBrush } from '../../../src/renderer/views/gates/brush-keys.ts';
import { brushed, savedBrush, unitOrder, type Sort } from '../../../src/renderer/views/gates/orders.ts';
import {
  dotAt,
  dotSentence,
  scatterDrawing,
  scatterLayout,
} from '../../../src/renderer/views/gates/scatter.ts';
import { similarityAngles } from '../../../src/renderer/views/gates/similarity.ts';
import { domainOf, reachOf } from '../../../src/renderer/views/gates/drawing.ts';
import { largestSize } from '../../../src/renderer/views/gates/picture.ts';
import { factsTable, gatesTable } from '../../../src/renderer/views/gates/table.ts';
import { unitMarks } from '../../../src/renderer/drawing/parts/unit-curves.ts';
import { keyOf } from '../../../src/renderer/runs/activation-names.ts';

const LSTM = ['input', 'forget', 'cell', 'output'];
const trace = (cell: RecurrentTrace['cell'], gates: string[]) =>
  ({ stack: 'encoder', cell, gates }) as unknown as RecurrentTrace;
const signal = new AbortController().signal;
const textsOf = (marks: readonly Mark[]): TextMark[] =>
  marks.flatMap((mark) => (mark.kind === 'text' ? [mark] : mark.kind === 'group' ? textsOf(mark.marks) : []));

test('a lane without any number says so, and no reach of 0', () => {
  const lane = { kind: 'signed' } as Lane;
  expect(reachOf(lane, largestSize(Float32Array.of(0.5, -2, NaN, Infinity)))).toBe('±2.00');
  const none = largestSize(Float32Array.of(NaN, Infinity));
  expect([reachOf(lane, none), domainOf(lane, none).high]).toEqual(['NaN', 1e-6]);
});

test('lanes are the gates in the order of the framework, the cell and the hidden state', () => {
  const names = (lanes: ReturnType<typeof lanesOf>) => lanes.map(({ activation }) => activation);
  const lstm = lanesOf(trace('lstm', LSTM), 1, true);
  expect(names(lstm)).toEqual(
    ['gates.input', 'gates.forget', 'gates.cell', 'gates.output', 'cell', 'hidden'].map(
      (name) => `encoder.rnn.1.reverse.${name}`,
    ),
  );
  expect(new Set(lstm.map(({ colour }) => colour)).size).toBe(6);
  expect(lstm.filter(({ keeps }) => keeps).map(({ title }) => title)).toEqual(['forget']);
  expect(names(lanesOf(trace('gru', ['reset', 'update', 'new']), 0, false)).length).toBe(4);
  expect(names(lanesOf(trace('rnn-tanh', []), 0, false))).toEqual(['encoder.rnn.0.hidden']);
});

test('lanes share the pane, with no more cells than values or pixels', () => {
  const room = { width: 700, height: 300, lanes: 3, units: 8, steps: 1000, ratio: 2, text: 12 };
  const layout = lanesLayout(room);
  expect(layout).toMatchObject({ rows: 8, columns: 1000 });
  expect(layout.left + layout.width).toBeLessThan(700);
  expect(layout.pitch * 3).toBeLessThan(300);
  expect(lanesLayout({ ...room, steps: 9999 }).columns).toBe(Math.round(layout.width * 2));
  // A short text fills the pane as well; at 200 % all lanes have room; many stay readable and scroll, also in a room.
  expect(lanesLayout({ ...room, steps: 2 }).width).toBe(layout.width);
  const low = lanesLayout({ ...room, height: 105, lanes: 6 });
  expect(low.text).toBeGreaterThanOrEqual(9);
  expect(low.pitch * 6 + 2.2 * low.text).toBeLessThanOrEqual(105);
  expect(lanesLayout({ ...room, height: 50, lanes: 6 })).toMatchObject({ text: 9, height: 1.15 * 9 });
  expect(lanesLayout({ ...room, height: 50, lanes: 6, text: 24 })).toMatchObject({
    text: 24,
    height: 1.15 * 24,
  });
});

/** A run of one LSTM layer of 3 units and 4 steps, with a projected hidden state of 1. */
function lstm(): { readonly run: Run; readonly lanes: readonly Lane[]; readonly tokens: readonly Token[] } {
  const lanes = lanesOf({ stack: null, cell: 'lstm', gates: LSTM } as unknown as RecurrentTrace, 0, false);
  const values: Record<string, readonly number[]> = {
    'rnn.0.gates.input': [0, 1, 0.5, 0, 1, 0.5, 0, 1, 0.5, 0, 0, 0.5],
    'rnn.0.gates.forget': [0.5, 1, 0.25, 0.5, 1, 0.25, 0.5, 1, 0.25, 0.5, 1, 0.25],
    'rnn.0.gates.cell': Array.from({ length: 12 }, (_, i) => i / 12),
    'rnn.0.gates.output': Array.from({ length: 12 }, () => 0.5),
    'rnn.0.cell': [1, -8, 2, 2, -6, 3, 1, -8, 2, 2, -6, 3.5],
    'rnn.0.hidden': [0.1, 0.2, 0.3, 0.4],
  };
  const activations = new Map(
    Object.entries(values).map(([name, of]): [string, Activation] => [
      name,
      {
        // Lanes are found by their names.
        ...keyOf({ kind: 'hidden_state' }),
        name,
        axes: ['token', 'unit'],
        shape: [4, of.length / 4],
        lease: () => Promise.reject(new Error('not on a GPU')),
        read: () => Promise.resolve(Float32Array.from(of)),
      },
    ]),
  );
  const tokens = [...'abcd'].map((text, id): Token => ({ id, text, span: null, special: false }));
  return { run: { activations } as unknown as Run, lanes, tokens };
}

test('one order of units for all lanes, by what is known of them', async () => {
  const { run, lanes } = lstm();
  const facts = await unitFacts(run, lanes, false, signal);
  expect(facts.units).toBe(3);
  expect([...facts.activity].map((value) => Number(value.toFixed(3)))).toEqual([1.5, 7, 2.625]);
  expect([...(facts.halfLife ?? [])]).toEqual([1, Infinity, 0.5]);
  expect(facts.saturations.map(({ lane }) => lane.title)).toEqual(['input', 'forget', 'output']);
  const by = (sort: Sort) => [...unitOrder(sort, 3, facts)];
  expect(by('number')).toEqual([0, 1, 2]);
  expect(by('activity')).toEqual([1, 2, 0]);
  expect(by('half-life')).toEqual([1, 0, 2]);
  expect(by('saturation')).toEqual([1, 0, 2]);
  expect([...by('similarity')].sort()).toEqual([0, 1, 2]);
  // Another layer's facts say nothing.
  expect([...unitOrder('activity', 4, facts)]).toEqual([0, 1, 2, 3]);
  expect([...factsTable(facts).rows][1]?.slice(0, 3)).toEqual([1, 7, Infinity]);
});

test('half-lives and ends', () => {
  expect([...halfLives([0.5, 0, 0.5, 0.9], 2)]).toEqual([1, 0]);
  const { low, high } = ends([0.05, 0.95, 0.5, 0.95, 0.05, 0.5, 0.05, 0.95], 2, 0.1);
  expect([...low, ...high]).toEqual([0.75, 0, 0, 0.75]);
});

test('units that move alike stand beside each other', () => {
  const wave = (unit: number, t: number) =>
    Math.sin(t * (unit % 2 === 0 ? 0.2 : 0.9) + (unit > 3 ? 0.1 : 0)) * (1 + unit);
  const values = Float32Array.from({ length: 200 * 6 }, (_, i) => wave(i % 6, Math.floor(i / 6)));
  const angles = similarityAngles(values, 6);
  const order = [...angles.keys()].sort((a, b) => (angles[a] ?? 0) - (angles[b] ?? 0));
  expect(new Set(order.slice(0, 3).map((unit) => unit % 2)).size).toBe(1);
  expect(Math.min(...angles)).toBe(0);
  expect(angles.every((angle) => angle >= 0 && angle < 2 * Math.PI)).toBe(true);
});

test('a brush keeps the units whose dots lie in it, and survives being saved', async () => {
  const { run, lanes } = lstm();
  const facts = await unitFacts(run, lanes, false, signal);
  const brush = { lane: 'input', low: [0, 0.5], high: [0.7, 1] } as const;
  expect([...(brushed(brush, facts) ?? [])]).toEqual([1]);
  expect(brushed(null, facts)).toBeNull();
  expect(savedBrush({ brush: { lane: 'input', low: [0, 0.5], high: [0.7, 1] } }, null)).toEqual(brush);
  expect(savedBrush({ brush: { lane: 'input', low: [0] } }, brush)).toBe(brush);
  expect(savedBrush({ brush: null }, brush)).toBeNull();
  expect(savedBrush({}, brush)).toBe(brush);

  const size = { width: 900, height: 300, text: 12 };
  const { squares, side } = scatterLayout(facts, size);
  expect(squares.map(({ of }) => of.lane.title)).toEqual(['input', 'forget', 'output']);
  const input = must(squares[0]);
  expect(dotAt(input.of, 0.25, 0.25, 0.05)).toBe(1);
  expect(dotAt(input.of, 0.6, 0.6, 0.05)).toBeNull();
  expect(dotSentence(input.of, 1)).toBe(
    'unit 1, input: below 0.1 in 25.0 % of the steps, above 0.9 in 75.0 %',
  );
  const { marks } = scatterDrawing(
    { facts, brush, brushed: brushed(brush, facts), unit: 1, title: 't' },
    size,
  );
  const dots = marks.flatMap((mark) => (mark.kind === 'circle' ? [mark] : []));
  expect(dots).toHaveLength(9);
  expect(
    dots.some(
      ({ x, y }) => Math.abs(x - input.x - side / 4) < 1e-6 && Math.abs(y - input.y - side / 4) < 1e-6,
    ),
  ).toBe(true);
});

test('a unit’s curves, its values at a step and the sum of its cell', () => {
  const { lanes } = lstm();
  const values = [
    [0.5, 1],
    [0.5, 0.93],
    [-1, 1],
    [1, 1],
    [6.76, 7.31],
    [0.5, 0.9],
  ];
  const curves = lanes.map((lane, i) => ({ lane, values: Float32Array.from(values[i] ?? []) }));
  const forward = { reverse: false, stack: null };
  expect(cellSum(curves, 1, forward)).toBe('c = f·c + i·g = 0.93 · 6.76 + 1.00 · 1.00 = 7.31');
  expect(cellSum(curves, 0, forward)).toBe('c = f·c + i·g = 0.50 · 0.00 + 0.50 · −1.00 = 6.76');
  expect(cellSum(curves, 0, { reverse: true, stack: 'encoder' })).toContain('0.50 · 7.31');
  expect(cellSum(curves.slice(4), 1, forward)).toBeNull();
  // A decoder begins with what its encoder ended with.
  expect(cellSum(curves, 0, { reverse: false, stack: 'decoder' })).toBeNull();
  const marks = unitMarks(curves, { x: 100, y: 0, width: 400, height: 140, left: 90, text: 12, step: 1 });
  const texts = textsOf(marks).map(({ text }) => text);
  for (const wanted of ['forget 0.930', 'cell 7.31', 'hidden 0.900']) expect(texts).toContain(wanted);
  expect(marks.filter(({ kind }) => kind === 'path')).toHaveLength(6);
});

test('the table holds every value of every unit and lane, whatever is on screen', async () => {
  const { run, lanes, tokens } = lstm();
  const table = await gatesTable(run, lanes, tokens);
  const rows = [...table.rows];
  expect(table.columns).toEqual([
    'step',
    'token',
    'unit',
    'input',
    'forget',
    'candidate',
    'output',
    'cell',
    'hidden',
  ]);
  expect(rows).toHaveLength(12);
  expect(rows[10]).toEqual([3, 'd', 1, 0, 1, Math.fround(10 / 12), 0.5, -6, null]);
  expect(rows[9]?.at(-1)).toBeCloseTo(0.4, 6);
  expect(table.arrays.map(({ name, shape }) => [name, shape])).toContainEqual(['rnn.0.cell', [4, 3]]);
  expect([...table.rows]).toHaveLength(12);
});

test('the brush of the scatter goes by keys: it begins, moves to the edges, is sized, and changes the gate', () => {
  const lanes = ['input', 'forget'];
  const first = movedBrush(null, lanes, 'ArrowUp', false);
  expect(first).toEqual({ lane: 'input', low: [0, 0.5], high: [0.5, 1] });
  // At an edge it stays whole.
  expect(movedBrush(first, lanes, 'ArrowUp', false)).toEqual(first);
  expect(movedBrush(first, lanes, 'ArrowRight', false)).toMatchObject({ low: [0.05, 0.55], high: [0.5, 1] });
  expect(movedBrush(first, lanes, 'ArrowLeft', true)).toMatchObject({ low: [0, 0.45], high: [0.5, 1] });
  expect(brushOfNext(first, lanes, 1)).toMatchObject({ lane: 'forget' });
  expect(brushOfNext(first, lanes, -1)).toMatchObject({ lane: 'forget' });
  expect(movedBrush(null, [], 'ArrowUp', false)).toBeNull();
});
