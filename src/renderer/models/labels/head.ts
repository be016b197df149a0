/** Heads with labels on the GPU. Shapes: T tokens, D width, C labels. */
import { HeadgateError } from '../../../common/error.ts';
import type { LabelHead } from '../../../common/configs/labels.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { reshape, rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import { reduceTime } from '../../kernels/recurrent/reduce-time.ts';
import type { Activation } from '../../kernels/rows/activation.ts';
import { linear, outputsOf, type Linear, type Norm } from '../transformer/blocks.ts';
import type { Reader } from '../transformer/reader.ts';
import { withNorm } from '../transformer/stack.ts';

/** logits = out(norm(act(dense(state)))), of one vector of a text or of every token's state. */
export interface ClassificationHead {
  readonly about: LabelHead;
  readonly dense: {
    readonly linear: Linear;
    readonly activation: Activation;
    readonly norm: Norm | null;
  } | null;
  /** The last part [C, D]; of a span two of them [1, D], for beginnings and for ends. */
  readonly outs: readonly Linear[];
}

/** Reserves a head's weights. */
export function readLabelHead(read: Reader, about: LabelHead): ClassificationHead {
  const { dense, out, bias, labels } = about;
  const rows = (from: number, to: number) => read.linear(out, { bias, outputs: [from, to] });
  return {
    about,
    dense: dense && {
      linear: read.linear(dense.name, { bias: dense.bias }),
      activation: dense.activation,
      norm: dense.norm && read.layerNorm(dense.norm.name, dense.norm.epsilon, dense.norm.bias),
    },
    outs: labels === 'span' ? [rows(0, 1), rows(1, 2)] : [read.linear(out, { bias })],
  };
}

/** Index of the state that speaks for a text, the mean of all states, or every token's own. */
export type Spoken = number | 'mean' | 'all';

/**
 * What of the states [T, D] goes through a head.
 * @param ids of the text that is labelled
 * @throws HeadgateError `no-end-token` where the head reads the end of a text that has none
 */
export function spokenFor({ pooling, marker }: LabelHead, ids: readonly number[]): Spoken {
  if (pooling === null) return 'all';
  if (pooling === 'mean') return 'mean';
  if (pooling === 'first') return 0;
  if (pooling === 'last')
    return Math.max(
      0,
      ids.findLastIndex((id) => id !== marker),
    );
  const end = ids.lastIndexOf(marker ?? -1);
  if (end >= 0) return end;
  throw new HeadgateError(
    'no-end-token',
    `The text has no token ${marker ?? 'that ends it'}; the head of this model reads the state at the last of them.`,
    'Check that tokenizer.json puts the “eos_token_id” of config.json behind a text.',
  );
}

/**
 * Writes logits [n, C] from states [T, D]: a row for the text, or one for each token.
 * @param out which of the head's last parts
 */
export function recordLabels(
  recorder: Recorder,
  { dense }: ClassificationHead,
  out: Linear,
  states: GpuTensor,
  spoken: Spoken,
  target: GpuTensor,
): void {
  const [T = 0, D = 0] = states.shape;
  const rows = spoken === 'all' ? states : recorder.temp([1, D], 'state of the text');
  if (spoken === 'mean') reduceTime(recorder, states, reshape(rows, [D]), 'mean');
  else if (spoken !== 'all') recorder.copy(rowsOf(states, spoken, spoken + 1), rows);
  const score = (from: GpuTensor) => linear(recorder, from, out, target, { label: 'labels' });
  if (dense === null) score(rows);
  else {
    const inner = recorder.temp([spoken === 'all' ? T : 1, outputsOf(dense.linear)], 'head of labels');
    linear(recorder, rows, dense.linear, inner, { activation: dense.activation, label: 'head of labels' });
    withNorm(recorder, dense.norm, inner, score);
    recorder.free(inner);
  }
  if (spoken !== 'all') recorder.free(rows);
}
