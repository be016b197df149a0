/** Patterns of a run that keeps q and k: computed when somebody looks, at the resolution that they look at. */
import type { Gpu } from '../gpu/gpu.ts';
import type { Recorder } from '../gpu/recorder.ts';
import { rowsOf, type GpuTensor } from '../gpu/tensor.ts';
import { pool } from '../kernels/analysis/pool.ts';
import { ATTENTION_METRICS, attentionMetrics, metricTokens } from '../kernels/attention/attention-metrics.ts';
import {
  attentionTiles,
  attentionWeights,
  wholePattern,
  type AttendedLayer,
  type Rectangle,
} from '../kernels/attention/attention-weights.ts';
import { headMetrics, type HeadMetrics } from './head-metrics.ts';
import type { HeadSteps } from './head-steps.ts';
import type { AttentionMap, PatternTile, Token } from './run.ts';

export interface StoredAttentionOptions {
  readonly kind: AttentionMap['kind'];
  readonly layers: number;
  readonly heads: number;
  /** Left out: as many as heads. */
  readonly keyHeads?: number;
  readonly queries: readonly Token[];
  readonly keys: readonly Token[];
  readonly causal: boolean;
  /** Name of a layer's activation, e.g. `attentions.3`. */
  readonly activation: (layer: number) => string;
  /**
   * q, k and the row statistics of a layer, kept or computed again; `release` is called once the work that reads them
   * is queued. Rejects with an AbortError after the run was disposed of.
   */
  readonly lease: (layer: number) => Promise<AttendedLayer & { release(): void }>;
  /** The layer's patterns at the resolution of thumbnails, their largest weights, [H, h, w]; null: they were not made. */
  readonly pooled?: (layer: number) => GpuTensor | null;
  /** A query of a head, step by step. Rejects as `lease` does. */
  readonly steps: AttentionMap['steps'];
}

export class StoredAttention implements AttentionMap {
  readonly kind: AttentionMap['kind'];
  readonly layers: number;
  readonly heads: number;
  readonly keyHeads: number;
  readonly queries: readonly Token[];
  readonly keys: readonly Token[];
  readonly causal: boolean;
  readonly #gpu: Gpu;
  readonly #options: StoredAttentionOptions;

  constructor(gpu: Gpu, options: StoredAttentionOptions) {
    this.#gpu = gpu;
    this.#options = options;
    this.kind = options.kind;
    this.layers = options.layers;
    this.heads = options.heads;
    this.keyHeads = options.keyHeads ?? options.heads;
    this.queries = options.queries;
    this.keys = options.keys;
    this.causal = options.causal;
  }

  activation(layer: number): string {
    return this.#options.activation(layer);
  }

