/** Where a run stopped being numbers. */
import type { ApiError } from '../../common/contract.ts';
import { NONE, recordFirstInvalid } from '../kernels/rows/first-invalid.ts';
import type { Activation, Run } from './run.ts';

/** The first activation of a run, in the order of the computation, that holds NaN or an infinity. */
export interface Invalid {
  readonly activation: string;
  /** From 0; null: the embeddings. */
  readonly layer: number | null;
  /** The first of its tokens. */
  readonly token: number;
}

/** States that are handed on from layer to layer: what is no number in a layer shows in the state after it. */
const STATES: readonly Activation['kind'][] = ['hidden_state', 'embeddings'];

/**
 * Looks through the states of every layer on the GPU.
 * @returns null: all of them are numbers
 * @throws an AbortError when the run is disposed of meanwhile; `device-lost`
 */
export async function findInvalid(run: Pick<Run, 'gpu' | 'activations'>): Promise<Invalid | null> {
  const { gpu } = run;
  const states = [...run.activations.values()].filter(({ kind }) => STATES.includes(kind));
  if (states.length === 0) return null;
  const found = gpu.tensor([states.length], 'first invalid rows', 'scratch');
  const leases: Awaited<ReturnType<Activation['lease']>>[] = [];
  try {
    gpu.upload(found, new Uint32Array(states.length).fill(NONE));
    for (const state of states) leases.push(await state.lease());
    await gpu.submit('first invalid rows', (recorder) => {
      for (const [slot, { tensor }] of leases.entries()) recordFirstInvalid(recorder, tensor, found, slot);
    });
    const rows = new Uint32Array(await gpu.readBytes(found.buffer, 0, states.length * 4));
    const first = rows.findIndex((row) => row !== NONE);
    const state = states[first];
    if (state === undefined) return null;
    return { activation: state.name, layer: layerOf(state), token: rows[first] ?? 0 };
  } finally {
    for (const { release } of leases) release();
    gpu.release(found);
  }
}

/** The layer that gave a state; a Transformer's state 0 is what the first layer reads. */
function layerOf({ layer, direction }: Activation): number | null {
  if (direction !== null || layer === null) return layer;
  return layer === 0 ? null : layer - 1;
}

/** What users read about it. @param weights names of the model's tensors that hold NaN or infinities */
export function invalidNotice(
  { activation, layer, token }: Invalid,
  weights: readonly string[] = [],
): ApiError {
  const where = layer === null ? 'in the embeddings' : `in layer ${layer}`;
  const named = weights.slice(0, 3).map((name) => `“${name}”`);
  return {
    code: 'invalid-values',
    message: `This run is not a number from some place on: the first NaN or infinite value arises ${where} (${activation}, token ${token}).`,
    hint:
      weights.length === 0
        ? 'The weights are finite, so a value overflowed: check the model in another type, such as float32.'
        : `The model’s own weights hold such values: ${named.join(', ')}${weights.length > 3 ? ` and ${weights.length - 3} more` : ''}. Save it again from a good checkpoint.`,
  };
}
