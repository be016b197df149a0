import type { Gpu } from '../../../src/renderer/gpu/gpu.ts';
import type { GpuTensor } from '../../../src/renderer/gpu/tensor.ts';
import {
  GATE_PLANES,
  gateCount,
  interleaveGates,
  packRecurrent,
  transpose,
  type Cell,
  type GateActivation,
  type PackedCell,
} from '../../../src/renderer/kernels/recurrent/recurrent.ts';
import type { ReferenceCell } from '../../../src/renderer/kernels/recurrent/recurrent.reference.ts';

/** Numbers in [−1, 1) that are exact in f32, the same in every run. */
export function randomValues(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return Math.fround(((state >>> 0) / 2 ** 32) * 2 - 1);
  };
}

export interface CellShape {
  readonly cell: Cell;
  readonly gates?: GateActivation;
  readonly inputs: number;
  readonly units: number;
  readonly state?: number;
  /** Weights are uniform in ±scale; √(1/H) if left out. */
  readonly scale?: number;
}

/** A random layer in float64 whose numbers are exact in f32. */
export function randomCell(shape: CellShape, seed: number): ReferenceCell {
  const { cell, inputs, units } = shape;
  const state = shape.state ?? units;
  const next = randomValues(seed);
  const scale = shape.scale ?? 1 / Math.sqrt(units);
  const values = (count: number) => Float64Array.from({ length: count }, () => Math.fround(next() * scale));
  const rows = gateCount(cell) * units;
  return {
    cell,
    gates: shape.gates ?? 'sigmoid',
    inputs,
    units,
    state,
    input: values(rows * inputs),
    recurrent: values(rows * state),
    inputBias: values(rows),
    recurrentBias: values(rows),
    projection: shape.state === undefined ? null : values(state * units),
  };
}

const single = (values: Float64Array) => new Float32Array(values);

/** The layer's weights on the GPU, packed as a model's loader packs them. */
export function packCell(
  gpu: Gpu,
  weights: ReferenceCell,
  /** Units of a block of recurrent weights. */
  most = weights.units,
): { packed: PackedCell; held: GpuTensor[] } {
  const { cell, inputs, units, state, projection } = weights;
  const G = gateCount(cell);
  const isGru = G === 3;
  const bias = isGru
    ? weights.inputBias
    : weights.inputBias.map((value, i) => value + (weights.recurrentBias[i] as number));
  const held: GpuTensor[] = [];
  const put = (values: Float32Array<ArrayBuffer>, shape: number[]) => {
    const tensor = gpu.tensorFrom(values, shape, 'cell', 'weights');
    held.push(tensor);
    return tensor;
  };
  const packed: PackedCell = {
    cell,
    gates: weights.gates,
    units,
    state,
    input: [put(interleaveGates(single(weights.input), G, inputs), [units * G, inputs])],
    inputBias: put(interleaveGates(single(bias), G, 1), [units * G]),
    recurrent: Array.from({ length: Math.ceil(units / most) }, (_, i) => {
      const [first, to] = [i * most, Math.min((i + 1) * most, units)];
      const values = packRecurrent(single(weights.recurrent), G, state, first, to);
      return { first, units: to - first, weights: put(values, [state, (to - first) * G]) };
    }),
    recurrentBias: isGru ? put(interleaveGates(single(weights.recurrentBias), G, 1), [units * G]) : null,
    projection: projection === null ? null : put(transpose(single(projection), units), [units, state]),
  };
  return { packed, held };
}

export const planesOf = (cell: Cell): number => GATE_PLANES[cell].length;
