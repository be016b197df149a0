import type { Gpu } from '../../gpu/gpu.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import type { GpuTensor } from '../../gpu/tensor.ts';
import type { AttentionLayer } from '../../kernels/attention-layer.ts';
import { attention } from '../../kernels/attention.ts';
import type { AttendedLayer } from '../../kernels/attention-weights.ts';
import type { Holdings } from '../../runs/activations.ts';
import { linear } from '../transformer/blocks.ts';
import { RelativePositions } from './relative.ts';
import { embed, plainLayer, recordLayers, selfInput, type Stack } from './stack.ts';

interface QueriesAndKeys {
  readonly q: GpuTensor;
  readonly k: GpuTensor;
}

/** The encoder over S tokens, with what the views look at. */
export class EncoderPass {
  /** L + 1 of [S, D]. */
  readonly hidden: readonly GpuTensor[];
  readonly #gpu: Gpu;
  readonly #stack: Stack;
  readonly #relative: RelativePositions | null;
  /** [S, H·d] by layer; null where the memory budget did not reach. */
  readonly #kept: readonly (QueriesAndKeys | null)[];
  /** [H, S, 2] by layer. */
  readonly #statistics: readonly GpuTensor[];
  readonly #length: number;

  private constructor(
    gpu: Gpu,
    holdings: Holdings,
    stack: Stack,
    relative: RelativePositions | null,
    length: number,
  ) {
    this.#gpu = gpu;
    this.#stack = stack;
    this.#relative = relative;
    this.#length = length;
    const { heads, headWidth, width } = stack.shape;
    const inner = heads * headWidth;
    const affordable = Math.floor(gpu.activationBudget / (2 * length * inner * 4));
    const { layers } = stack.weights;
    this.hidden = [...layers, null].map((_, l) => holdings.tensor([length, width], `encoder state ${l}`));
    this.#statistics = layers.map((_, l) =>
      holdings.tensor([heads, length, 2], `encoder row statistics ${l}`),
    );
    this.#kept = layers.map((_, l) =>
      l < affordable
        ? {
            q: holdings.tensor([length, inner], `encoder q ${l}`),
            k: holdings.tensor([length, inner], `encoder k ${l}`),
          }
        : null,
    );
  }

  static async create(gpu: Gpu, holdings: Holdings, stack: Stack, length: number): Promise<EncoderPass> {
    const relative = await RelativePositions.create(gpu, holdings, stack, length);
    return new EncoderPass(gpu, holdings, stack, relative, length);
  }

  /** @param ids [S] */
  record(recorder: Recorder, ids: GpuTensor): void {
    const { shape, weights } = this.#stack;
    const inner = shape.heads * shape.headWidth;
    embed(recorder, this.#stack, ids, 0, at(this.hidden, 0));
    recordLayers(recorder, this.#stack, {
      states: (l) => at(this.hidden, l),
      self: (_, l, input, output) => {
        const layer = at(weights.layers, l);
        const kept = at(this.#kept, l);
        const temporary = (label: string) => recorder.temp([this.#length, inner], label);
        const { q, k } = kept ?? { q: temporary('q'), k: temporary('k') };
        const v = temporary('v');
        linear(recorder, input, layer.self.query, q, { label: 'q' });
        linear(recorder, input, layer.self.key, k, { label: 'k' });
        linear(recorder, input, layer.self.value, v, { label: 'v' });
        attention(recorder, this.#layer(q, k, v), { output, statistics: at(this.#statistics, l) });
        for (const tensor of kept === null ? [q, k, v] : [v]) recorder.free(tensor);
      },
      cross: () => undefined,
    });
  }

  /** A layer's q and k, kept or computed again from the state before it. */
  async lease(l: number): Promise<AttendedLayer & { release(): void }> {
    const statistics = at(this.#statistics, l);
    const kept = at(this.#kept, l);
    if (kept !== null)
      return { layer: this.#layer(kept.q, kept.k, kept.k), statistics, release: () => undefined };
    const gpu = this.#gpu;
    const { shape, weights } = this.#stack;
    const size = [this.#length, shape.heads * shape.headWidth];
    const q = gpu.tensor(size, 'q again', 'scratch');
    const k = gpu.tensor(size, 'k again', 'scratch');
    const release = () => {
      gpu.release(q);
      gpu.release(k);
    };
    try {
      await gpu.submit('q and k again', (recorder) => {
        const input = selfInput(recorder, this.#stack, l, at(this.hidden, l));
        const { self } = at(weights.layers, l);
        linear(recorder, input, self.query, q, { label: 'q' });
        linear(recorder, input, self.key, k, { label: 'k' });
      });
    } catch (error) {
      release();
      throw error;
    }
    return { layer: this.#layer(q, k, k), statistics, release };
  }

  #layer(q: GpuTensor, k: GpuTensor, v: GpuTensor): AttentionLayer {
    return { ...plainLayer(this.#stack.shape, q, k, v), bias: this.#relative?.from(0) ?? null };
  }
}

export function at<Value>(list: readonly Value[], index: number): Value {
  const value = list[index];
  if (value === undefined) throw new RangeError(`Index ${index} of ${list.length}.`);
  return value;
}
