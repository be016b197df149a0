/** What a change did to a model's outputs. */
import type { Gpu } from '../../gpu/gpu.ts';
import { rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import { divergence } from '../../kernels/analysis/divergence.ts';
import { softmax } from '../../kernels/rows/softmax.ts';
import { largest, type Holdings } from '../../runs/activations.ts';
import type { Token } from '../../runs/run.ts';
import type { OutputDifference } from '../../runs/facets/changes.ts';
import { recordLogits, type Head } from './stack.ts';

/** Scratch of logits that is held at once. */
const LOGITS_BYTES = 16 * 2 ** 20;

export interface Outputs {
  readonly head: Head;
  /** `V` */
  readonly vocabulary: number;
  readonly tokenOf: (id: number) => Token;
  /** The last states of the run without and with the changes, [T, D] each, alive as long as `holdings`. */
  readonly before: GpuTensor;
  readonly after: GpuTensor;
  readonly holdings: Holdings;
}

/** Compares the outputs of two runs over the same text, position by position, when somebody asks. */
export function compareOutputs(gpu: Gpu, outputs: Outputs): OutputDifference {
  const { head, vocabulary: V, tokenOf, before, after, holdings } = outputs;
  const [T = 0] = before.shape;
  return {
    measure: 'divergence',
    isOfText: false,
    async divergence(signal) {
      holdings.assertAlive();
      const result = gpu.tensor([T], 'divergence', 'scratch');
      const step = Math.max(1, Math.floor(LOGITS_BYTES / 4 / V));
      try {
        await gpu.submit(
          'divergence',
          (recorder) => {
            for (let from = 0; from < T; from += step) {
              const to = Math.min(T, from + step);
              const [p, q] = [before, after].map((states) => {
                const logits = recorder.temp([to - from, V], 'logits');
                recordLogits(recorder, head, rowsOf(states, from, to), logits);
                return logits;
              }) as [GpuTensor, GpuTensor];
              divergence(recorder, p, q, rowsOf(result, from, to));
              recorder.free(p);
              recorder.free(q);
            }
          },
          { signal },
        );
        return await gpu.read(result, signal);
      } finally {
        gpu.release(result);
      }
    },
    async changes(position, k) {
      holdings.assertAlive();
      const result = gpu.tensor([2, V], 'probabilities', 'scratch');
      try {
        await gpu.submit('probabilities', (recorder) => {
          for (const [row, states] of [before, after].entries()) {
            const logits = recorder.temp([1, V], 'logits');
            recordLogits(recorder, head, rowsOf(states, position, position + 1), logits);
            softmax(recorder, logits, rowsOf(result, row, row + 1));
            recorder.free(logits);
          }
        });
        const probabilities = await gpu.read(result);
        const [p, q] = [probabilities.subarray(0, V), probabilities.subarray(V)];
        return largest(
          p.map((value, id) => Math.abs((q[id] ?? 0) - value)),
          k,
        ).map(({ index }) => ({ token: tokenOf(index), before: p[index] ?? 0, after: q[index] ?? 0 }));
      } finally {
        gpu.release(result);
      }
    },
  };
}
