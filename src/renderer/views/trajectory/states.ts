import { pca } from '../../analysis/pca.ts';
import type { Gpu } from '../../gpu/gpu.ts';
import { rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import { stateWords } from '../../common/state-names.ts';
import { rmsNorm } from '../../kernels/rows/norm.ts';
import type { Activation, Run } from '../../runs/run.ts';

/**
 * States of equal width, [T, D] each, over the run's own tokens: the residual stream before and after every layer, or the
 * hidden states of a stack of recurrent layers (of an encoder-decoder the decoder's).
 */
export function statesOf(run: Run): readonly Activation[] {
  const states: Activation[] = [];
  const prefix = run.activations.has('decoder_hidden_states.0') ? 'decoder_' : '';
  for (let index = 0; ; index++) {
    const state = run.activations.get(`${prefix}hidden_states.${index}`);
    if (state === undefined) break;
    states.push(state);
  }
  const trace = run.recurrent?.at(-1);
  if (states.length > 0 || trace === undefined) return states;
  return [...run.activations.values()].filter(
    ({ name }) => name.startsWith(`${trace.prefix}.`) && name.endsWith('.hidden'),
  );
}

/** True when states follow each other in time rather than from layer to layer. */
export function isTimed(run: Run): boolean {
  return (run.recurrent?.length ?? 0) > 0;
}

/** A state's name: what it has passed through, or the recurrent layer that it is of. */
export function stateName(run: Run, index: number): string {
  const states = statesOf(run);
  if (isTimed(run)) {
    const [, layer, reverse] = /\.(\d+)\.(reverse\.)?hidden$/.exec(states[index]?.name ?? '') ?? [];
    return `layer ${layer ?? 0}${reverse === undefined ? '' : ', reverse'}`;
  }
  return stateWords(index, states.length);
}

/** Places of states along three axes. */
export interface Coordinates {
  /** [states, tokens, 3], from their mean, in the units of the states. */
  readonly places: Float32Array;
  /** First and number of states, and of tokens. */
  readonly firstState: number;
  readonly states: number;
  readonly firstToken: number;
  readonly tokens: number;
  /** Share of the variance along each axis. */
  readonly explained: readonly [number, number, number];
}

/** Which states are taken together, and how. */
export interface Selection {
  readonly firstState: number;
  readonly states: number;
  /** Tokens before this one are left out. */
  readonly firstToken: number;
  /**
   * Every state is scaled to a root mean square of 1: what the next layer's norm sees. Otherwise the few longest states
   * (the first token's, the last layers') set the axes, and the final norm pulls all ends together.
   */
  readonly sameLength: boolean;
}

/** Principal components of the states of a run. */
export async function coordinates(
  run: Run,
  { firstState, states, firstToken, sameLength }: Selection,
): Promise<Coordinates> {
  const { gpu } = run;
  const tokens = run.tokens.length - firstToken;
  const leases: Awaited<ReturnType<Activation['lease']>>[] = [];
  const held: GpuTensor[] = [];
  try {
    for (const activation of statesOf(run).slice(firstState, firstState + states))
      leases.push(await activation.lease());
    const parts = leases.map(({ tensor }) => rowsOf(tensor, firstToken, run.tokens.length));
    const { points, explained, release } = await pca(
      gpu,
      sameLength ? await scaled(gpu, parts, held) : parts,
    );
    try {
      const places = await gpu.read(points);
      return { places, firstState, states, firstToken, tokens, explained };
    } finally {
      release();
    }
  } finally {
    for (const tensor of held) gpu.release(tensor);
    for (const { release } of leases) release();
  }
}

/** Copies of the parts with every row at a root mean square of 1. @param held takes what must be released */
async function scaled(gpu: Gpu, parts: readonly GpuTensor[], held: GpuTensor[]): Promise<GpuTensor[]> {
  const width = parts[0]?.shape.at(-1) ?? 1;
  const weight = gpu.tensorFrom(new Float32Array(width).fill(1), [width], 'trajectory: ones', 'scratch');
  held.push(weight);
  const copies = parts.map((part) => gpu.tensor(part.shape, 'trajectory: states', 'scratch'));
  held.push(...copies);
  await gpu.submit('states at the same length', (recorder) => {
    for (const [index, x] of parts.entries()) {
      const out = copies[index];
      if (out !== undefined) rmsNorm(recorder, { x, weight, out, epsilon: 1e-12 });
    }
  });
  return copies;
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
