import {
  gateCount,
  interleaveGates,
  packRecurrent,
  transpose,
  type PackedCell,
} from '../../kernels/recurrent/recurrent.ts';
import {
  cellOf,
  stateOf,
  unitsOf,
  type LayerTensors,
  type StackConfig,
} from '../../../common/configs/recurrent-stack.ts';
import { splitColumns } from './columns.ts';
import type { FloatLoader } from './float-loader.ts';
import { readCell, type CellWeights } from './layouts.ts';

/** A stack on the GPU: layer by layer one direction or two, forward first. */
export type StackWeights = readonly (readonly PackedCell[])[];

/** Loads every layer out of its declared layout and repacks it for the kernels. */
export async function loadStack(
  loader: FloatLoader,
  stack: StackConfig,
  layers: readonly LayerTensors[],
): Promise<StackWeights> {
  const result: PackedCell[][] = [];
  for (const layer of layers) {
    const weights = await readCell(stack, layer, (name) => loader.read(name));
    (result[layer.layer] ??= []).push(await packCell(loader, stack, layer, weights));
  }
  return result;
}

async function packCell(
  loader: FloatLoader,
  stack: StackConfig,
  { layer, reverse, inputs, tensors }: LayerTensors,
  weights: CellWeights,
): Promise<PackedCell> {
  const cell = cellOf(stack);
  const G = gateCount(cell);
  const H = unitsOf(stack, layer);
  const P = stateOf(stack, layer);
  const label = `layer ${layer}${reverse ? ', reverse' : ''}`;
  const put = (values: Float32Array<ArrayBuffer>, ...shape: number[]) => loader.put(values, shape, label);
  const { inputBias, recurrentBias, projection } = weights;
  const isGru = G === 3;
  const bias = isGru ? inputBias : inputBias.map((value, i) => value + (recurrentBias[i] ?? 0));
  return {
    cell,
    gates: stack.recurrent_activation,
    units: H,
    state: P,
    input: await Promise.all(
      splitColumns(weights.input, inputs).map((part, i) => {
        const width = inputs[i] ?? 0;
        const values = interleaveGates(part, G, width);
        const rows = (from: number, to: number) => values.slice(from * width, to * width);
        return loader.computed(label, [H * G, width], rows);
      }),
    ),
    inputBias: put(interleaveGates(bias, G, 1), H * G),
    recurrent: await loader.cut(H, G * P * 4, (from, to) => ({
      ...{ first: from, units: to - from },
      weights: put(packRecurrent(weights.recurrent, G, P, from, to), P, (to - from) * G),
    })),
    recurrentBias: isGru ? put(interleaveGates(recurrentBias, G, 1), H * G) : null,
    // A step reads all of it at once: where it is too large for a buffer it is named.
    projection:
      projection === null
        ? null
        : loader.put(transpose(projection, H), [H, P], tensors['projection']?.name ?? label),
  };
}
