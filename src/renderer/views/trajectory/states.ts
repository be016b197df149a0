import { rowsOf } from '../../gpu/tensor.ts';
import { pca } from '../../analysis/pca.ts';
import type { Activation, Run } from '../../runs/run.ts';

/** States of equal width that follow each other, [T, D] each: the residual stream before and after every layer. */
export function statesOf(run: Run): readonly Activation[] {
  const states: Activation[] = [];
  for (let index = 0; ; index++) {
    const state = run.activations.get(`hidden_states.${index}`);
    if (state === undefined) return states;
    states.push(state);
  }
}

/** A state's name: what it has passed through. */
export function stateName(index: number, count: number): string {
  if (index === 0) return 'embeddings';
  return index === count - 1 ? `L${index - 1} + final norm` : `after L${index - 1}`;
}

/** Places of states along three axes. */
export interface Coordinates {
  /** [states, tokens, 3], in the units of the hidden states, from their mean. */
  readonly places: Float32Array;
  /** First and number of states, and of tokens. */
  readonly firstState: number;
  readonly states: number;
  readonly firstToken: number;
  readonly tokens: number;
  /** Share of the variance along each axis. */
  readonly explained: readonly [number, number, number];
}

/** Principal components of states [firstState, firstState + states), without the tokens before `firstToken`. */
export async function coordinates(
  run: Run,
  firstState: number,
  states: number,
  firstToken: number,
): Promise<Coordinates> {
  const tokens = run.tokens.length - firstToken;
  const leases: Awaited<ReturnType<Activation['lease']>>[] = [];
  try {
    for (const activation of statesOf(run).slice(firstState, firstState + states))
      leases.push(await activation.lease());
    const parts = leases.map(({ tensor }) => rowsOf(tensor, firstToken, run.tokens.length));
    const { points, explained, release } = await pca(run.gpu, parts);
    try {
      const places = await run.gpu.read(points);
      return { places, firstState, states, firstToken, tokens, explained };
    } finally {
      release();
    }
  } finally {
    for (const { release } of leases) release();
  }
}

/** Half sides of the box around all places, and what moves and scales them into a box of half diagonal 1. */
export interface Box {
  readonly half: readonly [number, number, number];
  readonly centre: readonly [number, number, number];
  /** Scene units per unit of the states: the same along all axes, so that distances stay true. */
  readonly scale: number;
}

/** The box around places [N, 3]. */
export function boxAround(places: Float32Array): Box {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i < places.length; i++) {
    const value = places[i] ?? 0;
    low[i % 3] = Math.min(low[i % 3] ?? 0, value);
    high[i % 3] = Math.max(high[i % 3] ?? 0, value);
  }
  const side = (axis: number) => ((high[axis] ?? 0) - (low[axis] ?? 0)) / 2;
  const middle = (axis: number) => ((high[axis] ?? 0) + (low[axis] ?? 0)) / 2;
  const diagonal = Math.hypot(side(0), side(1), side(2));
  if (!(diagonal > 0) || !Number.isFinite(diagonal)) return { half: [0, 0, 0], centre: [0, 0, 0], scale: 1 };
  const scale = 1 / diagonal;
  return {
    half: [side(0) * scale, side(1) * scale, side(2) * scale],
    centre: [middle(0), middle(1), middle(2)],
    scale,
  };
}

/** Places in the scene's units, [N, 3]. */
export function intoBox(places: Float32Array, { centre, scale }: Box): Float32Array {
  return places.map((value, i) => (value - (centre[i % 3] ?? 0)) * scale);
}
