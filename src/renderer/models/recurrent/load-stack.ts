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
    // A step reads all of it at once: it can't be cut, and where it is too large it is named.
    recurrent: loader.put(
      packRecurrent(weights.recurrent, G, P),
      [P, H * G],
      recurrentName(tensors) ?? label,
    ),
    recurrentBias: isGru ? put(interleaveGates(recurrentBias, G, 1), H * G) : null,
    projection: projection === null ? null : put(transpose(projection, H), H, P),
  };
}

/** The tensor that holds what a state is multiplied by, in the words of any layout. */
function recurrentName(tensors: LayerTensors['tensors']): string | undefined {
  return (tensors['recurrent'] ?? tensors['recurrentKernel'] ?? tensors['R'])?.name;
}
