import type { Gpu } from '../../gpu/gpu.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { reshape, rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import { attention } from '../../kernels/attention.ts';
import { embedding } from '../../kernels/embedding.ts';
import type { Holdings } from '../../runs/activations.ts';
import { linear } from '../transformer/blocks.ts';
import type { DecoderPassOptions } from './decoder-pass.ts';
import { at } from './encoder-pass.ts';
import { RelativePositions } from './relative.ts';
import { embed, plainLayer, recordLayers } from './stack.ts';

/** [C, R, H·d]: row t·R + r is position t of hypothesis r. */
interface Cache {
  readonly k: GpuTensor;
  readonly v: GpuTensor;
}

/**
 * The decoder over R hypotheses of one source, a position at a time: only the cache is kept. All hypotheses go through
 * one attention, as if each had heads of its own.
 */
export class BeamPass {
  /** [R, D]: the states after the last layer. */
  readonly last: GpuTensor;
  readonly #gpu: Gpu;
  readonly #options: DecoderPassOptions;
  readonly #rows: number;
  readonly #relative: RelativePositions | null;
  /** By layer; the second one is where the first is put in another order. */
  readonly #caches: [Cache, Cache][];
  readonly #ids: GpuTensor;
  /** Rows of a cache in another order, [C·R]. */
  readonly #order: GpuTensor;

  private constructor(
    gpu: Gpu,
    holdings: Holdings,
    options: DecoderPassOptions,
    rows: number,
    relative: RelativePositions | null,
  ) {
    this.#gpu = gpu;
    this.#options = options;
    this.#rows = rows;
    this.#relative = relative;
    const { stack, capacity: C } = options;
    const { heads, headWidth, width } = stack.shape;
    const slab = (label: string) => holdings.tensor([C * rows, heads * headWidth], label);
    const cache = () => ({ k: slab('keys of hypotheses'), v: slab('values of hypotheses') });
    this.#caches = stack.weights.layers.map(() => [cache(), cache()]);
    this.last = holdings.tensor([rows, width], 'states of hypotheses');
    this.#ids = holdings.tensor([rows], 'tokens of hypotheses');
    this.#order = holdings.tensor([C * rows], 'order of hypotheses');
  }

  static async create(
    gpu: Gpu,
    holdings: Holdings,
    options: DecoderPassOptions,
    rows: number,
  ): Promise<BeamPass> {
    const relative = await RelativePositions.create(gpu, holdings, options.stack, options.capacity, rows);
    return new BeamPass(gpu, holdings, options, rows, relative);
  }

  /**
   * Uploads what the step at position t reads; call it before the step is submitted.
   * @param ids [R]
   * @param parents the row that each row goes on from, [R]
   */
  prepare(t: number, ids: readonly number[], parents: readonly number[]): void {
    this.#gpu.upload(this.#ids, Uint32Array.from(ids));
    const R = this.#rows;
    const order = Uint32Array.from({ length: t * R }, (_, i) => i - (i % R) + (parents[i % R] ?? 0));
    if (t > 0) this.#gpu.upload({ ...this.#order, shape: [t * R] }, order);
  }

  /** @param reorders false when every row goes on from itself */
  recordStep(recorder: Recorder, t: number, reorders: boolean): void {
    const { stack } = this.#options;
    const { shape, weights } = stack;
    const R = this.#rows;
    if (reorders && t > 0) this.#reorder(recorder, t);
    const states = recorder.temp([R, shape.width], 'states of hypotheses');
    const others = recorder.temp([R, shape.width], 'states of hypotheses');
    this.#embed(recorder, t, states);
    recordLayers(recorder, stack, {
      states: (l) => (l === weights.layers.length ? this.last : l % 2 === 0 ? states : others),
      self: (_, l, input, output) => {
        const { self } = at(weights.layers, l);
        const [{ k, v }] = at(this.#caches, l);
        const q = recorder.temp(output.shape, 'q');
        linear(recorder, input, self.query, q, { label: 'q' });
        linear(recorder, input, self.key, rowsOf(k, t * R, (t + 1) * R), { label: 'k' });
        linear(recorder, input, self.value, rowsOf(v, t * R, (t + 1) * R), { label: 'v' });
        this.#attend(recorder, q, k, v, t, output);
        recorder.free(q);
      },
      cross: (_, l, input, output) => {
        const { cross } = at(weights.layers, l);
        if (cross === null) throw new Error('A decoder layer looks at the source.');
        const { k, v } = at(this.#options.source, l);
        const q = recorder.temp(output.shape, 'q');
        linear(recorder, input, cross.query, q, { label: 'cross-attention q' });
        const statistics = recorder.temp([shape.heads, R, 2], 'row statistics');
        attention(recorder, plainLayer(shape, q, k, v), { output, statistics });
        recorder.free(statistics);
        recorder.free(q);
      },
    });
    recorder.free(states);
    recorder.free(others);
  }

  /** Every hypothesis stands at position t. */
  #embed(recorder: Recorder, t: number, out: GpuTensor): void {
    for (let row = 0; row < this.#rows; row++)
      embed(recorder, this.#options.stack, rowsOf(this.#ids, row, row + 1), t, rowsOf(out, row, row + 1));
  }

  #attend(recorder: Recorder, q: GpuTensor, k: GpuTensor, v: GpuTensor, t: number, output: GpuTensor): void {
    const { shape } = this.#options.stack;
    const R = this.#rows;
    const width = R * shape.heads * shape.headWidth;
    const positions = (tensor: GpuTensor) => reshape(rowsOf(tensor, 0, (t + 1) * R), [t + 1, width]);
    const layer = plainLayer(
      { ...shape, heads: R * shape.heads },
      reshape(q, [1, width]),
      positions(k),
      positions(v),
    );
    const statistics = recorder.temp([R * shape.heads, 1, 2], 'row statistics');
    attention(
      recorder,
      { ...layer, bias: this.#relative?.from(t) ?? null },
      { output: reshape(output, [1, width]), statistics },
    );
    recorder.free(statistics);
  }

  /** Each row gets the past of its parent. */
  #reorder(recorder: Recorder, t: number): void {
    const count = t * this.#rows;
    const ids = { ...this.#order, shape: [count] };
    for (const caches of this.#caches) {
      const [now, other] = caches;
      for (const part of ['k', 'v'] as const)
        embedding(recorder, {
          ids,
          table: rowsOf(now[part], 0, count),
          out: rowsOf(other[part], 0, count),
        });
      caches.reverse();
    }
  }
}
