import { expect, test } from 'vitest';
import type { RecurrentTrace } from '../../../src/renderer/runs/run.ts';
import { lanesLayout, lanesOf, unitOrder } from '../../../src/renderer/views/gates/lanes.ts';

const trace = (cell: RecurrentTrace['cell'], gates: string[]) =>
  ({ prefix: 'encoder.rnn', cell, gates }) as unknown as RecurrentTrace;

test('lanes are the gates in the order of the framework, the cell and the hidden state', () => {
  const names = (lanes: ReturnType<typeof lanesOf>) => lanes.map(({ activation }) => activation);
  expect(names(lanesOf(trace('lstm', ['input', 'forget', 'cell', 'output']), 1, true))).toEqual(
    ['gates.input', 'gates.forget', 'gates.cell', 'gates.output', 'cell', 'hidden'].map(
      (name) => `encoder.rnn.1.reverse.${name}`,
    ),
  );
  expect(names(lanesOf(trace('gru', ['reset', 'update', 'new']), 0, false)).length).toBe(4);
  expect(names(lanesOf(trace('rnn-tanh', []), 0, false))).toEqual(['encoder.rnn.0.hidden']);
});

test('lanes share the pane, with no more cells than values or pixels', () => {
  const room = { width: 700, height: 300, lanes: 3, units: 8, steps: 1000, ratio: 2 };
  const layout = lanesLayout(room);
  expect(layout).toMatchObject({ width: 600, rows: 8, columns: 1000 });
  expect(layout.pitch * 3).toBeLessThan(300);
  expect(lanesLayout({ ...room, steps: 9999 }).columns).toBe(1200);
  // A short text is not stretched over the whole pane; many lanes stay readable and scroll.
  expect(lanesLayout({ ...room, steps: 2 }).width).toBe(88);
  expect(lanesLayout({ ...room, height: 50, lanes: 6 }).height).toBe(18);
});

test('units are sorted by their number, their mean or their peak', () => {
  // Steps × units.
  const values = [0.1, 0.9, -5, 0.2, 0.1, 1];
  expect([...unitOrder('number', values, 3)]).toEqual([0, 1, 2]);
  expect([...unitOrder('mean', values, 3)]).toEqual([1, 0, 2]);
  expect([...unitOrder('peak', values, 3)]).toEqual([1, 2, 0]);
});
