import type { Gpu } from '../../gpu/gpu.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { reshape, rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import { attention } from '../../kernels/attention/attention.ts';
import { embedding } from '../../kernels/rows/embedding.ts';
import type { Holdings } from '../../runs/activations.ts';
import { linear, norm } from '../transformer/blocks.ts';
import { crossLayer, type SourceKeys } from '../transformer/cross-attention.ts';
import { at } from '../at.ts';
import { RelativeBias } from '../transformer/relative-positions.ts';
import { attentionLayer, project, type Qkv, type SelfAttention } from '../transformer/self-attention.ts';
import { embed, plainTokens } from '../transformer/embed.ts';
import { recordLayer, type Stack } from '../transformer/stack.ts';
import { crossOf } from './encoder-decoder.ts';

/** [C, R, H·d]: row t·R + r is position t of hypothesis r. */
interface Cache {
  readonly k: GpuTensor;
  readonly v: GpuTensor;
}

export interface BeamPassOptions {
  readonly stack: Stack;
  readonly source: readonly SourceKeys[];
  /** `C`: most tokens. */
  readonly capacity: number;
  /** `R`: hypotheses. */
  readonly rows: number;
}

/**
 * The decoder over R hypotheses of one source, a position at a time: only the cache is kept. All hypotheses go through
 * one attention, as if each had heads of its own.
 */
export class BeamPass {
  /** [R, D]: the states after the last layer. */
  readonly last: GpuTensor;
  readonly #gpu: Gpu;
  readonly #options: BeamPassOptions;
  readonly #relative: RelativeBias | null;
  /** By layer; the second one is where the first is put in another order. */
  readonly #caches: [Cache, Cache][];
  readonly #ids: GpuTensor;
  /** Rows of a cache in another order, [C·R]. */
  readonly #order: GpuTensor;

  constructor(gpu: Gpu, holdings: Holdings, options: BeamPassOptions) {
    this.#gpu = gpu;
    this.#options = options;
    const { stack, capacity: C, rows } = options;
    this.#relative =
      stack.relative === undefined ? null : new RelativeBias(gpu, holdings, stack.relative, C, rows);
    this.#caches = stack.layers.map(({ attention: { heads, headWidth } }) => {
      const slab = (label: string) => holdings.tensor([C * rows, heads * headWidth], label);
      const cache = () => ({ k: slab('keys of hypotheses'), v: slab('values of hypotheses') });
      return [cache(), cache()];
    });
    this.last = holdings.tensor([rows, stack.width], 'states of hypotheses');
    this.#ids = holdings.tensor([rows], 'tokens of hypotheses');
    this.#order = holdings.tensor([C * rows], 'order of hypotheses');
  }

  /**
   * Uploads what the step at position t reads; call it before the step is submitted.
   * @param ids [R]
   * @param parents the row that each row goes on from, [R]
   */
  prepare(t: number, ids: readonly number[], parents: readonly number[]): void {
    this.#gpu.upload(this.#ids, Uint32Array.from(ids));
    const R = this.#options.rows;
    const order = Uint32Array.from({ length: t * R }, (_, i) => i - (i % R) + (parents[i % R] ?? 0));
    if (t > 0) this.#gpu.upload({ ...this.#order, shape: [t * R] }, order);
  }

  /** @param reorders false when every row goes on from itself */
  recordStep(recorder: Recorder, t: number, reorders: boolean): void {
    const { stack, source, rows: R } = this.#options;
    this.#relative?.record(recorder);
    if (reorders && t > 0) this.#reorder(recorder, t);
    let states = recorder.temp([R, stack.width], 'states of hypotheses');
    let next = recorder.temp([R, stack.width], 'states of hypotheses');
    // Every hypothesis stands at position t.
    for (let row = 0; row < R; row++) {
      const ids = rowsOf(this.#ids, row, row + 1);
      embed(recorder, stack.embedding, plainTokens(ids, t), rowsOf(states, row, row + 1));
    }
    for (const [l, layer] of stack.layers.entries()) {
      recordLayer(recorder, layer, states, next, {
        self: (input, mixed) => this.#attend(recorder, l, layer.attention, { input, mixed, t }),
        cross: (input, mixed) => {
          const own = crossOf(stack, l);
          const q = recorder.temp(mixed.shape, 'cross-attention q');
          linear(recorder, input, own.query, q, { label: 'cross-attention q' });
          const statistics = recorder.temp([own.heads, R, 2], 'row statistics');
          attention(recorder, crossLayer(own, q, at(source, l)), { output: mixed, statistics });
          recorder.free(statistics);
          recorder.free(q);
        },
      });
      [states, next] = [next, states];
    }
    if (stack.last === null) recorder.copy(states, this.last);
    else norm(recorder, states, stack.last, this.last);
    recorder.free(states);
    recorder.free(next);
  }

  #attend(
    recorder: Recorder,
    l: number,
    own: SelfAttention,
    { input, mixed, t }: { input: GpuTensor; mixed: GpuTensor; t: number },
  ): void {
    const R = this.#options.rows;
    const [{ k, v }] = at(this.#caches, l);
    const now = (slab: GpuTensor) => rowsOf(slab, t * R, (t + 1) * R);
    const q = recorder.temp(mixed.shape, 'q');
    project(recorder, own, input, { kind: 'separate', q, k: now(k), v: now(v) }, null, t);
    // Heads of all hypotheses side by side: one row a position.
    const heads = R * own.heads;
    const wide = { ...own, heads, keyHeads: heads };
    const side = (tensor: GpuTensor, positions: number) =>
      reshape(rowsOf(tensor, 0, positions * R), [positions, heads * own.headWidth]);
    const queries: Qkv = { kind: 'separate', q: side(q, 1), k: side(k, 1), v: side(v, 1) };
    const keys: Qkv = { ...queries, k: side(k, t + 1), v: side(v, t + 1) };
    const layer = attentionLayer(wide, queries, keys, { causal: true, first: t });
    const statistics = recorder.temp([heads, 1, 2], 'row statistics');
    attention(
      recorder,
      { ...layer, bias: this.#relative?.from(t) ?? null },
      { output: side(mixed, 1), statistics },
    );
    recorder.free(statistics);
    recorder.free(q);
  }

  /** Each row gets the past of its parent. */
  #reorder(recorder: Recorder, t: number): void {
    const count = t * this.#options.rows;
    const ids = { ...this.#order, shape: [count] };
    for (const caches of this.#caches) {
      const [now, other] = caches;
      for (const part of ['k', 'v'] as const)
        embedding(recorder, { ids, table: rowsOf(now[part], 0, count), out: rowsOf(other[part], 0, count) });
      caches.reverse();
    }
  }
}
