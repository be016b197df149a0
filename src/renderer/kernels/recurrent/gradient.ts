import type { Gpu } from '../../gpu/gpu.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { elements, rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import { add } from '../rows/elementwise.ts';
import {
  BIDIAGONAL_SIZE,
  bidiagonalRounds,
  largestSingularValue,
  recordBidiagonal,
} from '../analysis/bidiagonal.ts';
import { recordBackwardStep } from './recurrent-backward.ts';
import { recordRecurrentLayer, type RecurrentLayer } from './recurrent-layer.ts';
import { GATE_PLANES, gateCount, type RecurrentSlabs } from './recurrent.ts';
import { recordRowNorms } from '../rows/row-norms.ts';

/** Widest state whose Jacobian is computed whole; above it random probes estimate its norm. */
export const EXACT_STATE = BIDIAGONAL_SIZE;
/** Random probes above that. */
const PROBES = 64;
/** Vector steps in one submit, between which a sweep can be stopped: fewer vectors go further. */
const VECTOR_STEPS = 16_384;
/** Positions in one submit. */
const LEAST_POSITIONS = 8;
const MOST_POSITIONS = 256;
/** Positions in one submit of a single vector. */
const SWEEP_POSITIONS = 64;

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

/** What is derived: the last hidden state, or the last cell of an LSTM. */
export type Derived = 'hidden' | 'cell';

