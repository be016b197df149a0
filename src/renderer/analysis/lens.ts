/** What a model would answer after every layer, read from the GPU in bounded passes. */
import type { Gpu } from '../gpu/gpu.ts';
import type { Recorder } from '../gpu/recorder.ts';
import { rowsOf, type GpuTensor } from '../gpu/tensor.ts';
import { divergence } from '../kernels/analysis/divergence.ts';
import { tokenScore } from '../kernels/analysis/token-score.ts';
import { MOST_K, topK } from '../kernels/analysis/topk.ts';
import type { Lens } from '../runs/facets/lens.ts';

/** Scratch of logits that is held at once, of two layers. */
const LOGITS_BYTES = 32 * 2 ** 20;

/** The lens over layers [L + 1] and positions [T]; row-major. */
export interface LensTable {
  readonly depth: number;
  readonly positions: number;
  /** Answers of a cell. */
  readonly k: number;
  /** [L+1, T, k, 3] of a token's id, its logit and its probability, best first. */
  readonly top: Float32Array<ArrayBuffer>;
  /** KL(final ‖ this layer) in nats, [L+1, T]. */
  readonly divergence: Float32Array<ArrayBuffer>;
  /** Of the chosen tokens, [L+1, T, 3]: logit, probability, rank from 1; null: none are chosen. */
  readonly chosen: Float32Array<ArrayBuffer> | null;
}

export interface LensWish {
  /** Answers of a cell, at most 128. */
  readonly k: number;
  /** A token for each position, [T]; null: none. */
  readonly chosen: Uint32Array<ArrayBuffer> | null;
  readonly signal?: AbortSignal | undefined;
  /** Told between two submits: the share that is done, 0 … 1. */
  readonly progress?: ((share: number) => void) | undefined;
}

/**
 * The lens of a text of T tokens. Each layer's logits of a position are computed once: L + 1 output heads in all.
 * @throws the signal's reason; an AbortError when the run was disposed of
 */
export async function readLens(gpu: Gpu, lens: Lens, T: number, wish: LensWish): Promise<LensTable> {
  const { depth, vocabulary: V } = lens;
  const { chosen, signal, progress } = wish;
  const k = Math.min(wish.k, V, MOST_K);
  const made: GpuTensor[] = [];
  const room = (shape: readonly number[], label: string) => {
    const tensor = gpu.tensor(shape, label, 'scratch');
    made.push(tensor);
    return tensor;
  };
  try {
    const top = room([depth * T, k, 3], 'lens: answers');
    const gaps = room([depth * T], 'lens: divergence');
    const scores = chosen === null ? null : room([depth * T, 3], 'lens: chosen tokens');
    const ids = chosen === null ? null : room([T], 'lens: chosen ids');
    if (ids !== null && chosen !== null) gpu.upload(ids, chosen);
    const step = rowsAtOnce(V);
    for (let from = 0; from < T; from += step) {
      const to = Math.min(T, from + step);
      // The last layer first: all others are compared with it.
      const final = room([to - from, V], 'lens: final logits');
      for (let layer = depth - 1; layer >= 0; layer--) {
        await gpu.submit(
          'lens',
          (recorder) => {
            const logits = layer === depth - 1 ? final : recorder.temp([to - from, V], 'lens: logits');
            lens.record(recorder, layer, [from, to], logits);
            const cells = (tensor: GpuTensor) => rowsOf(tensor, layer * T + from, layer * T + to);
            readCells(recorder, { logits, final, k, top: cells(top), gaps: cells(gaps) });
            if (scores !== null && ids !== null)
              tokenScore(recorder, logits, rowsOf(ids, from, to), cells(scores));
          },
          { signal },
        );
        progress?.((from * depth + (to - from) * (depth - layer)) / (T * depth));
      }
      made.splice(made.indexOf(final), 1);
      gpu.release(final);
    }
    return {
      ...{ depth, positions: T, k },
      top: await gpu.read(top, signal),
      divergence: await gpu.read(gaps, signal),
      chosen: scores === null ? null : await gpu.read(scores, signal),
    };
  } finally {
    for (const tensor of made) gpu.release(tensor);
  }
}

/** Positions whose logits of two layers fit into the scratch. */
function rowsAtOnce(vocabulary: number): number {
  return Math.max(1, Math.floor(LOGITS_BYTES / 8 / vocabulary));
}

interface Cells {
  readonly logits: GpuTensor;
  readonly final: GpuTensor;
  readonly k: number;
  readonly top: GpuTensor;
  readonly gaps: GpuTensor;
}

function readCells(recorder: Recorder, { logits, final, k, top, gaps }: Cells): void {
  topK(recorder, logits, k, top);
  divergence(recorder, final, logits, gaps);
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
