import { expect, test } from 'vitest';
import { scaleColours } from '../../../src/renderer/common/heatmap/scale.ts';
import {
  contrasting,
  indexOf,
  joints,
  linesOf,
  markOf,
  pointsOf,
  shade,
  type Picture,
} from '../../../src/renderer/views/trajectory/geometry.ts';
import type { Run } from '../../../src/renderer/runs/run.ts';
import { labelsOf } from '../../../src/renderer/views/trajectory/labels.ts';
import type { Fit } from '../../../src/renderer/views/trajectory/fit.svelte.ts';
import {
  boxAround,
  intoBox,
  stateName,
  statesOf,
  type Coordinates,
} from '../../../src/renderer/views/trajectory/states.ts';

/** Three states of two tokens, the first token left out. */
const coordinates: Coordinates = {
  places: Float32Array.from({ length: 18 }, (_, i) => i),
  firstState: 0,
  states: 3,
  firstToken: 1,
  tokens: 2,
  explained: [0.5, 0.3, 0.05],
};
const picture = (rest: Partial<Picture> = {}): Picture => ({
  coordinates,
  places: coordinates.places,
  join: 'layers',
  until: 2,
  marked: [],
  colour: ({ state }) => [state / 2, 0, 0],
  ...rest,
});

test('points and indices are each other’s inverse; what is not in the picture has none', () => {
  for (let index = 0; index < 6; index++)
    expect(indexOf(coordinates, markOf(coordinates, index))).toBe(index);
  expect(markOf(coordinates, 3)).toEqual({ state: 1, token: 2 });
  expect(indexOf(coordinates, { state: 0, token: 0 })).toBeNull();
  expect(indexOf(coordinates, { state: 3, token: 1 })).toBeNull();
});

test('lines join a token’s states, or the tokens of a state', () => {
  expect(joints(picture())).toEqual([0, 2, 2, 4, 1, 3, 3, 5]);
  expect(joints(picture({ until: 1 }))).toEqual([0, 2, 1, 3]);
  expect(joints(picture(), 2)).toEqual([1, 3, 3, 5]);
  const oneState = { ...coordinates, states: 1, firstState: 2, tokens: 3 };
  expect(joints(picture({ join: 'tokens', coordinates: oneState }))).toEqual([0, 1, 1, 2]);
});

test('lines begin and end at their points, in their colours', () => {
  const lines = linesOf(pointsOf(picture()), [0, 2], 2);
  expect([...lines.places]).toEqual([0, 1, 2, 6, 7, 8]);
  expect([...lines.colours]).toEqual([0, 0, 0, 0.5, 0, 0]);
});

test('points after the last shown state are hidden, ends and marked ones are larger', () => {
  const { sizes } = pointsOf(picture({ until: 1, marked: [{ state: 0, token: 1 }] }));
  expect(sizes[4]).toBe(0);
  expect(sizes[5]).toBe(0);
  expect(sizes[2]).toBeGreaterThan(sizes[1] ?? 99);
  expect(sizes[0]).toBeGreaterThan(sizes[2] ?? 99);
});

test('places fit into a box without being stretched', () => {
  const places = Float32Array.of(0, 0, 0, 10, 4, 2, 5, 2, 1);
  const box = boxAround(places);
  expect(Math.hypot(...box.half)).toBeCloseTo(1);
  expect(box.half[0] / box.half[1]).toBeCloseTo(2.5);
  const moved = intoBox(places, box);
  expect([...moved.subarray(6, 9)].every((value) => Math.abs(value) < 1e-6)).toBe(true);
  expect(moved[3]).toBeCloseTo(box.half[0]);
});

test('one point alone stands in the middle', () => {
  const box = boxAround(Float32Array.of(7, 8, 9));
  expect(box.half).toEqual([0, 0, 0]);
  expect([...intoBox(Float32Array.of(7, 8, 9), box)].every(Number.isFinite)).toBe(true);
});

const runOf = (names: readonly string[], recurrent?: readonly { prefix: string }[]) =>
  ({
    activations: new Map(names.map((name) => [name, { name }])),
    ...(recurrent && { recurrent }),
  }) as unknown as Run;

test('a recurrent run has the hidden states of its last stack, layer by layer', () => {
  const run = runOf(
    ['encoder.rnn.0.hidden', 'decoder.rnn.0.cell', 'decoder.rnn.0.hidden', 'decoder.rnn.0.reverse.hidden'],
    [{ prefix: 'encoder.rnn' }, { prefix: 'decoder.rnn' }],
  );
  expect(statesOf(run).map(({ name }) => name)).toEqual([
    'decoder.rnn.0.hidden',
    'decoder.rnn.0.reverse.hidden',
  ]);
  expect([0, 1].map((index) => stateName(run, index))).toEqual(['layer 0', 'layer 0, reverse']);
});

test('states are named by what they have passed through', () => {
  const residual = runOf(['hidden_states.0', 'hidden_states.1', 'hidden_states.2']);
  expect([0, 1, 2].map((index) => stateName(residual, index))).toEqual([
    'embeddings',
    'after L0',
    'after L1, the last',
  ]);
});

test('colours follow states or positions, and stand out from the ground', () => {
  expect(shade('layers', { state: 1, token: 9 }, 3)).toBe(0.5);
  expect(shade('tokens', { state: 1, token: 9 }, 10)).toBe(1);
  expect(shade('tokens', { state: 0, token: 0 }, 1)).toBe(0);
  const viridis = scaleColours('viridis', 'dark');
  expect(contrasting(viridis, 'light')[0]).toBe(viridis[0]);
  expect(contrasting(viridis, 'light')[255]).not.toBe(viridis[255]);
  expect(contrasting(viridis, 'dark')[255]).toBe(viridis[255]);
});

test('axes are named with their share, tokens where their path ends or is looked at', () => {
  const texts = ['<s>', ' old', ' sea'];
  const fit = {
    coordinates,
    places: coordinates.places,
    box: { half: [1, 1, 1], centre: [0, 0, 0], scale: 1 },
    join: 'layers',
    state: 0,
    run: { tokens: texts.map((text) => ({ text })) },
  } as unknown as Fit;
  const project = ([x, y]: readonly [number, number, number]) => ({ x, y, depth: 1 });
  const screen = { width: 1, height: 1 };
  const labels = labelsOf(fit, 2, { hovered: null, locked: null }, screen, project);
  expect(labels.map(({ text }) => text)).toEqual(['PC1 50.0 %', 'PC2 30.0 %', 'PC3 5.0 %', '·old', '·sea']);
  expect(labels[3]?.x).toBe(12);
  const looked = labelsOf(fit, 2, { hovered: { state: 1, token: 1 }, locked: null }, screen, project);
  expect(looked[3]).toMatchObject({ kind: 'hovered', x: 6 });
  expect(looked[4]).toMatchObject({ kind: 'quiet' });
});
