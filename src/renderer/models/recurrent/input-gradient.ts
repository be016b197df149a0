/** How much a stack's outputs depend on each of its inputs. T positions, P width of a direction's output. */
import type { Gpu } from '../../gpu/gpu.ts';
import type { GpuTensor } from '../../gpu/tensor.ts';
import { matmul } from '../../kernels/matmul/matmul.ts';
import { sweepLayer, type FinalGradient } from '../../kernels/recurrent/sweep.ts';
import type { RecurrentLayer } from '../../kernels/recurrent/recurrent-layer.ts';
import { gateCount } from '../../kernels/recurrent/recurrent.ts';
import { at } from '../at.ts';
import { recordRowNorms } from '../../kernels/rows/row-norms.ts';

export interface InputGradientParts {
  /** ∂y/∂(what each direction of each layer ends with); left out: y depends on the outputs alone. */
  readonly finals?: readonly (readonly FinalGradient[])[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * ‖∂y/∂x_t‖ for each position, y a number with the given derivatives by the outputs of the last layer.
 * @param layers forward first
 * @param injected ∂y/∂(output) by direction, [T, P] each
 * @returns [T], over all parts of the input
 * @throws the signal's reason, between two submits
 */
export async function inputGradient(
  gpu: Gpu,
  layers: readonly (readonly RecurrentLayer[])[],
  injected: readonly Float32Array<ArrayBuffer>[],
  { finals = [], signal }: InputGradientParts = {},
): Promise<Float32Array<ArrayBuffer>> {
  const T = layers[0]?.[0]?.slabs.positions ?? 0;
  const held: GpuTensor[] = [];
  const hold = (shape: readonly number[]) => {
    const tensor = gpu.tensor(shape, 'gradient by the input', 'scratch');
    held.push(tensor);
    return tensor;
  };
  try {
    let above = injected.map((values) => {
      const tensor = hold([T, values.length / T]);
      gpu.upload(tensor, values);
      return tensor;
    });
    for (const [l, directions] of [...layers.entries()].reverse()) {
      const products = directions.map(({ packed }) => hold([T, packed.units * gateCount(packed.cell)]));
      for (const [d, layer] of directions.entries())
        await sweepLayer(
          gpu,
          layer,
          { injected: at(above, d), products: at(products, d), final: finals[l]?.[d] },
          signal,
        );
      const widths = at(directions, 0).packed.input.map(({ shape }) => shape[1] ?? 0);
      const targets = widths.map((width) => directions.map(() => hold([T, width])));
      above = await throughInputs(gpu, directions, products, targets);
    }
    const norms = hold([above.length, T]);
    await gpu.submit('norms', (recorder) => {
      for (const [part, tensor] of above.entries()) recordRowNorms(recorder, tensor, norms, part * T);
    });
    const values = await gpu.read(norms, signal);
    return Float32Array.from({ length: T }, (_, t) =>
      Math.hypot(...above.map((_part, i) => values[i * T + t] ?? 0)),
    );
  } finally {
    for (const tensor of held) gpu.release(tensor);
  }
}

/** Derivatives by the parts of a layer's input: the sum over its directions of δ·W. */
async function throughInputs(
  gpu: Gpu,
  directions: readonly RecurrentLayer[],
  products: readonly GpuTensor[],
  targets: readonly (readonly GpuTensor[])[],
): Promise<GpuTensor[]> {
  await gpu.submit('through the input weights', (recorder) => {
    for (const [part, outs] of targets.entries())
      for (const [d, { packed }] of directions.entries())
        matmul(recorder, {
          a: at(products, d),
          b: at(packed.input, part),
          out: at(outs, d),
          residual: d === 0 ? undefined : at(outs, d - 1),
        });
  });
  return targets.map((outs) => at(outs, outs.length - 1));
}
