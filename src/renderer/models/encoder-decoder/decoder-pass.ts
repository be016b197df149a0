import type { Gpu } from '../../gpu/gpu.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import type { AttentionLayer } from '../../kernels/attention-layer.ts';
import { attention } from '../../kernels/attention.ts';
import type { AttendedLayer } from '../../kernels/attention-weights.ts';
import type { Holdings } from '../../runs/activations.ts';
import { linear } from '../transformer/blocks.ts';
import { at } from './encoder-pass.ts';
import { RelativePositions } from './relative.ts';
import { embed, plainLayer, recordLayers, selfInput, type Stack } from './stack.ts';

/** Keys and values of the source, [S, H·d] each: the same for every token and every hypothesis. */
export interface SourceKeys {
  readonly k: GpuTensor;
  readonly v: GpuTensor;
}

/** Room for the source's keys and values by layer. */
export function keepSourceKeys(holdings: Holdings, { shape, weights }: Stack, length: number): SourceKeys[] {
  const tensor = (label: string) => holdings.tensor([length, shape.heads * shape.headWidth], label);
  return weights.layers.map((_, l) => ({ k: tensor(`source keys ${l}`), v: tensor(`source values ${l}`) }));
}

/** Fills them. @param states the encoder's last, [S, D] */
export function recordSourceKeys(
  recorder: Recorder,
  { weights }: Stack,
  states: GpuTensor,
  keys: readonly SourceKeys[],
): void {
  for (const [l, { cross }] of weights.layers.entries()) {
    if (cross === null) throw new Error('A decoder layer looks at the source.');
    const { k, v } = at(keys, l);
    linear(recorder, states, cross.key, k, { label: 'source keys' });
    linear(recorder, states, cross.value, v, { label: 'source values' });
  }
}

interface Slabs {
  /** [C, H·d]; null where the memory budget did not reach. */
  readonly q: GpuTensor | null;
  readonly k: GpuTensor;
  readonly v: GpuTensor;
  readonly crossQ: GpuTensor;
}

export interface DecoderPassOptions {
  readonly stack: Stack;
  readonly source: readonly SourceKeys[];
  /** `C`: most tokens. */
  readonly capacity: number;
}

/**
 * The decoder over one text that grows: states, queries and the cache of keys and values in slabs of `C` rows, of which
 * a run over the first T tokens sees T.
 */
export class DecoderPass {
  /** L + 1 of [C, D]. */
  readonly hidden: readonly GpuTensor[];
  readonly #gpu: Gpu;
  readonly #options: DecoderPassOptions;
  readonly #relative: RelativePositions | null;
  readonly #slabs: readonly Slabs[];

