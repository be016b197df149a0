/** What each head is like, without its pattern ever being stored. */
import meansCode from '../../../shaders/attention-metric-means.wgsl?raw';
import metricsCode from '../../../shaders/attention-metrics.wgsl?raw';
import { defineKernel } from '../../gpu/kernel.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { elements, type GpuTensor } from '../../gpu/tensor.ts';
import {
  attentionTile,
  attentionVariants,
  checkLayer,
  visibleParams,
  visibleShare,
  type AttentionTile,
} from './attention-params.ts';
import type { AttendedLayer } from './attention-weights.ts';
import { pieces, scores } from './attention-stages.ts';

const metricsKernel = defineKernel('attention-metrics', metricsCode, attentionVariants('KEY_MASK'));
const meansKernel = defineKernel('attention-metric-means', meansCode);

/** Means over a head's queries, in the order of the columns: entropy in nats, distance in tokens, then weights. */
export const ATTENTION_METRICS = [
  'entropy',
  'distance',
  'previous',
  'first',
  'self',
  'special',
  'duplicate',
  'induction',
] as const;

/** What the metrics ask of a token. */
export interface MetricToken {
  readonly id: number;
  readonly special: boolean;
}

const SPECIAL = 0x80000000;
const REPEATED = 0x40000000;
const FOLLOWED = 0x20000000;
const ID = 0x1fffffff;

/**
 * The tokens of queries and keys as the kernels read them, [T + S] unsigned integers: an id, whether it is special, and of a
 * query whether an earlier key has its token, and whether such a key has one after it.
 * @param firstQuery place of query 0 among the keys
 */
export function metricTokens(
  queries: readonly MetricToken[],
  keys: readonly MetricToken[],
  firstQuery = 0,
): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(queries.length + keys.length);
  const earlier = new Set<number>();
  let next = 0;
  for (const [t, { id, special }] of queries.entries()) {
    for (; next < Math.min(t + firstQuery, keys.length); next++) earlier.add(keys[next]?.id ?? -1);
    const isRepeated = earlier.has(id);
    // Only the last key has none after it.
    const isFollowed =
      isRepeated && (next < keys.length || keys.findIndex((key) => key.id === id) < next - 1);
    words[t] =
      (special ? SPECIAL : 0) + (isRepeated ? REPEATED : 0) + (isFollowed ? FOLLOWED : 0) + (id & ID);
  }
  for (const [s, { id, special }] of keys.entries())
    words[queries.length + s] = (special ? SPECIAL : 0) + (id & ID);
  return words;
}

/**
 * The metrics of every head of a layer into `target` [H, 8]: mean entropy of the rows, mean distance |t − s| of the keys,
 * and the mean weight on the key before, on the first key, on the query's own, on special tokens, on earlier keys with the
 * query's token (`duplicate`), and on keys right after such a one (`induction`). Rows that see nothing don't count, nor
 * queries that have no such key (the one before, their own and the last two); −1 where none counts.
 * @param tokens [T + S], of `metricTokens`
 * @throws RangeError when the target or the tokens have another size.
 */
export function attentionMetrics(
  recorder: Recorder,
  { layer, statistics }: AttendedLayer,
  tokens: GpuTensor,
  target: GpuTensor,
  tile: AttentionTile = attentionTile(recorder.gpu.facts),
): void {
  checkLayer(layer);
  const { heads, queries, keys } = layer;
  if (elements(target.shape) !== heads * ATTENTION_METRICS.length)
    throw new RangeError(`metrics of ${heads} heads into [${target.shape.join(', ')}]`);
  if (elements(tokens.shape) !== queries + keys)
    throw new RangeError(`${elements(tokens.shape)} tokens of ${queries} queries and ${keys} keys`);
  const rows = recorder.temp([heads, ATTENTION_METRICS.length + 1, queries], 'attention metrics of rows');
  for (const piece of pieces(recorder, layer, tile.TILE)) {
    const slab = recorder.temp([piece.heads, keys, piece.rows], 'attention scores');
    scores(recorder, tile, layer, piece, slab);
    const pairs = piece.heads * piece.rows * keys * visibleShare(layer);
    const { heads: count, ...place } = piece;
    recorder.dispatch({
      kernel: metricsKernel,
      constants: { ...tile, KEY_MASK: layer.keyMask !== null },
      bind: {
        ...{ slab, statistics, measures: rows, tokens },
        ...(layer.keyMask === null ? {} : { key_mask: layer.keyMask }),
      },
      params: { ...visibleParams(layer), ...place },
      groups: [Math.ceil(piece.rows / (4 * tile.GROUP * tile.GROUP)), count],
      split: 1,
      work: { flop: 36 * pairs, bytes: 4 * pairs },
    });
    recorder.free(slab);
  }
  recorder.dispatch({
    kernel: meansKernel,
    bind: { rows, tokens, means: target },
    params: { heads, queries, keys, first_query: layer.firstQuery },
    groups: [Math.ceil((heads * ATTENTION_METRICS.length) / 64)],
  });
  recorder.free(rows);
}
