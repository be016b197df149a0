import { pca } from '../../analysis/pca.ts';
import type { Gpu } from '../../gpu/gpu.ts';
import { rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import { rmsNorm } from '../../kernels/rows/norm.ts';
import type { Activation, Run } from '../../runs/run.ts';
import { alongKept, type Along, type Basis } from './basis.ts';
import { statesOf } from './states.ts';

/** Places of states along three axes: [states, tokens, 3], in the units of the states. */
export interface Coordinates extends Along {
  /** First and number of states, and of tokens. */
  readonly firstState: number;
  readonly states: number;
  readonly firstToken: number;
  readonly tokens: number;
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

/** Principal components of the states of a run. @param kept axes that may stay, of a text that this one goes on with */
export async function coordinates(
  run: Run,
  { firstState, states, firstToken, sameLength }: Selection,
  { signal, kept = null }: { readonly signal?: AbortSignal; readonly kept?: Basis | null } = {},
): Promise<Coordinates> {
  const { gpu } = run;
  const tokens = run.tokens.length - firstToken;
  const leases: Awaited<ReturnType<Activation['lease']>>[] = [];
  const held: GpuTensor[] = [];
  try {
    for (const activation of statesOf(run).slice(firstState, firstState + states))
      leases.push(await activation.lease());
    const own = leases.map(({ tensor }) => rowsOf(tensor, firstToken, run.tokens.length));
    const parts = sameLength ? await scaled(gpu, own, held) : own;
    const fresh = await mainDirections(gpu, parts, signal);
    const along = kept === null ? fresh : await alongKept(gpu, parts, fresh, kept);
    return { ...along, firstState, states, firstToken, tokens };
  } finally {
    for (const tensor of held) gpu.release(tensor);
    for (const { release } of leases) release();
  }
}

async function mainDirections(
  gpu: Gpu,
  parts: readonly GpuTensor[],
  signal: AbortSignal | undefined,
): Promise<Along> {
  const { points, means, axes, explained, release } = await pca(gpu, parts, signal);
  try {
    const places = await gpu.read(points);
    const middle = await gpu.read(means);
    // Rows beyond the width are padding.
    const basis = { means: middle, axes: (await gpu.read(axes)).slice(0, middle.length * 4) };
    return { places, explained, basis, isOwn: true };
  } finally {
    release();
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
