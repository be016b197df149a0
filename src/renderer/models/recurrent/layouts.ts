import { transpose } from '../../kernels/recurrent/recurrent.ts';
import {
  directionsOf,
  gatesOf,
  unitsOf,
  type LayerTensors,
  type StackConfig,
} from '../../../common/configs/recurrent-stack.ts';

/** Weights of one direction of one layer in PyTorch's layout: gates i, f, g, o or r, z, n; rows [G·H]. */
export interface CellWeights {
  /** [G·H, I] */
  readonly input: Float32Array;
  /** [G·H, P] */
  readonly recurrent: Float32Array;
  /** [G·H] each; zeros without biases. */
  readonly inputBias: Float32Array;
  readonly recurrentBias: Float32Array;
  /** [P, H] */
  readonly projection: Float32Array | null;
}

/** Values of a tensor by its documented name. */
export type Read = (name: string) => Promise<Float32Array>;

/** For each of PyTorch's gates the place that it has in the other framework. */
const ORDERS = {
  /** i, f, c, o and z, r, h */
  keras: { 1: [0], 3: [1, 0, 2], 4: [0, 1, 2, 3] },
  /** i, o, f, c and z, r, h */
  onnx: { 1: [0], 3: [1, 0, 2], 4: [0, 2, 3, 1] },
} as const;

/** One direction of one layer out of the declared layout. */
export async function readCell(stack: StackConfig, layer: LayerTensors, read: Read): Promise<CellWeights> {
  const G = gatesOf(stack);
  const rows = G * unitsOf(stack, layer.layer);
  const { tensors } = layer;
  const get = async (role: string) => {
    const tensor = tensors[role];
    return tensor === undefined ? null : read(tensor.name);
  };
  const must = async (role: string) => (await get(role)) ?? new Float32Array(0);
  const none = () => new Float32Array(rows);
  switch (stack.layout) {
    case 'pytorch':
      return {
        input: await must('input'),
        recurrent: await must('recurrent'),
        inputBias: (await get('inputBias')) ?? none(),
        recurrentBias: (await get('recurrentBias')) ?? none(),
        projection: await get('projection'),
      };
    case 'keras': {
      const order = ORDERS.keras[G];
      const bias = await get('kernelBias');
      return {
        input: reorder(transpose(await must('kernel'), rows), order),
        recurrent: reorder(transpose(await must('recurrentKernel'), rows), order),
        inputBias: bias === null ? none() : reorder(bias.subarray(0, rows), order),
        // The second row of a GRU that resets after the product; every other cell has one bias.
        recurrentBias: bias === null || bias.length === rows ? none() : reorder(bias.subarray(rows), order),
        projection: null,
      };
    }
    case 'onnx': {
      const order = ORDERS.onnx[G];
      const D = directionsOf(stack, layer.layer);
      const own = (values: Float32Array) => {
        const size = values.length / D;
        return values.subarray(layer.reverse ? size : 0, layer.reverse ? 2 * size : size);
      };
      const bias = await get('B');
      return {
        input: reorder(own(await must('W')), order),
        recurrent: reorder(own(await must('R')), order),
        inputBias: bias === null ? none() : reorder(own(bias).subarray(0, rows), order),
        recurrentBias: bias === null ? none() : reorder(own(bias).subarray(rows), order),
        projection: null,
      };
    }
  }
}

/** Blocks of rows in another order: block g of the result is block `order[g]`. */
function reorder(values: Float32Array, order: readonly number[]): Float32Array {
  const size = values.length / order.length;
  const result = new Float32Array(values.length);
  for (const [g, from] of order.entries())
    result.set(values.subarray(from * size, (from + 1) * size), g * size);
  return result;
}
