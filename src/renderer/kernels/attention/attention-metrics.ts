/** What each head is like, without its pattern ever being stored. */
import meansCode from '../../../shaders/attention-metric-means.wgsl?raw';
import metricsCode from '../../../shaders/attention-metrics.wgsl?raw';
import { defineKernel } from '../../gpu/kernel.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { elements, type GpuTensor } from '../../gpu/tensor.ts';
import { SUBMIT_MILLISECONDS, type Work } from '../../gpu/work-queue.ts';
import {
  attentionTile,
  attentionVariants,
  checkLayer,
  isVector,
  scoreConstants,
  scoreParams,
  visibleShare,
  type AttentionTile,
} from './attention-params.ts';
import type { AttendedLayer } from './attention-weights.ts';

const metricsKernel = defineKernel(
  'attention-metrics',
  metricsCode,
  attentionVariants('VECTOR', 'BIAS', 'SOFT_CAP', 'KEY_MASK'),
);
const meansKernel = defineKernel('attention-metric-means', meansCode);

/** Means over a head's queries, in the order of the columns: entropy in nats, distance in tokens, then weights. */
export const ATTENTION_METRICS = ['entropy', 'distance', 'previous', 'first', 'diagonal'] as const;

/**
 * The metrics of every head of a layer into `target` [H, 5]: mean entropy of the rows, mean distance |t − s| of the keys,
 * and the mean weight on the key before, on the first key and on the query's own. Rows that see nothing don't count.
 * @throws RangeError when the target has another size.
 */
export function attentionMetrics(
  recorder: Recorder,
  { layer, statistics }: AttendedLayer,
  target: GpuTensor,
  tile: AttentionTile = attentionTile(recorder.gpu.facts),
): void {
  checkLayer(layer);
  const { heads, queries, keys, headWidth } = layer;
  if (elements(target.shape) !== heads * ATTENTION_METRICS.length)
    throw new RangeError(`metrics of ${heads} heads into [${target.shape.join(', ')}]`);
  const vector = isVector(layer, [layer.q, layer.k]);
  const rows = recorder.temp([heads, ATTENTION_METRICS.length + 1, queries], 'attention metrics of rows');
  const work = (count: number): Work => ({
    flop: count * queries * keys * visibleShare(layer) * (2 * headWidth + 20),
    bytes: 4 * count * (queries + keys) * headWidth,
  });
  // As many heads at once as fit into a submit; one that is too long alone is cut along its rows.
  const part = { kernel: metricsKernel.name, work: work(1) };
  const headStep = Math.max(1, Math.floor(SUBMIT_MILLISECONDS / recorder.gpu.queue.estimate(part)));
  for (let head = 0; head < heads; head += headStep) {
    const count = Math.min(headStep, heads - head);
    recorder.dispatch({
      kernel: metricsKernel,
      constants: { ...tile, VECTOR: vector, ...scoreConstants(layer), KEY_MASK: layer.keyMask !== null },
      bind: {
        q: layer.q.buffer,
        k: layer.k.buffer,
        statistics,
        rows,
        ...(layer.bias === null ? {} : { bias: layer.bias.buffer }),
        ...(layer.keyMask === null ? {} : { key_mask: layer.keyMask }),
      },
      params: { ...scoreParams(layer, vector), head_from: head },
      groups: [Math.ceil(queries / (4 * tile.GROUP * tile.GROUP)), count],
      split: 0,
      work: work(count),
    });
  }
  recorder.dispatch({
    kernel: meansKernel,
    bind: { rows, means: target },
    params: { heads, queries, first_query: layer.firstQuery },
    groups: [Math.ceil((heads * ATTENTION_METRICS.length) / 64)],
  });
  recorder.free(rows);
}
