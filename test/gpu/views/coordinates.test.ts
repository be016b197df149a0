import { expect, test } from 'vitest';
import { rowsOf } from '../../../src/renderer/gpu/tensor.ts';
import type { Activation, Run } from '../../../src/renderer/runs/run.ts';
import { coordinates } from '../../../src/renderer/views/trajectory/coordinates.ts';
import { testGpu } from '../../helpers/gpu.ts';
import { fakeRun, noise } from './fake-run.ts';
import { activationName, keyOf } from '../../../src/renderer/runs/activation-names.ts';

const gpu = await testGpu();
const TOKENS = ['a', 'b', 'c', 'd', 'e', 'f'];

/** A run whose states are given, [T, D] each. */
function runWith(states: readonly Float32Array<ArrayBuffer>[], width: number): Run {
  const activations = states.map((values, index): [string, Activation] => {
    const key = { kind: 'hidden_state', layer: index } as const;
    const name = activationName(key);
    const tensor = gpu.tensorFrom(values, [TOKENS.length, width], name);
    return [
      name,
      {
        ...keyOf(key),
        name,
        axes: ['token', 'unit'],
        shape: tensor.shape,
        lease: () => Promise.resolve({ tensor, release: () => undefined }),
        read: () => Promise.resolve(values),
      },
    ];
  });
  return {
    ...fakeRun(gpu, { tokens: TOKENS, layers: 1, heads: 1 }),
    width,
    activations: new Map(activations),
  };
}

/** Distance between two points of the result. */
function distance(places: Float32Array, a: number, b: number): number {
  return Math.hypot(
    ...[0, 1, 2].map((axis) => (places[a * 3 + axis] ?? NaN) - (places[b * 3 + axis] ?? NaN)),
  );
}

/** Three directions, so that three axes hold every distance. */
const flat = (state: number, length: (token: number) => number) =>
  Float32Array.from({ length: TOKENS.length * 8 }, (_, i) => {
    const [token, unit] = [Math.floor(i / 8), i % 8];
    return unit < 3 ? (noise(state, token, unit) - 0.5) * length(token) : 0;
  });

test('places keep the distances of the states, without the tokens that are left out', async () => {
  const states = [flat(0, () => 1), flat(1, () => 5)];
  const run = runWith(states, 8);
  const found = await coordinates(run, { firstState: 0, states: 2, firstToken: 1, sameLength: false });
  expect(found.places).toHaveLength(2 * 5 * 3);
  expect(found.explained.reduce((sum, share) => sum + share)).toBeCloseTo(1, 4);
  const row = (state: number, token: number) => states[state]?.subarray(token * 8, token * 8 + 8) ?? [];
  const apart = (a: ArrayLike<number>, b: ArrayLike<number>) =>
    Math.hypot(...Array.from({ length: 8 }, (_, i) => (a[i] ?? NaN) - (b[i] ?? NaN)));
  for (const [state, token] of [
    [0, 1],
    [0, 5],
    [1, 3],
  ] as const) {
    const index = state * 5 + token - 1;
    expect(distance(found.places, 4, index)).toBeCloseTo(apart(row(0, 5), row(state, token)), 3);
  }
});

test('at the same length, only directions count', async () => {
  const plain = runWith([flat(0, () => 1), flat(1, () => 1)], 8);
  const stretched = runWith([flat(0, (token) => 1 + token * 40), flat(1, () => 900)], 8);
  const how = { firstState: 0, states: 2, firstToken: 0, sameLength: true };
  const [a, b] = [await coordinates(plain, how), await coordinates(stretched, how)];
  for (let index = 1; index < 12; index++)
    expect(distance(b.places, 0, index)).toBeCloseTo(distance(a.places, 0, index), 3);
  for (let index = 0; index < 12; index++)
    expect(distance(a.places, 0, index)).toBeLessThan(2 * Math.sqrt(8) + 1e-3);
});

test('a state that fails gives the others back', async () => {
  const run = runWith([flat(0, () => 1), flat(1, () => 1)], 8);
  let held = 0;
  const activations = new Map(
    [...run.activations].map(([name, activation], index): [string, Activation] => [
      name,
      {
        ...activation,
        lease: async () => {
          if (index === 1) throw new Error('no room');
          held++;
          return { ...(await activation.lease()), release: () => held-- };
        },
      },
    ]),
  );
  const before = gpu.memory();
  await expect(
    coordinates({ ...run, activations }, { firstState: 0, states: 2, firstToken: 0, sameLength: true }),
  ).rejects.toThrow('no room');
  expect(held).toBe(0);
  expect(gpu.memory()).toEqual(before);
});

/** The first tokens of a run, as if the text had been shorter. */
async function shorter(run: Run, count: number): Promise<Run> {
  const activations = new Map<string, Activation>();
  for (const [name, activation] of run.activations) {
    const { tensor } = await activation.lease();
    const part = rowsOf(tensor, 0, count);
    activations.set(name, {
      ...activation,
      shape: part.shape,
      lease: () => Promise.resolve({ tensor: part, release: () => undefined }),
    });
  }
  return { ...run, tokens: run.tokens.slice(0, count), activations };
}

test('while a text grows, its points stay where they are', async () => {
  const run = runWith([flat(0, () => 1), flat(1, () => 1.2), flat(2, () => 1.4)], 8);
  const how = { firstState: 0, states: 3, firstToken: 0, sameLength: false };
  const first = await coordinates(await shorter(run, 4), how);
  const grown = await coordinates(run, how, { kept: first.basis });
  for (const state of [0, 1, 2])
    for (const token of [0, 1, 2, 3])
      for (const axis of [0, 1, 2])
        expect(grown.places[(state * 6 + token) * 3 + axis]).toBeCloseTo(
          first.places[(state * 4 + token) * 3 + axis] ?? NaN,
          4,
        );
  const fresh = await coordinates(run, how);
  const sum = ([a, b, c]: readonly number[]) => (a ?? 0) + (b ?? 0) + (c ?? 0);
  expect(sum(grown.explained)).toBeCloseTo(sum(fresh.explained), 3);
  expect(gpu.memory().scratch).toBe(0);
});

test('axes that show too little are found anew, and point as they did', async () => {
  const run = runWith([flat(0, () => 1)], 8);
  const how = { firstState: 0, states: 1, firstToken: 0, sameLength: false };
  const fresh = await coordinates(run, how);
  // Along one axis turned round, and nothing else.
  const axes = fresh.basis.axes.map((value, i) => (i % 4 === 0 ? -value : 0));
  const found = await coordinates(run, how, { kept: { means: fresh.basis.means, axes } });
  expect(found.explained).toEqual(fresh.explained);
  for (let index = 0; index < 6; index++)
    expect(found.places[index * 3]).toBeCloseTo(-(fresh.places[index * 3] ?? NaN), 5);
});
