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
/** Positions in one submit, between which a sweep can be stopped. */
const POSITIONS = 16;

export interface GradientOptions {
  /** Position of the state whose derivative is taken; the last one that the layer reads if left out. */
  readonly target?: number;
  /** Rows that are taken back: left out, the whole identity up to a state of 512 and 64 random probes above. */
  readonly probes?: number;
  /** Also the spectral norm; only with the whole identity. */
  readonly spectral?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Norms of ∂h_T/∂h_t for every t; 0 where h_T does not depend on h_t. */
export interface GradientThroughTime {
  /** Frobenius norm divided by √P, [T]; P is the width of the hidden state. */
  readonly frobenius: Float32Array<ArrayBuffer>;
  /** The same of ∂h_T/∂c_t of an LSTM, with h_t held fixed. */
  readonly cell: Float32Array<ArrayBuffer> | null;
  /** Largest singular value, [T]; null when it was not asked for, or with probes. */
  readonly spectral: Float32Array<ArrayBuffer> | null;
  /** One standard error of `frobenius`, as a fraction of it, [T]; null: exact. */
  readonly error: Float32Array<ArrayBuffer> | null;
}

/**
 * ‖∂h_T/∂h_t‖ within one direction of one layer, for one sequence: k vectors are taken backwards through every step.
 * With the identity they are the rows of the Jacobian; with random signs E‖vᵀJ‖² is its squared Frobenius norm, and
 * the spread of the k values tells the error. Norms below about 10⁻³⁷ become 0.
 * @throws the signal's reason, between two submits.
 */
export async function gradientThroughTime(
  gpu: Gpu,
  layer: RecurrentLayer,
  options: GradientOptions = {},
): Promise<GradientThroughTime> {
  const { packed, slabs } = layer;
  const { state: P, units: H, cell } = packed;
  const T = slabs.positions;
  const exact = options.probes === undefined && P <= EXACT_STATE;
  const k = exact ? P : (options.probes ?? PROBES);
  // Σ norms² is ‖J‖² with the identity, and k times its estimate with signs.
  const count = exact ? P : k * P;
  const spectral = exact && options.spectral === true;
  const rounds = bidiagonalRounds(P);
  const isLstm = cell === 'lstm';
  const positions = sweepOrder(slabs, options.target);
  const result = {
    frobenius: new Float32Array(T),
    cell: isLstm ? new Float32Array(T) : null,
    spectral: spectral ? new Float32Array(T) : null,
    error: exact ? null : new Float32Array(T),
  };
  const held: GpuTensor[] = [];
  const hold = (shape: number[], label: string) => {
    const tensor = gpu.tensor(shape, label, 'scratch');
    held.push(tensor);
    return tensor;
  };
  try {
    let vector = hold([k, P], 'vectors');
    let next = hold([k, P], 'vectors before the step');
    const carry = hold([k, H], 'carry');
    const norms = hold([POSITIONS, 2, k], 'norms');
    const right = spectral ? hold([rounds, P], 'right vectors') : null;
    const bands = spectral ? hold([POSITIONS, 2, rounds], 'bidiagonals') : null;
    gpu.upload(vector, startVectors(k, P, exact));
    gpu.upload(carry, new Float32Array(k * H));
    for (let done = 0; done < positions.length; done += POSITIONS) {
      options.signal?.throwIfAborted();
      const chunk = positions.slice(done, done + POSITIONS);
      await gpu.submit(
        'gradient through time',
        (recorder) => {
          const own = withGates(recorder, layer, chunk);
          for (const [i, position] of chunk.entries()) {
            recordRowNorms(recorder, vector, norms, i * 2 * k);
            if (isLstm) recordRowNorms(recorder, carry, norms, (i * 2 + 1) * k);
            if (bands !== null && right !== null)
              recordBidiagonal(recorder, vector, right, bands, i * 2 * rounds);
            recordBackwardStep(recorder, { packed, slabs: own, position, vector, next, carry });
            [vector, next] = [next, vector];
          }
        },
        { signal: options.signal },
      );
      const rows = await gpu.read(norms, options.signal);
      const band = bands === null ? null : await gpu.read(bands, options.signal);
      for (const [i, t] of chunk.entries()) {
        const { root, error } = rootMeanSquare(rows.subarray(i * 2 * k, (i * 2 + 1) * k), count);
        result.frobenius[t] = root;
        if (result.error !== null) result.error[t] = error;
        if (result.cell !== null)
          result.cell[t] = rootMeanSquare(rows.subarray((i * 2 + 1) * k, (i + 1) * 2 * k), count).root;
        if (result.spectral !== null && band !== null) {
          const at = i * 2 * rounds;
          result.spectral[t] = largestSingularValue(
            band.subarray(at, at + rounds),
            band.subarray(at + rounds, at + 2 * rounds),
          );
        }
      }
      options.onProgress?.(done + chunk.length, positions.length);
      // What has vanished stays 0 for everything before it.
      const end = chunk[chunk.length - 1] ?? 0;
      if (result.frobenius[end] === 0 && (result.cell?.[end] ?? 0) === 0) break;
    }
    options.onProgress?.(positions.length, positions.length);
    return result;
  } finally {
    for (const tensor of held) gpu.release(tensor);
  }
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
function withGates(recorder: Recorder, layer: RecurrentLayer, positions: readonly number[]): RecurrentSlabs {
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
}

/**
 * The derivative of one number by a layer's input products, from its derivative by the layer's outputs: one vector is
 * taken backwards through all steps and gathers what is injected on its way.
 * @throws the signal's reason, between two submits.
 */
export async function sweepLayer(
  gpu: Gpu,
  layer: RecurrentLayer,
  { injected, products }: LayerSweep,
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
    gpu.upload(vector, new Float32Array(packed.state));
    gpu.upload(carry, new Float32Array(packed.units));
    for (let done = 0; done < positions.length; done += 4 * POSITIONS) {
      const chunk = positions.slice(done, done + 4 * POSITIONS);
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
