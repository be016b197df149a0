/** What each head is like, without its pattern ever being stored. */
import meansCode from '../../shaders/attention-metric-means.wgsl?raw';
import metricsCode from '../../shaders/attention-metrics.wgsl?raw';
import { defineKernel } from '../gpu/kernel.ts';
import type { Recorder } from '../gpu/recorder.ts';
import { elements, type GpuTensor } from '../gpu/tensor.ts';
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
    params: scoreParams(layer, vector),
    groups: [Math.ceil(queries / (4 * tile.GROUP * tile.GROUP)), heads],
    split: 1,
    work: {
      flop: heads * queries * keys * visibleShare(layer) * (2 * headWidth + 20),
      bytes: 4 * heads * (queries + keys) * headWidth,
    },
  });
  recorder.dispatch({
    kernel: meansKernel,
    bind: { rows, means: target },
    params: { heads, queries, first_query: layer.firstQuery },
    groups: [Math.ceil((heads * ATTENTION_METRICS.length) / 64)],
  });
  recorder.free(rows);
}
