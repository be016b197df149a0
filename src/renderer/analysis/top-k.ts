/** The most probable entries of rows of logits, on the CPU. */
import type { Gpu } from '../gpu/gpu.ts';
import { elements, type GpuTensor } from '../gpu/tensor.ts';
import { MOST_K, topK } from '../kernels/analysis/topk.ts';

export interface TopEntry {
  /** The column: a token's id. */
  readonly index: number;
  readonly logit: number;
  /** The entry's share of the row's softmax. */
  readonly probability: number;
}

/**
 * The k largest of each row of logits [R, V] (choose rows with `rowsOf`), best first, with their softmax probabilities;
 * among equal logits the lower index comes first. At most V, and at most 128, entries a row.
 * @throws the signal's reason when aborted.
 */
export async function readTopK(
  gpu: Gpu,
  logits: GpuTensor,
  k: number,
  signal?: AbortSignal,
): Promise<TopEntry[][]> {
  const columns = logits.shape.at(-1) ?? 1;
  const rows = elements(logits.shape) / columns;
  const count = Math.min(k, columns, MOST_K);
  const target = gpu.tensor([rows, count, 3], 'top entries', 'scratch');
  try {
    await gpu.submit('top entries', (recorder) => topK(recorder, logits, count, target), { signal });
    const values = await gpu.read(target, signal);
    const entry = (at: number): TopEntry => ({
      index: values[at] ?? 0,
      logit: values[at + 1] ?? 0,
      probability: values[at + 2] ?? 0,
    });
    return Array.from({ length: rows }, (_, row) =>
      Array.from({ length: count }, (_unused, i) => entry((row * count + i) * 3)),
    );
  } finally {
    gpu.release(target);
  }
}
