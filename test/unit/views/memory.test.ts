import { expect, test } from 'vitest';
import { HeadgateError } from '../../../src/common/error.ts';
import type { Run, Token } from '../../../src/renderer/runs/run.ts';
import type { GradientNorms, RecurrentTrace } from '../../../src/renderer/runs/facets/recurrent.ts';
import { askedOf } from '../../../src/renderer/views/memory/asked-of.ts';
import { alongLog, bandPath, curvePath, logAxis, xOf } from '../../../src/renderer/views/memory/axis.ts';
import { curvesDrawing, spread } from '../../../src/renderer/views/memory/drawing.ts';
import { measureStack, probesFor } from '../../../src/renderer/views/memory/measure.ts';
import {
  colourOf,
  dashOf,
  namesOf,
  seen,
  stepsOf,
  valueAt,
  type Series,
} from '../../../src/renderer/views/memory/series.ts';
import { memoryTable } from '../../../src/renderer/views/memory/table.ts';
import { distancesOn, placeOn } from '../../../src/renderer/views/memory/across.ts';
import { measure, type Wish } from '../../../src/renderer/views/memory/work.ts';
import { series, textsOf, tokens } from './memory-series.ts';
import { must } from '../../helpers/must.ts';
import { facetsOf } from '../../../src/renderer/runs/facet.ts';

test('the axis spans whole powers of ten around what is above 0', () => {
  const axis = logAxis([series([0, 3e-3, NaN]), series([2, Infinity])]);
  expect([axis.low, axis.high]).toEqual([1e-3, 10]);
  expect(axis.ticks).toEqual([10, 1, 0.1, 0.01, 1e-3]);
  expect(logAxis([series([1e-25, 1])]).ticks.length).toBeLessThanOrEqual(9);
  expect(logAxis([series([1e-25, 1])], 2).ticks).toEqual([1, 1e-13]);
  expect(logAxis([])).toEqual({ low: 0.1, high: 1, ticks: [0.1, 1] });
  // One value alone has room, too.
  expect(logAxis([series([1])])).toMatchObject({ low: 1, high: 10 });
});

test('places on the axes', () => {
  const axis = { low: 1e-2, high: 1e2 };
  expect([1e-2, 1, 1e2, 0, NaN, 1e9].map((value) => alongLog(value, axis))).toEqual([0, 0.5, 1, 0, 0, 1]);
  expect(xOf(0, { width: 100, steps: 11 })).toBe(100);
  expect(xOf(10, { width: 100, steps: 11 })).toBe(0);
  expect(xOf(0, { width: 100, steps: 1 })).toBe(100);
});

test('curves end at the right, whatever their length, and have gaps where they are 0', () => {
  const axis = { low: 0.1, high: 10, ticks: [] };
  const plot = { width: 100, height: 40, steps: 5 };
  expect(curvePath(series([10, 1, 0.1]), axis, plot)).toBe('M50,0L75,20L100,40');
  expect(curvePath(series([1, 0, 1]), axis, plot)).toBe('M50,20M100,20');
  // A long curve has two numbers for each pixel at most.
  const long = Array.from({ length: 10_000 }, (_, i) => (i % 2 === 0 ? 1 : 5));
  expect(curvePath(series(long), axis, { ...plot, steps: 10_000 }).split('L').length).toBeLessThanOrEqual(
    202,
  );
  expect(bandPath(Float32Array.of(1, 1), Float32Array.of(0, 0), axis, plot)).toBe(
    'M75,20L100,20L100,20L75,20Z',
  );
});

const signal = new AbortController().signal;
const norms = (of: string): GradientNorms => ({
  frobenius: Float32Array.of(of === 'cell' ? 4 : 1, 0),
  cell: Float32Array.of(of === 'cell' ? 5 : 2, 1),
  spectral: of === 'cell' ? null : Float32Array.of(3, 1),
  error: null,
});

/** A run of two layers that tells what it was asked. */
function fake(id: string, given: Partial<RecurrentTrace> = {}) {
  const asked: string[] = [];
  const trace = {
    stack: null,
    cell: 'lstm',
    layers: 2,
    units: 8,
    state: 8,
    gates: ['input', 'forget', 'cell', 'output'],
    bidirectional: true,
    reversed: given.bidirectional === false ? [false, false] : [true, true],
    tokens: tokens('ab'),
    gradients: async (
      layer: number,
      reverse: boolean,
      derived: readonly string[],
      options: Parameters<RecurrentTrace['gradients']>[3] = {},
    ) => {
      const { probes = 'exact', spectral, onProgress } = options;
      asked.push(`${layer} ${reverse} ${derived.join('+')} ${probes} ${spectral}`);
      onProgress?.(1, 2, derived.map(norms));
      return derived.map(norms);
    },
    ...given,
  } as unknown as RecurrentTrace;
  const run = {
    model: { id, name: id },
    text: 'ab',
    tokens: tokens('ab'),
    facet: facetsOf({ recurrent: [trace] }),
  } as unknown as Run;
  return { run, trace, asked };
}

