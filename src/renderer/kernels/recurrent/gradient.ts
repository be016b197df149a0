import type { Gpu } from '../../gpu/gpu.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import { bidiagonalRounds, largestSingularValue, recordBidiagonal } from '../analysis/bidiagonal.ts';
import { goesByMatrix, LstmStretch } from './lstm-jacobian.ts';
import { recordBackwardStep } from './recurrent-backward.ts';
import { derivedStates, takeNorms, type Derived, type DerivedState } from './derived-states.ts';
import type { RecurrentLayer } from './recurrent-layer.ts';
import { recordRowNorms } from '../rows/row-norms.ts';
import { sweepOrder, withGates } from './sweep.ts';
import { SweepVectors } from './sweep-vectors.ts';

/** Vector steps in one submit, between which a sweep can be stopped: fewer vectors go further. */
const VECTOR_STEPS = 16_384;
/** Positions in one submit. */
const LEAST_POSITIONS = 8;
const MOST_POSITIONS = 256;
/** Least positions that are recorded at once: while the GPU computes them, the next ones are recorded. */
const RECORDED_AT_ONCE = 8;
/** Positions before the rows are condensed for the first time; then after twice as many each time. */
const BEFORE_CONDENSING = 4;
/** The same of an LSTM, whose rows become fewer more slowly. */
const BEFORE_CONDENSING_LSTM = 12;

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
 * With the identity they are the rows of the Jacobian, which become fewer on the way (`condense.ts`) as far as every norm
 * stays exact to four digits; with random signs E‖vᵀJ‖² is its squared Frobenius norm, and the spread of the k values
 * tells the error. Norms below about 10⁻³⁷ become 0.
 * @returns one for each state that is derived
 * @throws the signal's reason, between two submits; RangeError for the cell of a layer that has none.
 */
export async function gradientsThroughTime(
  gpu: Gpu,
  layer: RecurrentLayer,
  derived: readonly Derived[],
  options: GradientsOptions = {},
): Promise<readonly GradientThroughTime[]> {
  const { target, signal, onProgress } = options;
  if (derived.includes('cell') && layer.packed.cell !== 'lstm')
    throw new RangeError('Only an LSTM has a cell.');
  const { packed, slabs } = layer;
  const parts = derivedStates(layer, derived, options);
  const results = parts.map(({ result }) => result);
  const positions = sweepOrder(slabs, target);
  const whole = parts.find(({ result }) => result.spectral !== null);
  const rounds = bidiagonalRounds(packed.state);
  const vectors = new SweepVectors(gpu, packed, parts);
  const held: GpuTensor[] = [];
  const hold = (shape: number[], label: string) => {
    const tensor = gpu.tensor(shape, label, 'scratch');
    held.push(tensor);
    return tensor;
  };
  try {
    const norms = hold([mostNorms(vectors.count, positions.length)], 'norms');
    const right = whole === undefined ? null : hold([rounds, packed.state], 'right vectors');
    const bands = whole === undefined ? null : hold([MOST_POSITIONS, 2, rounds], 'bidiagonals');
    /** Steps after which the rows are condensed. */
    let due = packed.cell === 'lstm' ? BEFORE_CONDENSING_LSTM : BEFORE_CONDENSING;
    for (let done = 0; done < positions.length;) {
      signal?.throwIfAborted();
      const K = vectors.count;
      const chunk = positions.slice(done, Math.min(due, done + positionsAtOnce(K)));
      const atOnce = Math.max(RECORDED_AT_ONCE, Math.ceil(chunk.length / 4));
      for (let begin = 0; begin < chunk.length; begin += atOnce) {
        const part = chunk.slice(begin, begin + atOnce);
        // What comes before the last of all positions is not looked at.
        const steps = part.at(-1) === positions.at(-1) ? part.length - 1 : part.length;
        await gpu.submit(
          'gradient through time',
          (recorder) =>
            recordSteps(recorder, layer, vectors, part, steps, (at) => {
              const { vector, carry } = vectors;
              const i = 2 * (begin + at);
              recordRowNorms(recorder, vector, norms, i * K);
              if (packed.cell === 'lstm') recordRowNorms(recorder, carry, norms, (i + 1) * K);
              if (bands === null || right === null || whole === undefined) return;
              const matrix = rowsOf(vector, whole.first, whole.first + whole.k);
              recordBidiagonal(recorder, matrix, right, bands, i * rounds);
            }),
          { signal },
        );
      }
      const rows = await gpu.read(rowsOf(norms, 0, chunk.length * 2 * K), signal);
      const band = bands === null ? null : await gpu.read(bands, signal);
      const doubtful = new Set<DerivedState>();
      for (const [i, t] of chunk.entries()) {
        for (const part of parts) if (!takeNorms(part, rows, i * 2 * K, K, t)) doubtful.add(part);
        const largest = whole?.result.spectral ?? null;
        if (band !== null && largest !== null) {
          const at = i * 2 * rounds;
          largest[t] = largestSingularValue(
            band.subarray(at, at + rounds),
            band.subarray(at + rounds, at + 2 * rounds),
          );
        }
      }
      done = doubtful.size > 0 ? await vectors.restore([...doubtful], signal) : done + chunk.length;
      onProgress?.(done, positions.length, results);
      const end = positions[done - 1] ?? 0;
      // What has vanished stays 0 for everything before it.
      if (results.every(({ frobenius, cell }) => frobenius[end] === 0 && (cell?.[end] ?? 0) === 0)) break;
      if (doubtful.size === 0 && done < due) continue;
      due = 2 * done + BEFORE_CONDENSING;
      if (positions.length - done < BEFORE_CONDENSING) continue;
      // A cell keeps its directions longer than the output does: its rows are tried a time later.
      const now = parts.map((part) =>
        doubtful.has(part) || (part.of === 'cell' && done <= BEFORE_CONDENSING_LSTM)
          ? null
          : { hidden: part.result.frobenius[end] ?? 0, cell: part.result.cell?.[end] ?? 0 },
      );
      await vectors.condense(now, done, signal);
    }
    onProgress?.(positions.length, positions.length, results);
    signal?.throwIfAborted();
    return results;
  } finally {
    vectors.release();
    for (const tensor of held) gpu.release(tensor);
  }
}

/**
 * Takes the vectors back through the steps of some positions.
 * @param steps how many of the positions have a step
 * @param before called for each position, before its step
 */
function recordSteps(
  recorder: Recorder,
  layer: RecurrentLayer,
  vectors: SweepVectors,
  positions: readonly number[],
  steps: number,
  before: (at: number) => void,
): void {
  const { packed } = layer;
  const slabs = withGates(recorder, layer, positions);
  const stretch = goesByMatrix(packed, vectors.count)
    ? new LstmStretch(recorder, packed, slabs, positions)
    : null;
  for (const [at, position] of positions.entries()) {
    before(at);
    if (at >= steps) break;
    const { vector, next, carry } = vectors;
    if (stretch === null) recordBackwardStep(recorder, { packed, slabs, position, vector, next, carry });
    else stretch.step(at, { vector, next, carry });
    vectors.step();
  }
  stretch?.release();
}

/** Positions of a submit with K vectors. */
function positionsAtOnce(K: number): number {
  return Math.min(Math.max(Math.ceil(VECTOR_STEPS / K), LEAST_POSITIONS), MOST_POSITIONS);
}

/** Norms of a submit, by h and by c, of at most K vectors at some of T positions. */
function mostNorms(K: number, T: number): number {
  return 2 * Math.min(Math.max(VECTOR_STEPS + K, LEAST_POSITIONS * K), K * T);
}