/** One of the derived states in a sweep: its vectors stand in rows [first, first + k). */
interface Part {
  readonly of: Derived;
  readonly first: number;
  readonly k: number;
  /** Its vectors are the identity. */
  readonly exact: boolean;
  /** Σ norms² is ‖J‖² with the identity, and k times its estimate with signs; this times the width. */
  readonly count: number;
  readonly result: {
    readonly frobenius: Float32Array<ArrayBuffer>;
    readonly cell: Float32Array<ArrayBuffer> | null;
    readonly spectral: Float32Array<ArrayBuffer> | null;
    readonly error: Float32Array<ArrayBuffer> | null;
  };
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
  const parts = partsOf(layer, derived, options);
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

/** The vectors of each state that is derived, one after another. */
function partsOf(
  { packed, slabs }: RecurrentLayer,
  derived: readonly Derived[],
  { probes, spectral = false }: GradientsOptions,
): Part[] {
  const T = slabs.positions;
  let first = 0;
  return derived.map((of) => {
    const width = of === 'cell' ? packed.units : packed.state;
    const exact = probes === undefined && width <= EXACT_STATE;
    const k = exact ? width : (probes ?? PROBES);
    const part = {
      ...{ of, first, k, exact, count: exact ? width : k * width },
      result: {
        frobenius: new Float32Array(T),
        cell: packed.cell === 'lstm' ? new Float32Array(T) : null,
        spectral: exact && spectral && of === 'hidden' ? new Float32Array(T) : null,
        error: exact ? null : new Float32Array(T),
      },
    };
    first += k;
    return part;
  });
}

/** The vectors that a sweep begins with in h, or in c: those of the states that are derived there; else 0. */
function startOf(parts: readonly Part[], of: Derived, width: number): Float32Array<ArrayBuffer> {
  const K = parts.reduce((sum, { k }) => sum + k, 0);
  const values = new Float32Array(K * width);
  for (const part of parts)
    if (part.of === of) values.set(startVectors(part.k, width, part.exact), part.first * width);
  return values;
}

/** Takes over the norms of a position. @param rows […, 2, K]: by h, and by c, from `at` on */
function takeNorms(
  { of, first, k, count, result }: Part,
  rows: Float32Array,
  at: number,
  K: number,
  t: number,
): void {
  const byHidden = rootMeanSquare(rows.subarray(at + first, at + first + k), count);
  const byCell = rootMeanSquare(rows.subarray(at + K + first, at + K + first + k), count);
  result.frobenius[t] = byHidden.root;
  if (result.error !== null) result.error[t] = (of === 'cell' ? byCell : byHidden).error;
  if (result.cell !== null) result.cell[t] = byCell.root;
}

/** Positions from the target back to the first that the layer read. */
function sweepOrder(slabs: RecurrentSlabs, target?: number): number[] {
  const { positions, reverse } = slabs;
  const last = target ?? (reverse ? 0 : positions - 1);
  return reverse
    ? Array.from({ length: positions - last }, (_, i) => last + i)
    : Array.from({ length: last + 1 }, (_, i) => last - i);
}

/** The slabs with the gates of some positions: computed again from the kept states when they were not kept. */
export function withGates(
  recorder: Recorder,
  layer: RecurrentLayer,
  positions: readonly number[],
): RecurrentSlabs {
  const { packed, slabs } = layer;
  const planes = GATE_PLANES[packed.cell].length;
  if (slabs.gates !== null || planes === 0) return slabs;
  const from = Math.min(...positions);
  const to = Math.max(...positions) + 1;
  const gates = recorder.temp([planes, to - from, slabs.batch, packed.units], 'gates');
  const own = { ...slabs, gates, gatesFirst: from };
  recordRecurrentLayer(recorder, { ...layer, slabs: own }, from, to);
  return own;
}

/** The identity, or rows of ±1 that are the same in every run. */
function startVectors(k: number, P: number, exact: boolean): Float32Array<ArrayBuffer> {
  const values = new Float32Array(k * P);
  if (exact) for (let i = 0; i < P; i++) values[i * P + i] = 1;
  else {
    let state = 0x9e3779b9;
    for (let i = 0; i < values.length; i++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      values[i] = state & 0x10000 ? 1 : -1;
    }
  }
  return values;
}

/** √(Σ norms² / count), and one standard error of it as a fraction, from the spread of the squares. */
function rootMeanSquare(norms: Float32Array, count: number): { root: number; error: number } {
  const squares = Array.from(norms, (norm) => norm ** 2);
  const sum = squares.reduce((total, square) => total + square, 0);
  const mean = sum / squares.length;
  const variance =
    squares.reduce((total, square) => total + (square - mean) ** 2, 0) / Math.max(squares.length - 1, 1);
  const error = mean > 0 ? Math.sqrt(variance / squares.length) / (2 * mean) : 0;
  return { root: Math.sqrt(sum / count), error };
}

/** One vector on its way through a layer. */
export interface LayerSweep {
  /** [T, P]: the derivative by each output of the layer that comes from above. */
  readonly injected: GpuTensor;
  /** [T, H·G]: gets the derivative by the input products. */
  readonly products: GpuTensor;
  /** The derivative by what the layer ends with, [P] and of an LSTM [H]; left out: nothing but the outputs counts. */
  readonly final?: FinalGradient | undefined;
}

/** Derivatives by what a direction of a layer ends with. */
export interface FinalGradient {
  /** [P] */
  readonly hidden: Float32Array<ArrayBuffer>;
  /** [H]; null: it has no cell, or nothing depends on it. */
  readonly cell: Float32Array<ArrayBuffer> | null;
}

/**
 * The derivative of one number by a layer's input products, from its derivative by the layer's outputs: one vector is
 * taken backwards through all steps and gathers what is injected on its way.
 * @throws the signal's reason, between two submits.
 */
export async function sweepLayer(
  gpu: Gpu,
  layer: RecurrentLayer,
  { injected, products, final }: LayerSweep,
  signal?: AbortSignal,
): Promise<void> {
  const { packed, slabs } = layer;
  const positions = sweepOrder(slabs);
  const held = [
    gpu.tensor([1, packed.state], 'vector', 'scratch'),
    gpu.tensor([1, packed.state], 'vector and what is injected', 'scratch'),
    gpu.tensor([1, packed.units], 'carry', 'scratch'),
  ] as const;
  const [vector, joined, carry] = held;
  try {
    if (elements(products.shape) !== slabs.positions * packed.units * gateCount(packed.cell))
      throw new Error('The derivative by the input products has the wrong size.');
    gpu.upload(vector, final?.hidden ?? new Float32Array(packed.state));
    gpu.upload(carry, final?.cell ?? new Float32Array(packed.units));
    for (let done = 0; done < positions.length; done += SWEEP_POSITIONS) {
      const chunk = positions.slice(done, done + SWEEP_POSITIONS);
      await gpu.submit(
        'gradient by the input',
        (recorder) => {
          const own = withGates(recorder, layer, chunk);
          for (const position of chunk) {
            add(recorder, vector, rowsOf(injected, position, position + 1), joined);
            recordBackwardStep(recorder, {
              packed,
              slabs: own,
              position,
              vector: joined,
              next: vector,
              carry,
              inputs: products,
            });
          }
        },
        { signal },
      );
    }
  } finally {
    for (const tensor of held) gpu.release(tensor);
  }
}
