/** ELECTRA's discriminator (Clark et al. 2020): was a token put there by a generator? T tokens, D width. */
import type { Gpu } from '../../gpu/gpu.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import type { Activation } from '../../kernels/rows/activation.ts';
import type { Token } from '../../runs/run.ts';
import type { Prediction } from '../../runs/facets/readout.ts';
import { linear, outputsOf, type Linear } from '../transformer/blocks.ts';

/** logit = out(act(dense(state))): above 0 where the token is likely to have been replaced. */
export interface Discriminator {
  readonly dense: Linear;
  readonly activation: Activation;
  readonly out: Linear;
}

/** logits [T, 1] from states [T, D]; with `probabilities`, of the same shape, also σ(logit). */
export function recordReplaced(
  recorder: Recorder,
  { dense, activation, out }: Discriminator,
  states: GpuTensor,
  logits: GpuTensor,
  probabilities?: GpuTensor,
): void {
  const inner = recorder.temp([states.shape[0] ?? 0, outputsOf(dense)], 'discriminator');
  linear(recorder, states, dense, inner, { activation, label: 'discriminator' });
  linear(recorder, inner, out, logits, { label: 'discriminator out' });
  if (probabilities !== undefined)
    linear(recorder, inner, out, probabilities, { activation: 'sigmoid', label: 'discriminator out' });
  recorder.free(inner);
}

/** What the discriminator says of one token, from its last state [1, D]: the more probable word first. */
export async function judge(gpu: Gpu, own: Discriminator, state: GpuTensor): Promise<readonly Prediction[]> {
  // Of a logit and a probability.
  const said = gpu.tensor([2, 1], 'was it replaced', 'scratch');
  try {
    await gpu.submit('was it replaced', (recorder) =>
      recordReplaced(recorder, own, state, rowsOf(said, 0, 1), rowsOf(said, 1, 2)),
    );
    const [logit = 0, probability = 0] = await gpu.read(said);
    const answers = [
      { token: answer('replaced'), logit, probability },
      { token: answer('original'), logit: -logit, probability: 1 - probability },
    ];
    return answers.sort((a, b) => b.probability - a.probability);
  } finally {
    gpu.release(said);
  }
}

/** Words that no vocabulary holds. */
function answer(text: string): Token {
  return { id: -1, text, span: null, special: true };
}
