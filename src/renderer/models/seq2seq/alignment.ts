import type { Gpu } from '../../gpu/gpu.ts';
import { reshape, rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import { pool } from '../../kernels/analysis/pool.ts';
import { referenceMetrics as weightMetrics } from '../../kernels/attention/attention-metrics.reference.ts';
import type { Holdings } from '../../runs/activations.ts';
import { headMetrics, type HeadMetrics } from '../../runs/head-metrics.ts';
import type { AttentionMap, PatternTile, Token } from '../../runs/run.ts';
import { activationName } from '../../runs/activation-names.ts';

/** The attention of a recurrent decoder: one layer, one head, weights that the run holds. */
export class Alignment implements AttentionMap {
  readonly kind = 'cross';
  readonly layers = 1;
  readonly heads = 1;
  readonly keyHeads = 1;
  readonly causal = false;
  readonly queries: readonly Token[];
  readonly keys: readonly Token[];
  readonly #gpu: Gpu;
  readonly #holdings: Holdings;
  readonly #weights: GpuTensor;

  /** @param weights [T, S] */
  constructor(
    gpu: Gpu,
    holdings: Holdings,
    weights: GpuTensor,
    queries: readonly Token[],
    keys: readonly Token[],
  ) {
    this.#gpu = gpu;
    this.#holdings = holdings;
    this.#weights = weights;
    this.queries = queries;
    this.keys = keys;
  }

  activation(): string {
    return activationName({ kind: 'cross_attention', layer: 0 });
  }

  /** @throws RangeError for a tile outside the pattern. */
  async tiles(requests: readonly PatternTile[], target: GPUBuffer, offset = 0): Promise<void> {
    this.#holdings.assertAlive();
    const [T = 0, S = 0] = this.#weights.shape;
    await this.#gpu.submit('alignment tiles', (recorder) => {
      let place = offset;
      for (const { layer, head, rows, columns, height, width, pool: how } of requests) {
        const [top, bottom] = rows;
        const [left, right] = columns;
        const isInside = top >= 0 && top < bottom && bottom <= T && left >= 0 && left < right && right <= S;
        if (layer !== 0 || head !== 0 || !isInside)
          throw new RangeError(`No weights at rows ${rows.join()} and columns ${columns.join()}.`);
        const span = [bottom - top, right - left] as const;
        const wanted = rowsOf(this.#weights, top, bottom);
        let source = reshape(wanted, [1, span[0], S]);
        if (span[1] < S) {
          source = recorder.temp([1, ...span], 'columns of the alignment');
          for (let row = 0; row < span[0]; row++)
            recorder.copy(
              { buffer: wanted.buffer, offset: wanted.offset + row * S + left, shape: [span[1]] },
              { buffer: source.buffer, offset: source.offset + row * span[1], shape: [span[1]] },
            );
        }
        pool(recorder, {
          source,
          rectangle: span,
          size: { height, width, pool: how },
          cells: [0, height],
          target: { buffer: target, offset: place, shape: [1, height, width] },
        });
        place += height * width;
      }
    });
  }

  async row(_layer: number, _head: number, query: number): Promise<Float32Array> {
    this.#holdings.assertAlive();
    return this.#gpu.read(rowsOf(this.#weights, query, query + 1));
  }

  /** From the weights, which are few. */
  async metrics(): Promise<readonly HeadMetrics[]> {
    this.#holdings.assertAlive();
    return headMetrics(weightMetrics(await this.#gpu.read(this.#weights), this.queries, this.keys));
  }
}
