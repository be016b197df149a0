/** The logit that is derived: of a token of the vocabulary, or of a label. T tokens, D width. */
import { reshape, rowsOf, type GpuTensor } from '../../../gpu/tensor.ts';
import { reduceTime } from '../../../kernels/recurrent/reduce-time.ts';
import type { AskedOutput } from '../../../runs/facets/input-gradient.ts';
import { spokenFor, type ClassificationHead } from '../../labels/head.ts';
import { outputsOf } from '../blocks.ts';
import type { Head } from '../stack.ts';
import { at } from '../../at.ts';
import { headBackward, labelBackward } from './head.ts';
import type { BackwardPass } from './pass.ts';

/** What turns last states into logits. */
export type Answer =
  | {
      readonly kind: 'tokens';
      readonly head: Head;
      /** `V` */
      readonly vocabulary: number;
    }
  | {
      readonly kind: 'labels';
      readonly head: ClassificationHead;
      /** Of the text that is labelled. */
      readonly ids: readonly number[];
    };

/** What of a run with a head is derived; null: it has none. */
export function answerOf(
  head: Head | null,
  vocabulary: number,
  labels: ClassificationHead | null,
  ids: readonly number[],
): Answer | null {
  if (labels !== null) return { kind: 'labels', head: labels, ids };
  return head === null ? null : { kind: 'tokens', head, vocabulary };
}

/**
 * Which of the T last states a logit is made of: one, or the mean of all.
 * @throws RangeError for an output or a position that there is not
 */
export function stateOf(answer: Answer, { output, position }: AskedOutput, T: number): number | 'mean' {
  const isThere = (index: number, count: number) => Number.isInteger(index) && index >= 0 && index < count;
  const outputs =
    answer.kind === 'tokens'
      ? answer.vocabulary
      : answer.head.outs.reduce((sum, out) => sum + outputsOf(out), 0);
  if (!isThere(output, outputs) || !isThere(position, T))
    throw new RangeError(`There is no output ${output} at position ${position}.`);
  if (answer.kind === 'tokens') return position;
  const spoken = spokenFor(answer.head.about, answer.ids);
  return spoken === 'all' ? position : spoken;
}

/** Writes ∂logit/∂(last states) into `last` [n, D], which holds zeros. */
export async function seed(
  { gpu, holdings, pass, signal }: Pick<BackwardPass, 'gpu' | 'holdings' | 'pass' | 'signal'>,
  answer: Answer,
  output: number,
  spoken: number | 'mean',
  last: GpuTensor,
): Promise<void> {
  const states = at(pass.hidden, pass.stack.layers.length);
  const [n = 0, D = 0] = last.shape;
  const row = spoken === 'mean' ? holdings.tensor([1, D], 'mean state') : rowsOf(states, spoken, spoken + 1);
  const out =
    spoken === 'mean' ? holdings.tensor([1, D], 'gradient of the mean') : rowsOf(last, spoken, spoken + 1);
  if (spoken === 'mean')
    await gpu.submit('mean state', (recorder) =>
      reduceTime(recorder, rowsOf(states, 0, n), reshape(row, [D]), 'mean'),
    );
  if (answer.kind === 'tokens') await headBackward(gpu, answer.head, row, output, out, signal);
  else {
    const { outs } = answer.head;
    // Of a span the parts are one number each.
    const [part, label] = outs.length > 1 ? [at(outs, output), 0] : [at(outs, 0), output];
    await labelBackward(gpu, answer.head, part, row, label, out);
  }
  if (spoken !== 'mean') return;
  const values = (await gpu.read(out, signal)).map((value) => value / n);
  gpu.upload(
    last,
    Float32Array.from({ length: n * D }, (_, i) => values[i % D] ?? NaN),
  );
}
