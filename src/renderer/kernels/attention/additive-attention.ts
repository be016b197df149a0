import attendCode from '../../../shaders/attend.wgsl?raw';
import scoreCode from '../../../shaders/additive-score.wgsl?raw';
import tanhCode from '../../../shaders/tanh.wgsl?raw';
import { defineKernel } from '../../gpu/kernel.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { elements, type GpuTensor } from '../../gpu/tensor.ts';

const scoreKernel = defineKernel('additive-score', scoreCode);
const attendKernel = defineKernel('attend', attendCode, [{ FORCED: false }, { FORCED: true }]);
const tanhKernel = defineKernel('tanh', tanhCode);

/**
 * scores [R, S] = v·tanh(query [R, A] + key [S, A]) + bias, for R decoder states and S source positions.
 * @param bias of the score; it moves all scores of a row alike
 */
export function additiveScores(
  recorder: Recorder,
  call: {
    readonly query: GpuTensor;
    readonly key: GpuTensor;
    /** [A] */
    readonly v: GpuTensor;
    readonly bias: number;
    readonly scores: GpuTensor;
  },
): void {
  const { query, key, v, bias, scores } = call;
  const [rows = 0, size = 0] = query.shape;
  const [keys = 0] = key.shape;
  recorder.dispatch({
    kernel: scoreKernel,
    bind: { query, key, v, scores },
    params: { rows, keys, size, bias },
    groups: [Math.ceil((rows * keys) / 64)],
    split: 0,
    work: { flop: rows * keys * size * 12, bytes: (rows + keys) * size * 4 },
  });
}

/**
 * weights [R, S] = softmax of the scores over the keys that are there, context [R, K] = weights · keys.
 * @param forced the weights are given and only the context is computed
 */
export function attend(
  recorder: Recorder,
  call: {
    readonly scores: GpuTensor;
    /** u32 [S]: 1 where the key is no padding. */
    readonly mask: GpuTensor;
    /** [S, K] */
    readonly key: GpuTensor;
    readonly weights: GpuTensor;
    readonly context: GpuTensor;
  },
  forced = false,
): void {
  const { scores, mask, key, weights, context } = call;
  const [keys = 0, width = 0] = key.shape;
  const rows = elements(weights.shape) / keys;
  recorder.dispatch({
    kernel: attendKernel,
    constants: { FORCED: forced },
    bind: { scores, mask, key, weights, context },
    params: { keys, width },
    groups: [rows],
    split: 0,
    work: { flop: rows * keys * (2 * width + 12), bytes: keys * width * 4 },
  });
}

/** out = tanh(x), element by element, exact to a few units in the last place; out is no buffer that is read. */
export function tanhOf(recorder: Recorder, x: GpuTensor, out: GpuTensor): void {
  const count = elements(out.shape);
  if (elements(x.shape) !== count) throw new Error('tanhOf: the tensors differ in size.');
  recorder.dispatch({
    kernel: tanhKernel,
    bind: { x, out },
    params: { count },
    groups: [Math.ceil(count / 64)],
    split: 0,
  });
}
