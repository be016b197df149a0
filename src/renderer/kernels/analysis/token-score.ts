/** How probable given tokens are, and how many are more so. */
import code from '../../../shaders/token-score.wgsl?raw';
import type { Recorder } from '../../gpu/recorder.ts';
import { elements, type GpuTensor } from '../../gpu/tensor.ts';
import { defineRowKernel, rowCall, rowMode, type RowMode } from '../rows/rows.ts';

const rowKernel = defineRowKernel('token-score', code);

/** Numbers of a token: logit, probability, rank, surprisal. */
export const TOKEN_SCORES = 4;

/**
 * Of a token of each row of logits: its logit, its softmax probability p, its rank (1 where no other is more probable), and its
 * surprisal −ln p in nats, which is a number also where p is too small for one.
 * @param logits [R, V]
 * @param ids [R] unsigned integers below V
 * @param out [R, 4]
 * @throws RangeError when the sizes differ
 */
export function tokenScore(
  recorder: Recorder,
  logits: GpuTensor,
  ids: GpuTensor,
  out: GpuTensor,
  mode?: RowMode,
): void {
  const width = logits.shape.at(-1) ?? 1;
  const count = elements(logits.shape);
  if (elements(ids.shape) * width !== count || elements(out.shape) * width !== TOKEN_SCORES * count)
    throw new RangeError('token scores: the tensors differ in size');
  const { kernel, constants, rows, groups } = rowCall(
    rowKernel,
    mode ?? rowMode(recorder.gpu.facts, count / width, width),
    [logits],
  );
  recorder.dispatch({
    kernel,
    constants,
    bind: { logits, ids, out },
    params: { rows, width },
    groups,
    split: 0,
    work: { flop: 8 * count, bytes: 8 * count },
  });
}