test('every layer and direction is measured, of LSTMs the cell as well', async () => {
  const { run, trace, asked } = fake('m');
  const shares: number[] = [];
  const found = await measureStack(run, trace, {
    spectral: true,
    precision: 'auto',
    signal,
    onProgress: (share) => shares.push(share),
  });
  expect(asked.slice(0, 2)).toEqual(['0 false hidden+cell exact true', '0 true hidden+cell exact true']);
  expect([asked.length, shares[0], shares.at(-1)]).toEqual([4, 1 / 8, 7 / 8]);
  expect(new Set(found.map(({ id }) => id)).size).toBe(20);
  expect(
    found.slice(0, 5).map(({ part, quantity, values, place }) => [part, quantity, values[0], place]),
  ).toEqual([
    ['layer 0, forward, hidden', 'h by h', 1, 0],
    ['layer 0, forward, hidden by cell', 'h by c', 2, 0],
    ['layer 0, forward, spectral', 'spectral', 3, 0],
    ['layer 0, forward, cell', 'c by c', 5, 0],
    ['layer 0, forward, cell by hidden', 'c by h', 4, 0],
  ]);
  const gru = fake('g', { cell: 'gru', layers: 1, bidirectional: false, units: 500_000, state: 500_000 });
  await measureStack(gru.run, gru.trace, {
    spectral: false,
    precision: 'auto',
    signal,
    onProgress: () => undefined,
  });
  expect(gru.asked).toEqual(['0 false hidden 32 false']);
  expect([probesFor({ tokens: [] }), probesFor({ tokens: tokens('a'.repeat(2001)) })]).toEqual([32, 16]);
  // What takes some time is estimated first.
  const wide = fake('w', { cell: 'gru', layers: 1, bidirectional: false, units: 2000, state: 2000 });
  await measureStack(wide.run, wide.trace, {
    spectral: false,
    precision: 'auto',
    signal,
    onProgress: () => undefined,
  });
  expect(wide.asked).toEqual(['0 false hidden 32 false', '0 false hidden exact false']);
});

test('what was measured stays with the run, and a model that fails does not hide the others', async () => {
  const own = fake('own', { bidirectional: false });
  const other = fake('other', { bidirectional: false, layers: 1 });
  let opened = 0;
  const models = {
    run: async <Result>(id: string, _text: string, use: (run: Run) => Promise<Result>): Promise<Result> => {
      opened += 1;
      if (id === 'broken') throw new HeadgateError('gone', 'The weights are gone.', 'Put them back.');
      return use(other.run);
    },
  };
  const wish: Wish = {
    ...{ run: own.run, trace: own.trace, mode: 'states', spectral: false, precision: 'auto' },
    ...{ position: 0, output: null, others: ['other', 'broken'] },
  };
  const shown: number[] = [];
  const work = {
    signal,
    progress: () => undefined,
    show: (value: { series: readonly unknown[] }) => shown.push(value.series.length),
  };
  const first = await measure(wish, work, models);
  expect(
    first.series
      .map(({ model, quantity }) => `${model.id} ${quantity}`)
      .filter((name) => name.endsWith('c by c')),
  ).toEqual(['own c by c', 'own c by c', 'other c by c']);
  expect(first.errors.map(({ id, error }) => [id, error.message])).toEqual([
    ['broken', 'The weights are gone.'],
  ]);
  // It is shown as it grows.
  expect(shown[0]).toBeLessThan(first.series.length);
  const asked = [own.asked.length, other.asked.length];
  const again = await measure(wish, work, models);
  expect([own.asked.length, other.asked.length]).toEqual(asked);
  expect([again.series.length, opened]).toEqual([first.series.length, 3]);
});

test('a model keeps its colour whatever is added, and a layer its stroke', () => {
  const known = seen([], ['own', 'b']);
  const more = seen(known, ['own', 'a', 'b', 'c']);
  expect(more).toEqual(['own', 'b', 'a', 'c']);
  for (const id of known) expect(colourOf(id, more)).toBe(colourOf(id, known));
  expect(new Set(more.map((id) => colourOf(id, more))).size).toBe(4);
  expect(dashOf({ place: 0 }, 1)).toBeUndefined();
  expect(dashOf({ place: 1 }, 2)).toEqual([14, 8]);
});

