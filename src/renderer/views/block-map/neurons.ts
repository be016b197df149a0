/** Neurons of a block: those that are strongest at a token, and one of them over the text. */
import type { Work } from '../../common/computed.svelte.ts';
import { rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import type { BlockStack } from '../../runs/facets/blocks.ts';
import type { Run } from '../../runs/run.ts';

/** The neurons of a layer. */
export interface NeuronsWish {
  readonly run: Run;
  readonly stack: BlockStack;
  readonly layer: number;
}

/** They are on the GPU, [T, F]. */
export interface Neurons extends NeuronsWish {
  readonly tensor: GpuTensor;
}

/** Computes the layer again; its neurons stay while they are shown. */
export async function neuronsOf(wish: NeuronsWish, { own }: Pick<Work<Neurons>, 'own'>): Promise<Neurons> {
  const { tensor, release } = await wish.stack.mlp(wish.layer).lease();
  own(release);
  return { ...wish, tensor };
}

/** The neurons at a token, [F]. */
export function atToken({ run, tensor }: Neurons, token: number): Promise<Float32Array<ArrayBuffer>> {
  return run.gpu.read(rowsOf(tensor, token, token + 1));
}

/** A neuron over the text, [T]. */
export async function overText({ run, tensor }: Neurons, neuron: number): Promise<Float32Array<ArrayBuffer>> {
  const [T = 0, F = 0] = tensor.shape;
  const target = run.gpu.tensor([T], 'a neuron', 'scratch');
  try {
    await run.gpu.submit('a neuron', (recorder) => {
      for (let t = 0; t < T; t++) {
        const from = { buffer: tensor.buffer, offset: tensor.offset + t * F + neuron, shape: [1] };
        recorder.copy(from, { buffer: target.buffer, offset: target.offset + t, shape: [1] });
      }
    });
    return await run.gpu.read(target);
  } finally {
    run.gpu.release(target);
  }
}

/** A neuron and its activation. */
export interface Strong {
  readonly neuron: number;
  readonly value: number;
}

/** The neurons with the largest activations, whatever their sign, largest first. */
export function strongest(values: ArrayLike<number>, count: number): readonly Strong[] {
  return Array.from(values, (value, neuron) => ({ neuron, value }))
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value) || a.neuron - b.neuron)
    .slice(0, count);
}
