/** What a model would answer after every layer, read from the GPU in bounded passes. */
import type { Gpu } from '../gpu/gpu.ts';
import { rowsOf, type GpuTensor } from '../gpu/tensor.ts';
import { divergence } from '../kernels/analysis/divergence.ts';
import { TOKEN_SCORES, tokenScore } from '../kernels/analysis/token-score.ts';
import { MOST_K, topK } from '../kernels/analysis/topk.ts';
import type { Lens } from '../runs/facets/lens.ts';

/** Scratch of logits that is held at once, of two layers. */
const LOGITS_BYTES = 32 * 2 ** 20;

/** The lens over layers [L + 1] and positions [T]; row-major, NaN where it is not computed yet. */
export interface LensTable {
  readonly depth: number;
  readonly positions: number;
  /** Answers of a cell. */
  readonly k: number;
  /** [L+1, T, k, 3] of a token's id, its logit and its probability, best first. */
  readonly top: Float32Array<ArrayBuffer>;
  /** KL(final ‖ this layer) in nats, [L+1, T]. */
  readonly divergence: Float32Array<ArrayBuffer>;
  /** Ids of the chosen tokens, [T]; null: none are chosen. */
  readonly chosen: Uint32Array<ArrayBuffer> | null;
  /** Of the chosen tokens, [L+1, T, 4]: logit, probability, rank from 1, surprisal. */
  readonly scores: Float32Array<ArrayBuffer> | null;
}

export interface LensWish {
  /** Answers of a cell, at most 128. */
  readonly k: number;
  /** A token for each position, [T]; `answer`: what the model answers in the end; null: none. */
  readonly chosen: Uint32Array<ArrayBuffer> | 'answer' | null;
  readonly signal?: AbortSignal | undefined;
  /** Told between two submits: the share that is done, 0 … 1. */
  readonly progress?: ((share: number) => void) | undefined;
  /** Told of the table when more of its positions are there. */
  readonly show?: ((table: LensTable) => void) | undefined;
}

/**
 * The lens of a text of T tokens. Each layer's logits of a position are computed once: L + 1 output heads in all.
 * @throws the signal's reason; an AbortError when the run was disposed of
 */
export async function readLens(gpu: Gpu, lens: Lens, T: number, wish: LensWish): Promise<LensTable> {
  const { depth, vocabulary: V } = lens;
  const k = Math.min(wish.k, V, MOST_K);
  const empty = (width: number) => new Float32Array(depth * T * width).fill(NaN);
  const hasChosen = wish.chosen !== null;
  const table: LensTable = {
    ...{ depth, positions: T, k, top: empty(3 * k), divergence: empty(1) },
    chosen: wish.chosen === 'answer' ? new Uint32Array(T) : wish.chosen,
    scores: hasChosen ? empty(TOKEN_SCORES) : null,
  };
  const step = rowsAtOnce(V);
  for (let from = 0; from < T; from += step) {
    await readPositions(gpu, lens, table, [from, Math.min(T, from + step)], wish);
    wish.show?.({ ...table });
  }
  return table;
}

/** Fills the table's columns [from, to). */
async function readPositions(
  gpu: Gpu,
  lens: Lens,
  table: LensTable,
  [from, to]: readonly [number, number],
  { chosen, signal, progress }: LensWish,
): Promise<void> {
  const { depth, positions: T, k } = table;
  const n = to - from;
  const made: GpuTensor[] = [];
  const room = (shape: readonly number[], label: string) => {
    const tensor = gpu.tensor(shape, label, 'scratch');
    made.push(tensor);
    return tensor;
  };
  try {
    const top = room([depth * n, k, 3], 'lens: answers');
    const gaps = room([depth * n], 'lens: divergence');
    const scores = table.scores === null ? null : room([depth * n, TOKEN_SCORES], 'lens: chosen tokens');
    const ids = room([n], 'lens: chosen ids');
    const final = room([n, lens.vocabulary], 'lens: final logits');
    const cellsOf = (tensor: GpuTensor, layer: number) => rowsOf(tensor, layer * n, (layer + 1) * n);
    // The last layer first: all others are compared with it.
    const last = depth - 1;
    await gpu.submit(
      'lens',
      (recorder) => {
        lens.record(recorder, last, [from, to], final);
        topK(recorder, final, k, cellsOf(top, last));
      },
      { signal },
    );
    if (chosen === 'answer') {
      const answers = await gpu.read(cellsOf(top, last), signal);
      table.chosen?.set(
        Array.from({ length: n }, (_, row) => answers[row * k * 3] ?? 0),
        from,
      );
    }
    if (table.chosen !== null) gpu.upload(ids, table.chosen.slice(from, to));
    for (let layer = last; layer >= 0; layer--) {
      const cells = (tensor: GpuTensor) => cellsOf(tensor, layer);
      await gpu.submit(
        'lens',
        (recorder) => {
          const logits = layer === last ? final : recorder.temp(final.shape, 'lens: logits');
          if (layer < last) {
            lens.record(recorder, layer, [from, to], logits);
            topK(recorder, logits, k, cells(top));
          }
          divergence(recorder, final, logits, cells(gaps));
          if (scores !== null) tokenScore(recorder, logits, ids, cells(scores));
        },
        { signal },
      );
      progress?.((from * depth + n * (depth - layer)) / (T * depth));
    }
    const place = (values: Float32Array, width: number, target: Float32Array) => {
      for (let layer = 0; layer < depth; layer++)
        target.set(values.subarray(layer * n * width, (layer + 1) * n * width), (layer * T + from) * width);
    };
    place(await gpu.read(top, signal), 3 * k, table.top);
    place(await gpu.read(gaps, signal), 1, table.divergence);
    if (scores !== null && table.scores !== null)
      place(await gpu.read(scores, signal), TOKEN_SCORES, table.scores);
  } finally {
    for (const tensor of made) gpu.release(tensor);
  }
}

/** Positions whose logits of two layers fit into the scratch. */
function rowsAtOnce(vocabulary: number): number {
  return Math.max(1, Math.floor(LOGITS_BYTES / 8 / vocabulary));
}

/** The logits of every layer and position, [L+1, T, V], in pieces that follow one another. @throws as `readLens` */
export async function* lensLogits(
  gpu: Gpu,
  lens: Lens,
  T: number,
): AsyncGenerator<Float32Array<ArrayBuffer>> {
  const step = 2 * rowsAtOnce(lens.vocabulary);
  for (let layer = 0; layer < lens.depth; layer++)
    for (let from = 0; from < T; from += step) {
      const positions = [from, Math.min(T, from + step)] as const;
      const logits = gpu.tensor([positions[1] - from, lens.vocabulary], 'lens: logits', 'scratch');
      try {
        await gpu.submit('lens', (recorder) => lens.record(recorder, layer, positions, logits));
        yield await gpu.read(logits);
      } finally {
        gpu.release(logits);
      }
    }
}
