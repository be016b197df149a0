import { defineKernel } from '../../gpu/kernel.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import type { GpuTensor } from '../../gpu/tensor.ts';
import code from '../../../shaders/additive-score-backward.wgsl?raw';

const kernel = defineKernel('additive-score-backward', code);

/** Derivatives by the query and the keys of the additive scores of one query, from those by the scores. */
export function additiveScoresBackward(
  recorder: Recorder,
  call: {
    /** [1, A] */
    readonly query: GpuTensor;
    /** [S, A] */
    readonly key: GpuTensor;
    /** [A] */
    readonly v: GpuTensor;
    /** ∂y/∂scores, [1, S] */
    readonly gradient: GpuTensor;
    /** Gets ∂y/∂query, [1, A]. */
    readonly byQuery: GpuTensor;
    /** ∂y/∂key is added to it, [S, A]. */
    readonly byKey: GpuTensor;
  },
): void {
  const { query, key, v, gradient, byQuery, byKey } = call;
  const [keys = 0, size = 0] = key.shape;
  recorder.dispatch({
    kernel,
    bind: { query, key, v, gradient, by_query: byQuery, by_key: byKey },
    params: { keys, size },
    groups: [Math.ceil(size / 64)],
    split: 0,
    work: { flop: keys * size * 14, bytes: keys * size * 12 },
  });
}
