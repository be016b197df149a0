import { HeadgateError } from '../../common/error.ts';
import { predictsOf } from '../runs/facets/readout.ts';
import type { Run } from '../runs/run.ts';

/**
 * p(token | what stands before it) of every token of a text, [T], from the run's logits; NaN for tokens that nothing predicts,
 * such as a first one.
 * @throws HeadgateError `no-logits` for a run without scores of tokens; the signal's reason
 */
export async function tokenProbabilities(run: Run, signal?: AbortSignal): Promise<Float32Array> {
  const logits = run.activations.get('logits');
  const predicts = predictsOf(run);
  if (logits?.axes[1] !== 'vocabulary' || (predicts !== 'own' && predicts !== 'next'))
    throw new HeadgateError(
      'no-logits',
      'This run has no scores of tokens.',
      'Open a model that writes, such as a translator or a language model.',
    );
  const values = await logits.read(signal);
  const [, V = 0] = logits.shape;
  return Float32Array.from(run.tokens, ({ id }, t) => {
    const row = predicts === 'own' ? t : t - 1;
    return row < 0 ? NaN : softmaxOf(values.subarray(row * V, (row + 1) * V), id);
  });
}

/** Share of one of several logits; in float64. */
function softmaxOf(logits: Float32Array, index: number): number {
  const largest = logits.reduce((most, logit) => Math.max(most, logit), -Infinity);
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0);
  return Math.exp((logits[index] ?? NaN) - largest) / total;
}