  private constructor(
    gpu: Gpu,
    holdings: Holdings,
    options: DecoderPassOptions,
    relative: RelativePositions | null,
  ) {
    this.#gpu = gpu;
    this.#options = options;
    this.#relative = relative;
    const { stack, capacity: C } = options;
    const { heads, headWidth, width } = stack.shape;
    const { layers } = stack.weights;
    const affordable = Math.floor(gpu.activationBudget / (C * heads * headWidth * 4));
    this.hidden = [...layers, null].map((_, l) => holdings.tensor([C, width], `decoder state ${l}`));
    const slab = (label: string) => holdings.tensor([C, heads * headWidth], label);
    this.#slabs = layers.map((_, l) => ({
      q: l < affordable ? slab(`decoder q ${l}`) : null,
      k: slab(`decoder k ${l}`),
      v: slab(`decoder v ${l}`),
      crossQ: slab(`cross-attention q ${l}`),
    }));
  }

  static async create(gpu: Gpu, holdings: Holdings, options: DecoderPassOptions): Promise<DecoderPass> {
    const relative = await RelativePositions.create(gpu, holdings, options.stack, options.capacity);
    return new DecoderPass(gpu, holdings, options, relative);
  }

  /** Tokens [first, first + n), after all before them. @param ids [n] */
  record(recorder: Recorder, ids: GpuTensor, first: number): void {
    const { stack } = this.#options;
    const { heads, headWidth } = stack.shape;
    const [n = 0] = ids.shape;
    const end = first + n;
    const rows = (slab: GpuTensor) => rowsOf(slab, first, end);
    embed(recorder, stack, ids, first, rows(at(this.hidden, 0)));
    const attend = (layer: AttentionLayer, output: GpuTensor) => {
      const statistics = recorder.temp([heads, n, 2], 'row statistics');
      attention(recorder, layer, { output, statistics });
      recorder.free(statistics);
    };
    recordLayers(recorder, stack, {
      states: (l) => rows(at(this.hidden, l)),
      self: (_, l, input, output) => {
        const { self } = at(stack.weights.layers, l);
        const { q: kept, k, v } = at(this.#slabs, l);
        const q = kept === null ? recorder.temp([n, heads * headWidth], 'q') : rows(kept);
        linear(recorder, input, self.query, q, { label: 'q' });
        linear(recorder, input, self.key, rows(k), { label: 'k' });
        linear(recorder, input, self.value, rows(v), { label: 'v' });
        attend(this.#self(l, q, first, end), output);
        if (kept === null) recorder.free(q);
      },
      cross: (_, l, input, output) => {
        const { cross } = at(stack.weights.layers, l);
        if (cross === null) throw new Error('A decoder layer looks at the source.');
        const q = rows(at(this.#slabs, l).crossQ);
        linear(recorder, input, cross.query, q, { label: 'cross-attention q' });
        attend(this.#cross(l, q), output);
      },
    });
  }

  /** How the first T tokens look at each other; the row statistics are computed into `holdings` once. */
  selfViews(holdings: Holdings, T: number): (l: number) => Promise<AttendedLayer & { release(): void }> {
    const known = new Map<number, GpuTensor>();
    return async (l) => {
      const { q: kept } = at(this.#slabs, l);
      const q = kept === null ? await this.#queriesAgain(l, T) : rowsOf(kept, 0, T);
      const release = () => {
        if (kept === null) this.#gpu.release(q);
      };
      try {
        const layer = this.#self(l, q, 0, T);
        return { layer, statistics: await this.#statistics(holdings, known, l, layer), release };
      } catch (error) {
        release();
        throw error;
      }
    };
  }

  /** How the first T tokens look at the source. */
  crossViews(holdings: Holdings, T: number): (l: number) => Promise<AttendedLayer & { release(): void }> {
    const known = new Map<number, GpuTensor>();
    return async (l) => {
      const layer = this.#cross(l, rowsOf(at(this.#slabs, l).crossQ, 0, T));
      const statistics = await this.#statistics(holdings, known, l, layer);
      return { layer, statistics, release: () => undefined };
    };
  }

  async #statistics(
    holdings: Holdings,
    known: Map<number, GpuTensor>,
    l: number,
    layer: AttentionLayer,
  ): Promise<GpuTensor> {
    holdings.assertAlive();
    const found = known.get(l);
    if (found !== undefined) return found;
    const { heads, queries, headWidth } = layer;
    const statistics = holdings.tensor([heads, queries, 2], `row statistics of layer ${l}`);
    await this.#gpu.submit('row statistics', (recorder) => {
      const output = recorder.temp([queries, heads * headWidth], 'attention output');
      attention(recorder, layer, { output, statistics });
    });
    holdings.assertAlive();
    known.set(l, statistics);
    return statistics;
  }

  async #queriesAgain(l: number, T: number): Promise<GpuTensor> {
    const { stack } = this.#options;
    const gpu = this.#gpu;
    const q = gpu.tensor([T, stack.shape.heads * stack.shape.headWidth], 'q again', 'scratch');
    try {
      await gpu.submit('q again', (recorder) => {
        const input = selfInput(recorder, stack, l, rowsOf(at(this.hidden, l), 0, T));
        linear(recorder, input, at(stack.weights.layers, l).self.query, q, { label: 'q' });
      });
    } catch (error) {
      gpu.release(q);
      throw error;
    }
    return q;
  }

  /** Queries of the tokens from `first` on, over all tokens before `end`. */
  #self(l: number, q: GpuTensor, first: number, end: number): AttentionLayer {
    const { k, v } = at(this.#slabs, l);
    return {
      ...plainLayer(this.#options.stack.shape, q, rowsOf(k, 0, end), rowsOf(v, 0, end)),
      causal: true,
      firstQuery: first,
      bias: this.#relative?.from(first) ?? null,
    };
  }

  #cross(l: number, q: GpuTensor): AttentionLayer {
    const { k, v } = at(this.#options.source, l);
    return plainLayer(this.#options.stack.shape, q, k, v);
  }
}