test('names leave out what the models have in common', () => {
  const part = 'layer 1, cell';
  const all = ['headgate-char-lstm', 'headgate-char-rnn'].map((name) =>
    series([1], { model: { id: name, name }, part }),
  );
  expect(all.map(namesOf(all))).toEqual(['lstm, layer 1, cell', 'rnn, layer 1, cell']);
  expect(all.slice(1).map(namesOf(all.slice(1)))).toEqual([part]);
  const brief = all.map((one) => ({ ...one, brief: 'cell' }));
  expect(brief.map(namesOf(brief))).toEqual(['lstm, cell', 'rnn, cell']);
  const both = brief.map((one, i) => ({ ...one, side: i === 0 ? ('source' as const) : one.side }));
  expect(both.map(namesOf(both))).toEqual(['lstm, cell by the source', 'rnn, cell by the target']);
  const short = ['a-b', 'a-'].map((name) => series([1], { model: { id: name, name } }));
  expect(short.map(namesOf(short))).toEqual(['a-b', 'a-']);
});

test('names stand apart at the ends of curves, with the values there', () => {
  expect(spread([10, 11, 50], 10, 0, 100)).toEqual([10, 20, 50]);
  expect(spread([98, 99], 10, 0, 100)).toEqual([90, 100]);
  expect(spread([5, 5, 5], 10, 0, 12)).toEqual([2, 12, undefined]);
  const picture = {
    series: [
      series([0.57, 0.7, 1], { part: 'layer 1, cell', quantity: 'c by c' }),
      series([4.7e-27, 1e-9, 1], { id: 'b' }),
    ],
    models: ['m'],
    title: 'How much the end depends on this step',
    reach: 1,
    isBack: true,
  };
  for (const text of [12, 24]) {
    const drawing = curvesDrawing(picture, { width: 900, height: 400, text });
    const texts = textsOf(drawing.marks);
    for (const wanted of ['layer 1, cell', '0.570', '4.7e−27', picture.title, '2 steps back'])
      expect(texts.map((mark) => mark.text)).toContain(wanted);
    expect(Math.min(...texts.map(({ size }) => size))).toBe(text);
    for (const { x } of texts) expect(x).toBeGreaterThan(0);
  }
});

/** Tokens that cover a text one after another; null: one that no text stands for. */
const cut = (...pieces: (string | null)[]): Token[] => {
  let at = 0;
  return pieces.map((text, id) => {
    const span = text === null ? null : ([at, (at += text.length)] as const);
    return { id, text: text ?? '<s>', span, special: text === null };
  });
};

test('steps of other tokens stand where their characters do', () => {
  const letters = { tokens: cut(...'the sea'), sourceTokens: null };
  const words = { tokens: cut(null, 'the', ' sea'), sourceTokens: null };
  const side = 'target';
  expect(distancesOn(letters, { ...letters }, { side })).toBeNull();
  // A word's end is that of its last letter.
  expect([...(distancesOn(letters, words, { side }) ?? [])]).toEqual([6, 4, 0]);
  // A letter stands within its word, between the ends of words.
  const within = distancesOn(words, letters, { side });
  expect([...(within ?? [])].map((value) => Number(value.toFixed(3)))).toEqual([
    1.667, 1.333, 1, 0.75, 0.5, 0.25, 0,
  ]);
  const curve = series([1, 2, 3, 4, 5, 6, 7], { distances: within });
  expect([0, 1].map((distance) => valueAt(curve, distance))).toEqual([7, 3]);
  expect(stepsOf(curve)).toBeCloseTo(2.667, 3);
  const path = curvePath(curve, { low: 1, high: 10, ticks: [] }, { width: 100, height: 10, steps: 3 });
  expect(path.match(/[ML][^,]+/g)).toEqual(['M16.7', 'L33.3', 'L50', 'L62.5', 'L75', 'L87.5', 'L100']);
  // What is asked at a place is asked where the same characters end.
  expect([2, 4, 6].map((at) => placeOn(letters, at, words))).toEqual([1, 2, 2]);
  expect(placeOn(words, 1, letters)).toBe(2);
  const plain = { tokens: tokens('abc'), sourceTokens: null };
  expect(placeOn(plain, 1, { ...plain, tokens: tokens('xyz') })).toBe(1);
});

