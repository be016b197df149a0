/** Attention in float64, in plain loops: what the kernels are tested against. */
import type { AttentionLayer, HeadRows } from './attention-layer.ts';

/** Contents of the buffers that a layer reads. */
export interface AttentionValues {
  readonly q: ArrayLike<number>;
  readonly k: ArrayLike<number>;
  readonly v: ArrayLike<number>;
  readonly bias?: ArrayLike<number>;
  readonly keyMask?: ArrayLike<number>;
}

function at(values: ArrayLike<number>, rows: HeadRows, head: number, token: number, i: number): number {
  return values[rows.offset + token * rows.tokenStride + head * rows.headStride + i] ?? Number.NaN;
}

/** True when the query may look at the key, by position and padding. */
function sees(layer: AttentionLayer, values: AttentionValues, t: number, s: number): boolean {
  const distance = t + layer.firstQuery - s;
  if (layer.causal && distance < 0) return false;
  if (layer.window !== null && Math.abs(distance) >= layer.window) return false;
  return values.keyMask === undefined || values.keyMask[(layer.keyMask?.offset ?? 0) + s] !== 0;
}

/** Scores [H, T, S] before the softmax; −∞ where the query does not see the key. */
export function referenceScores(layer: AttentionLayer, values: AttentionValues): Float64Array {
  const { heads, keyHeads, headWidth, queries, keys } = layer;
  const scores = new Float64Array(heads * queries * keys);
  for (let h = 0; h < heads; h++)
    for (let t = 0; t < queries; t++)
      for (let s = 0; s < keys; s++) {
        let sum = 0;
        const keyHead = Math.floor((h * keyHeads) / heads);
        for (let i = 0; i < headWidth; i++)
          sum += at(values.q, layer.q, h, t, i) * at(values.k, layer.k, keyHead, s, i);
        let score = sum * layer.scale;
        if (layer.softCap !== null) score = layer.softCap * Math.tanh(score / layer.softCap);
        const { bias } = layer;
        if (bias !== null && values.bias !== undefined)
          score +=
            values.bias[bias.offset + h * bias.headStride + t * bias.queryStride + s * bias.keyStride] ?? 0;
        scores[(h * queries + t) * keys + s] = sees(layer, values, t, s) ? score : -Infinity;
      }
  return scores;
}

/** Weights [H, T, S]: the softmax of each row; a row that sees nothing is 0. */
export function referenceWeights(layer: AttentionLayer, values: AttentionValues): Float64Array {
  const weights = referenceScores(layer, values);
  const { keys } = layer;
  for (let row = 0; row < weights.length; row += keys) {
    let largest = -Infinity;
    let sum = 0;
    for (let s = 0; s < keys; s++) largest = Math.max(largest, weights[row + s] ?? 0);
    for (let s = 0; s < keys; s++) {
      const weight = largest === -Infinity ? 0 : Math.exp((weights[row + s] ?? 0) - largest);
      weights[row + s] = weight;
      sum += weight;
    }
    for (let s = 0; s < keys && sum > 0; s++) weights[row + s] = (weights[row + s] ?? 0) / sum;
  }
  return weights;
}

/** Output [T, H·d]: Σ weight · v, the heads side by side. */
export function referenceAttention(layer: AttentionLayer, values: AttentionValues): Float64Array {
  const { heads, keyHeads, headWidth, queries, keys } = layer;
  const weights = referenceWeights(layer, values);
  const output = new Float64Array(queries * heads * headWidth);
  for (let h = 0; h < heads; h++)
    for (let t = 0; t < queries; t++)
      for (let i = 0; i < headWidth; i++) {
        let sum = 0;
        for (let s = 0; s < keys; s++)
          sum +=
            (weights[(h * queries + t) * keys + s] ?? 0) *
            at(values.v, layer.v, Math.floor((h * keyHeads) / heads), s, i);
        output[(t * heads + h) * headWidth + i] = sum;
      }
  return output;
}
