/** The attention of a recurrent decoder backward. S source tokens, K width of keys, A of what is scored, P of states. */
import type { Recorder } from '../../gpu/recorder.ts';
import { reshape, rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import { additiveScoresBackward } from '../../kernels/attention/additive-backward.ts';
import { matmul } from '../../kernels/matmul/matmul.ts';
import { add } from '../../kernels/rows/elementwise.ts';
import { softmaxBackward } from '../../kernels/rows/softmax-backward.ts';
import type { AttentionSlabs, DecoderPass } from './decoder-pass.ts';
import type { Encoded } from './encode.ts';
import type { GradientRow } from './gradient-row.ts';
import type { Seq2SeqWeights } from './load.ts';

interface Parts {
  readonly weights: NonNullable<Seq2SeqWeights['attention']>;
  readonly encoded: Encoded;
  readonly pass: DecoderPass;
  readonly slabs: AttentionSlabs;
}

/** Gathers ∂y/∂keys over the steps of a decoder. */
export class AttentionBackward {
  #keys: GpuTensor;
  #otherKeys: GpuTensor;
  /** ∂y/∂(keys as the score takes them), [S, A]. */
  #scored: GpuTensor;
  #otherScored: GpuTensor;

  constructor(
    private readonly parts: Parts,
    zeros: (...shape: number[]) => GpuTensor,
  ) {
    const { keys, scored } = parts.encoded;
    [this.#keys, this.#otherKeys] = [zeros(...keys.shape), zeros(...keys.shape)];
    [this.#scored, this.#otherScored] = [zeros(...scored.shape), zeros(...scored.shape)];
  }

  /** ∂y/∂keys, [S, K], after `finish`. */
  get keys(): GpuTensor {
    return this.#keys;
  }

  /** Step t: from ∂y/∂context to ∂y/∂(the state that asked), which is added to `state`. */
  step(recorder: Recorder, t: number, context: GradientRow, state: GradientRow): void {
    const gradient = context.take();
    if (gradient === null) return;
    const { pass, slabs, encoded } = this.parts;
    const S = encoded.length;
    const weights = reshape(rowsOf(slabs.weights, t, t + 1), [1, S]);
    this.#addToKeys(recorder, weights, gradient);
    if (!pass.isForced(t)) {
      const byWeights = recorder.temp([1, S], 'gradient by the weights');
      const byScores = recorder.temp([1, S], 'gradient by the scores');
      matmul(recorder, { a: gradient, b: encoded.keys, transposed: true, out: byWeights });
      softmaxBackward(recorder, { weights, gradient: byWeights, out: byScores });
      this.#throughScores(recorder, t, byScores, state);
      recorder.free(byWeights);
      recorder.free(byScores);
    }
    recorder.free(gradient);
  }

  /** What goes through the scored keys is added to the keys. */
  finish(recorder: Recorder): void {
    const key = this.parts.weights.key?.parts[0];
    if (key === undefined) add(recorder, this.#keys, this.#scored, this.#otherKeys);
    else matmul(recorder, { a: this.#scored, b: key, out: this.#otherKeys, residual: this.#keys });
    [this.#keys, this.#otherKeys] = [this.#otherKeys, this.#keys];
  }

  #addToKeys(recorder: Recorder, weights: GpuTensor, gradient: GpuTensor): void {
    this.#outer(recorder, weights, gradient, this.#otherKeys, this.#keys);
    [this.#keys, this.#otherKeys] = [this.#otherKeys, this.#keys];
  }

  #throughScores(recorder: Recorder, t: number, byScores: GpuTensor, state: GradientRow): void {
    const { weights, encoded, pass } = this.parts;
    const A = encoded.scored.shape[1] ?? 0;
    const query = recorder.temp([A], 'query');
    const byQuery = recorder.temp([1, A], 'gradient by the query');
    pass.recordQuery(recorder, t, query);
    const row = reshape(query, [1, A]);
    if (weights.score === null) {
      matmul(recorder, { a: byScores, b: encoded.scored, out: byQuery });
      this.#outer(recorder, byScores, row, this.#otherScored, this.#scored);
      [this.#scored, this.#otherScored] = [this.#otherScored, this.#scored];
    } else {
      const { v } = weights.score;
      const own = { query: row, key: encoded.scored, v, gradient: byScores };
      additiveScoresBackward(recorder, { ...own, byQuery, byKey: this.#scored });
    }
    const matrix = weights.query?.parts[0];
    if (matrix === undefined) state.plus(byQuery);
    else state.through(byQuery, matrix);
    recorder.free(query);
    recorder.free(byQuery);
  }

  /** out [S, W] = residual + aᵀ·b of two rows. */
  #outer(recorder: Recorder, a: GpuTensor, b: GpuTensor, out: GpuTensor, residual: GpuTensor): void {
    matmul(recorder, { a: reshape(a, [this.parts.encoded.length, 1]), b, out, residual });
  }
}