test('an output is derived by its inputs where a model can be, and the reason is told where it can not', async () => {
  const token = (text: string, id: number) => ({ ...must(tokens(text)[0]), id });
  const run = (id: string, has: boolean) =>
    ({
      model: { id, name: id },
      text: 'ab',
      tokens: tokens('ab'),
      facet: facetsOf({
        readout: {
          predicts: 'next',
          logits: null,
          top: () => Promise.resolve([{ token: token('z', has ? 7 : 3), probability: 1, logit: 1 }]),
        },
        inputGradient: has
          ? {
              sides: ['target'],
              of: (asked, { onProgress } = {}) => {
                onProgress?.(0.5);
                const norms = Float32Array.of(asked.output, asked.position);
                return Promise.resolve([{ side: 'target', tokens: tokens('ab'), norms }]);
              },
            }
          : null,
      }),
    }) as unknown as Run;
  const own = run('gpt', true);
  const models = {
    run: <Result>(id: string, _text: string, use: (other: Run) => Promise<Result>) =>
      use(run(id, id !== 'words')),
  };
  const wish: Wish = {
    ...{ run: own, trace: null, mode: 'inputs', spectral: false, precision: 'auto' },
    ...{ position: 1, output: null, others: ['llama', 'words'] },
  };
  const shares: number[] = [];
  const work = { signal, progress: (share: number) => shares.push(share), show: () => undefined };
  const found = await measure(wish, work, models);
  expect(found.series.map(({ model, values, part }) => [model.id, ...values, part])).toEqual([
    ['gpt', 7, 1, 'logit of “z” at 1'],
    ['llama', 7, 1, 'logit of “z” at 1'],
  ]);
  expect(found.errors.map(({ error }) => error.code)).toEqual(['no-input-gradient']);
  expect(shares).toContain(0.5 / 3);
  const states = await measure({ ...wish, mode: 'states', trace: fake('m').trace }, work, {
    run: (id, _text, use) => use(run(id, true)),
  });
  expect(states.errors.map(({ error }) => error.code)).toEqual([
    'no-recurrent-layers',
    'no-recurrent-layers',
  ]);
});

test('the table holds every value of every curve', () => {
  const table = memoryTable([
    series([0.25, 1], { error: Float32Array.of(0.1, 0) }),
    series([1], { id: 'b' }),
  ]);
  expect([...table.rows].map((row) => [row[4], row[5], row[6], row[7]])).toEqual([
    [0, 1, 'a', 0.25],
    [1, 0, 'b', 1],
    [0, 0, 'a', 1],
  ]);
  expect([...table.rows][0]?.[8]).toBeCloseTo(0.025, 6);
});

test('an estimate says its error beside its value until the exact curve is there', () => {
  const picture = { models: ['m'], reach: 1, title: '', isBack: true };
  const said = (one: Series) =>
    textsOf(curvesDrawing({ ...picture, series: [one] }, { width: 800, height: 400, text: 12 }).marks).map(
      ({ text }) => text,
    );
  expect(said(series([0.25, 1], { error: Float32Array.of(0.11, 0) }))).toContain('0.250 ±11 %');
  expect(said(series([0, 1], { error: Float32Array.of(0, 0) }))).not.toContain('±');
  expect(said(series([0.25, 1]))).toContain('0.250');
});

test('a low picture keeps its room for the curves', () => {
  const picture = { models: ['m'], reach: 1, title: '', isBack: true, series: [series([0.25, 1])] };
  const drawn = (height: number) => curvesDrawing(picture, { width: 640, height, text: 12 });
  const isSaid = (height: number) => textsOf(drawn(height).marks).some(({ text }) => text === '1 step back');
  expect([isSaid(400), isSaid(100)]).toEqual([true, false]);
  for (const { y } of textsOf(drawn(100).marks)) expect(y).toBeLessThan(100);
  // In a narrow one, what stands at one end of the axis leaves out what stands at the other.
  const narrow = curvesDrawing(picture, { width: 440, height: 500, text: 24 });
  const ends = textsOf(narrow.marks).map(({ text }) => text);
  expect([ends.includes('1 step back'), ends.includes('the last step')]).toEqual([true, false]);
});

test('what reads the whole text has a first and a last token, and no steps back', () => {
  const picture = { series: [series([1, 2, 3])], models: ['m'], title: 'How much', reach: 1, isBack: false };
  const drawing = curvesDrawing(picture, { width: 900, height: 400, text: 12 });
  const texts = textsOf(drawing.marks).map(({ text }) => text);
  expect(texts).toEqual(expect.arrayContaining(['first token', 'last token']));
  expect(texts.join()).not.toContain('back');
});

test.each([
  ['next', null, 'target', false, 'one logit by the inputs up to it; lock a token to ask from there'],
  ['next', null, 'source', true, 'one logit by the source; lock a token to ask from there'],
  ['own', null, 'target', false, 'one logit by all inputs; lock a token to ask from there'],
  ['label', 'text', 'target', false, 'one logit by all inputs'],
] as const)(
  'a run that predicts %s, of labels of a %s, by the %s',
  (predicts, labels, side, hasSource, expected) => {
    const run = {
      facet: facetsOf({
        readout: { predicts } as never,
        labels: labels === null ? null : ({ labels } as never),
      }),
      sourceTokens: hasSource ? tokens('ab') : null,
    };
    expect(askedOf(run, side)).toBe(expected);
  },
);
