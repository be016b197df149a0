import type { Gpu } from '../../gpu/gpu.ts';
import { rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import { bidiagonalRounds, largestSingularValue, recordBidiagonal } from '../analysis/bidiagonal.ts';
import { recordBackwardStep } from './recurrent-backward.ts';
import { derivedStates, startOf, takeNorms, type Derived } from './derived-states.ts';
import type { RecurrentLayer } from './recurrent-layer.ts';
import { recordRowNorms } from '../rows/row-norms.ts';
import { sweepOrder, withGates } from './sweep.ts';

/** Vector steps in one submit, between which a sweep can be stopped: fewer vectors go further. */
const VECTOR_STEPS = 16_384;
/** Positions in one submit. */
const LEAST_POSITIONS = 8;
const MOST_POSITIONS = 256;
export interface GradientsOptions {
  /** Position of the state whose derivative is taken; the last one that the layer reads if left out. */
  readonly target?: number;
  /** Rows that are taken back: left out, the whole identity up to a state of 512 and 64 random probes above. */
  readonly probes?: number;
  /** Also the spectral norm of ∂h_T/∂h_t; only with the whole identity. */
  readonly spectral?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** @param norms what is known by now, state by state: positions that are still to come hold 0 */
  readonly onProgress?: (done: number, total: number, norms: readonly GradientThroughTime[]) => void;
}

export interface GradientOptions extends Omit<GradientsOptions, 'onProgress'> {
  /** What is derived; `hidden` when left out. */
  readonly of?: Derived;
  /** @param norms what is known by now: positions that are still to come hold 0 */
  readonly onProgress?: (done: number, total: number, norms: GradientThroughTime) => void;
}

/** Norms of ∂s_T/∂h_t and ∂s_T/∂c_t for every t, s being h or c; 0 where s_T does not depend on them. */
export interface GradientThroughTime {
  /** Frobenius norm of ∂s_T/∂h_t divided by the root of s's width, [T]; of an LSTM with c_t held fixed. */
  readonly frobenius: Float32Array<ArrayBuffer>;
  /** The same of ∂s_T/∂c_t of an LSTM, with h_t held fixed. */
  readonly cell: Float32Array<ArrayBuffer> | null;
  /** Largest singular value of ∂h_T/∂h_t, [T]; null when it was not asked for, with probes, and of the cell. */
  readonly spectral: Float32Array<ArrayBuffer> | null;
  /** One standard error of `frobenius`, or of `cell` where the cell is derived, as a fraction of it, [T]; null: exact. */
  readonly error: Float32Array<ArrayBuffer> | null;
}

/** `gradientsThroughTime` of one state. */
export async function gradientThroughTime(
  gpu: Gpu,
  layer: RecurrentLayer,
  { of = 'hidden', onProgress, ...options }: GradientOptions = {},
): Promise<GradientThroughTime> {
  const [norms] = await gradientsThroughTime(gpu, layer, [of], {
    ...options,
    onProgress: (done, total, [known]) => {
      if (known !== undefined) onProgress?.(done, total, known);
    },
  });
  if (norms === undefined) throw new Error('One state was to be derived.');
  return norms;
}

/**
 * ‖∂h_T/∂h_t‖ and ‖∂c_T/∂c_t‖ within one direction of one layer, for one sequence, in one sweep: k vectors for each are
 * taken backwards through every step. Beginning in h they are derivatives of h_T, beginning in c those of c_T.
 * With the identity they are the rows of the Jacobian; with random signs E‖vᵀJ‖² is its squared Frobenius norm, and
 * the spread of the k values tells the error. Norms below about 10⁻³⁷ become 0.
 * @returns one for each state that is derived
 * @throws the signal's reason, between two submits; RangeError for the cell of a layer that has none.
 */
export async function gradientsThroughTime(
  gpu: Gpu,
  layer: RecurrentLayer,
  derived: readonly Derived[],
  options: GradientsOptions = {},
): Promise<readonly GradientThroughTime[]> {
  const { packed, slabs } = layer;
  const { state: P, units: H } = packed;
  const isLstm = packed.cell === 'lstm';
  if (derived.includes('cell') && !isLstm) throw new RangeError('Only an LSTM has a cell.');
  const parts = derivedStates(layer, derived, options);
  const K = parts.reduce((sum, { k }) => sum + k, 0);
  const whole = parts.find(({ result }) => result.spectral !== null);
  const rounds = bidiagonalRounds(P);
  const perSubmit = Math.min(Math.max(Math.ceil(VECTOR_STEPS / K), LEAST_POSITIONS), MOST_POSITIONS);
  const positions = sweepOrder(slabs, options.target);
  const results = parts.map(({ result }) => result);
  const held: GpuTensor[] = [];
  const hold = (shape: number[], label: string) => {
    const tensor = gpu.tensor(shape, label, 'scratch');
    held.push(tensor);
    return tensor;
  };
  try {
    let vector = hold([K, P], 'vectors');
    let next = hold([K, P], 'vectors before the step');
    const carry = hold([K, H], 'carry');
    const norms = hold([perSubmit, 2, K], 'norms');
    const right = whole === undefined ? null : hold([rounds, P], 'right vectors');
    const bands = whole === undefined ? null : hold([perSubmit, 2, rounds], 'bidiagonals');
    gpu.upload(vector, startOf(parts, 'hidden', P));
    gpu.upload(carry, startOf(parts, 'cell', H));
    for (let done = 0; done < positions.length; done += perSubmit) {
      options.signal?.throwIfAborted();
      const chunk = positions.slice(done, done + perSubmit);
      await gpu.submit(
        'gradient through time',
        (recorder) => {
          const own = withGates(recorder, layer, chunk);
          for (const [i, position] of chunk.entries()) {
            recordRowNorms(recorder, vector, norms, i * 2 * K);
            if (isLstm) recordRowNorms(recorder, carry, norms, (i * 2 + 1) * K);
            if (bands !== null && right !== null && whole !== undefined) {
              const matrix = rowsOf(vector, whole.first, whole.first + whole.k);
              recordBidiagonal(recorder, matrix, right, bands, i * 2 * rounds);
            }
            recordBackwardStep(recorder, { packed, slabs: own, position, vector, next, carry });
            [vector, next] = [next, vector];
          }
        },
        { signal: options.signal },
      );
      const rows = await gpu.read(norms, options.signal);
      const band = bands === null ? null : await gpu.read(bands, options.signal);
      for (const [i, t] of chunk.entries()) {
        for (const part of parts) takeNorms(part, rows, i * 2 * K, K, t);
        const largest = whole?.result.spectral ?? null;
        if (band !== null && largest !== null) {
          const at = i * 2 * rounds;
          largest[t] = largestSingularValue(
            band.subarray(at, at + rounds),
            band.subarray(at + rounds, at + 2 * rounds),
          );
        }
      }
      options.onProgress?.(done + chunk.length, positions.length, results);
      // What has vanished stays 0 for everything before it.
      const end = chunk[chunk.length - 1] ?? 0;
      if (results.every(({ frobenius, cell }) => frobenius[end] === 0 && (cell?.[end] ?? 0) === 0)) break;
    }
    options.onProgress?.(positions.length, positions.length, results);
    options.signal?.throwIfAborted();
    return results;
  } finally {
    for (const tensor of held) gpu.release(tensor);
  }
}