  /** @throws RangeError for a tile outside the pattern, or with more cells than weights. */
  async tiles(requests: readonly PatternTile[], target: GPUBuffer, offset = 0): Promise<void> {
    let place = offset;
    for (const { tile, count } of together(requests)) {
      const { layer, head, rows, columns, height, width } = tile;
      const rectangle: Rectangle = { headFrom: head, heads: count, rows, columns };
      const cells: GpuTensor = { buffer: target, offset: place, shape: [count, height, width] };
      place += count * height * width;
      const pooled = this.#pooledFor(tile);
      if (pooled !== null) {
        await this.#gpu.submit('pooled tiles', (recorder) =>
          pool(recorder, {
            source: rowsOf(pooled, head, head + count),
            rectangle: [pooled.shape[1] ?? 1, pooled.shape[2] ?? 1],
            ...{ size: tile, cells: [0, height], target: cells },
          }),
        );
        continue;
      }
      await this.#with(layer, (attended) =>
        this.#gpu.submit('attention tiles', (recorder) =>
          attentionTiles(recorder, attended, rectangle, tile, cells),
        ),
      );
    }
  }

  /** What the pass has pooled already, where a tile's cells are whole cells of it; null: the tile is computed. */
  #pooledFor({ layer, rows, columns, height, width, pool: how }: PatternTile): GpuTensor | null {
    const isWhole = (span: readonly [number, number], count: number) => span[0] === 0 && span[1] === count;
    if (how !== 'max' || !isWhole(rows, this.queries.length) || !isWhole(columns, this.keys.length))
      return null;
    const pooled = this.#options.pooled?.(layer) ?? null;
    const [, down = 0, across = 0] = pooled?.shape ?? [];
    return down % height === 0 && across % width === 0 ? pooled : null;
  }

  async row(layer: number, head: number, query: number): Promise<Float32Array> {
    const rectangle: Rectangle = {
      headFrom: head,
      heads: 1,
      rows: [query, query + 1],
      columns: [0, this.keys.length],
    };
    return this.#read(layer, [this.keys.length], (recorder, attended, target) =>
      attentionWeights(recorder, attended, rectangle, target),
    );
  }

  /** The whole patterns of a layer's heads [from, to) into `target` [heads, T, S]; resolves when it is queued. */
  async pattern(
    layer: number,
    target: GpuTensor,
    [from, to]: readonly [number, number] = [0, this.heads],
  ): Promise<void> {
    await this.#with(layer, (attended) => {
      const rectangle = { ...wholePattern(attended.layer), headFrom: from, heads: to - from };
      return this.#gpu.submit('attention pattern', (recorder) =>
        attentionWeights(recorder, attended, rectangle, target),
      );
    });
  }

  steps(layer: number, head: number, query: number, signal?: AbortSignal): Promise<HeadSteps> {
    return this.#options.steps(layer, head, query, signal);
  }

  async metrics(layer: number): Promise<readonly HeadMetrics[]> {
    const words = metricTokens(this.queries, this.keys);
    const tokens = this.#gpu.tensorFrom(new Float32Array(words.buffer), [words.length], 'tokens', 'scratch');
    try {
      const shape = [this.heads, ATTENTION_METRICS.length];
      const means = await this.#read(layer, shape, (recorder, attended, target) =>
        attentionMetrics(recorder, attended, tokens, target),
      );
      return headMetrics(means);
    } finally {
      this.#gpu.release(tokens);
    }
  }

  async #read(
    layer: number,
    shape: readonly number[],
    record: (recorder: Recorder, attended: AttendedLayer, target: GpuTensor) => void,
  ): Promise<Float32Array> {
    const target = this.#gpu.tensor(shape, 'attention read', 'scratch');
    try {
      await this.#with(layer, (attended) =>
        this.#gpu.submit('attention read', (recorder) => record(recorder, attended, target)),
      );
      return await this.#gpu.read(target);
    } finally {
      this.#gpu.release(target);
    }
  }

  async #with(layer: number, use: (attended: AttendedLayer) => Promise<void>): Promise<void> {
    if (!(layer >= 0 && layer < this.layers)) throw new RangeError(`layer ${layer} of ${this.layers}`);
    const lease = await this.#options.lease(layer);
    try {
      await use(lease);
    } finally {
      lease.release();
    }
  }
}

/** Requests for the same rectangle of heads that follow one another, as one. */
function together(requests: readonly PatternTile[]): { tile: PatternTile; count: number }[] {
  const groups: { tile: PatternTile; count: number }[] = [];
  for (const request of requests) {
    const group = groups.at(-1);
    if (group !== undefined && continues(group.tile, group.count, request)) group.count++;
    else groups.push({ tile: request, count: 1 });
  }
  return groups;
}

function continues(first: PatternTile, count: number, next: PatternTile): boolean {
  return (
    next.layer === first.layer &&
    next.head === first.head + count &&
    next.pool === first.pool &&
    next.height === first.height &&
    next.width === first.width &&
    next.rows.every((row, index) => row === first.rows[index]) &&
    next.columns.every((column, index) => column === first.columns[index])
  );
}
