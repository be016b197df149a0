import type { Gpu } from '../../gpu/gpu.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { reshape, rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import { pool } from '../../kernels/analysis/pool.ts';
import { referenceMetrics as weightMetrics } from '../../kernels/attention/attention-metrics.reference.ts';
import type { Holdings } from '../../runs/activations.ts';
import type { DecoderPass } from './decoder-pass.ts';
import type { Encoded } from './encode.ts';
import { headMetrics, type HeadMetrics } from '../../runs/head-metrics.ts';
import type { HeadSteps } from '../../runs/head-steps.ts';
import type { AttentionMap, PatternTile, Token } from '../../runs/run.ts';
import { activationName } from '../../runs/activation-names.ts';

/** What a decoder's attention left behind. T steps, S source tokens, A width of the scores' keys, K width of the source's states. */
interface AlignmentParts {
  readonly rule: HeadSteps['score'];
  readonly formula: string | null;
  /** [T, S] each. */
  readonly weights: GpuTensor;
  readonly scores: GpuTensor;
  /** [T, K] */
  readonly context: GpuTensor;
  /** [S, A] */
  readonly scored: GpuTensor;
  /** [S, K] */
  readonly states: GpuTensor;
  /** Bits of 0 for pads, [S]. */
  readonly mask: GpuTensor;
  /** Records what a step asked with, [A]. */
  readonly recordQuery: (recorder: Recorder, step: number, target: GpuTensor) => void;
  /** The weights of a step were set by hand. */
  readonly isForced: (step: number) => boolean;
}

/** The attention of a recurrent decoder: one layer, one head, weights that the run holds. */
class Alignment implements AttentionMap {
  readonly kind = 'cross';
  readonly layers = 1;
  readonly heads = 1;
  readonly keyHeads = 1;
  readonly causal = false;
  readonly queries: readonly Token[];
  readonly keys: readonly Token[];
  readonly #gpu: Gpu;
  readonly #holdings: Holdings;
  readonly #parts: AlignmentParts;
  readonly #weights: GpuTensor;

  constructor(
    gpu: Gpu,
    holdings: Holdings,
    parts: AlignmentParts,
    queries: readonly Token[],
    keys: readonly Token[],
  ) {
    this.#gpu = gpu;
    this.#holdings = holdings;
    this.#parts = parts;
    this.#weights = parts.weights;
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

  async steps(layer: number, head: number, query: number, signal?: AbortSignal): Promise<HeadSteps> {
    this.#holdings.assertAlive();
    if (layer !== 0 || head !== 0 || !(query >= 0 && query < this.queries.length))
      throw new RangeError(`Query ${query} of head ${head} in layer ${layer}.`);
    const { rule, formula, weights, scores, context, scored, states, mask, recordQuery, isForced } =
      this.#parts;
    const asked = this.#gpu.tensor([scored.shape[1] ?? 0], 'query', 'scratch');
    const read = (tensor: GpuTensor) => this.#gpu.read(tensor, signal);
    const row = (tensor: GpuTensor) => read(rowsOf(tensor, query, query + 1));
    try {
      await this.#gpu.submit('query', (recorder) => recordQuery(recorder, query, asked), { signal });
      const own = await row(context);
      const visible = Uint8Array.from(await read(mask), (bits) => (bits === 0 ? 0 : 1));
      return {
        ...{
          score: rule,
          ...(formula !== null && { formula }),
          query: await read(asked),
          keys: await read(scored),
          values: await read(states),
        },
        ...{ keyHead: 0, turned: false, scale: 1, softCap: null, bias: null, visible, window: null },
        scores: (await row(scores)).map((score, s) => (visible[s] === 0 ? -Infinity : score)),
        ...{ weights: await row(weights), byHand: isForced(query), context: own },
        ...{ change: null, read: own, written: null },
      };
    } finally {
      this.#gpu.release(asked);
    }
  }

  /** From the weights, which are few. */
  async metrics(): Promise<readonly HeadMetrics[]> {
    this.#holdings.assertAlive();
    return headMetrics(weightMetrics(await this.#gpu.read(this.#weights), this.queries, this.keys));
  }
}

/** The attention of a decoder; none without. @param tokens that were written and read */
export function alignmentOf(
  gpu: Gpu,
  holdings: Holdings,
  [encoded, pass]: readonly [Encoded, DecoderPass],
  [targets, source]: readonly [readonly Token[], readonly Token[]],
): Alignment[] {
  const { attention } = pass;
  if (attention === null) return [];
  const T = targets.length;
  const rows = (tensor: GpuTensor) => {
    const width = tensor.shape.at(-1) ?? 1;
    return reshape(rowsOf(tensor, 0, T), [T, width]);
  };
  const parts = {
    ...{
      rule: pass.scoreRule,
      formula: pass.scoreFormula,
      weights: rows(attention.weights),
      scores: rows(attention.scores),
    },
    ...{ context: rows(attention.context), scored: encoded.scored, states: encoded.keys, mask: encoded.mask },
    recordQuery: (recorder: Recorder, step: number, target: GpuTensor) =>
      pass.recordQuery(recorder, step, target),
    isForced: (step: number) => pass.isForced(step),
  };
  return [new Alignment(gpu, holdings, parts, targets, source)];
}
