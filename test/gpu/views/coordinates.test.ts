import { expect, test } from 'vitest';
import type { Activation, Run } from '../../../src/renderer/runs/run.ts';
import { coordinates } from '../../../src/renderer/views/trajectory/states.ts';
import { testGpu } from '../../helpers/gpu.ts';
import { fakeRun, noise } from './fake-run.ts';

const holder = testGpu();
const TOKENS = ['a', 'b', 'c', 'd', 'e', 'f'];

/** A run whose states are given, [T, D] each. */
function runWith(states: readonly Float32Array<ArrayBuffer>[], width: number): Run {
  const { gpu } = holder;
  const activations = states.map((values, index): [string, Activation] => {
    const name = `hidden_states.${index}`;
    const tensor = gpu.tensorFrom(values, [TOKENS.length, width], name);
    return [
      name,
      {
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
  const before = holder.gpu.memory();
  await expect(
    coordinates({ ...run, activations }, { firstState: 0, states: 2, firstToken: 0, sameLength: true }),
  ).rejects.toThrow('no room');
  expect(held).toBe(0);
  expect(holder.gpu.memory()).toEqual(before);
});
