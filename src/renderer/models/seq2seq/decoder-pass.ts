import type { Gpu } from '../../gpu/gpu.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { reshape, rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import { additiveScores, attend } from '../../kernels/attention/additive-attention.ts';
import { embedding } from '../../kernels/rows/embedding.ts';
import { matmul } from '../../kernels/matmul/matmul.ts';
import { recordRecurrentLayer, type RecurrentLayer } from '../../kernels/recurrent/recurrent-layer.ts';
import type { Holdings } from '../../runs/activations.ts';
import { scoreFormula } from './score-formula.ts';
import type { HeadSteps } from '../../runs/head-steps.ts';
import { allocateStack } from '../recurrent/recurrent-pass.ts';
import { stateOf } from '../../../common/configs/recurrent-stack.ts';
import {
  keyWidth,
  type DecoderPart,
  type OutputPart,
  type Seq2SeqConfig,
} from '../../../common/configs/seq2seq.ts';
import { squashed, type Encoded } from './encode.ts';
import { recordLinear, type Seq2SeqWeights } from './load.ts';

/** Attention slabs of a pass of `capacity` steps over R rows. */
export interface AttentionSlabs {
  /** [capacity, R, S] */
  readonly scores: GpuTensor;
  readonly weights: GpuTensor;
  /** [capacity, R, K] */
  readonly context: GpuTensor;
}

/**
 * Steps of a decoder over R hypotheses of one source: step t reads the token ids of row t and leaves its states, gates,
 * attention and what its logits are made of.
 */
export class DecoderPass {
  readonly layers: readonly (readonly RecurrentLayer[])[];
  readonly attention: AttentionSlabs | null;
  /** [capacity, R, E] */
  readonly embedded: GpuTensor;
  /** [capacity + 1, R, P]; row t + 1 is what step t leaves, row 0 is zero. */
  readonly attentional: GpuTensor | null;
  readonly #summary: GpuTensor | null;
  readonly #ids: GpuTensor;
  readonly #gpu: Gpu;
  readonly #config: Seq2SeqConfig;
  readonly #weights: Seq2SeqWeights;
  readonly #encoded: Encoded;
  readonly #rows: number;
  readonly #forced: ReadonlySet<number>;

  /**
   * @param forced weights [S] of attention by step, for every row: the softmax is not asked
   */
  constructor(
    gpu: Gpu,
    holdings: Holdings,
    config: Seq2SeqConfig,
    weights: Seq2SeqWeights,
    encoded: Encoded,
    capacity: number,
    rows: number,
    forced: ReadonlyMap<number, Float32Array<ArrayBuffer>> = new Map(),
  ) {
    this.#gpu = gpu;
    this.#config = config;
    this.#weights = weights;
    this.#encoded = encoded;
    this.#rows = rows;
    this.#forced = new Set(forced.keys());
    const P = stateOf(config.decoder);
    const keep = (label: string, ...shape: number[]) => holdings.tensor(shape, `decoder.${label}`);
    const uses = (part: DecoderPart & OutputPart) =>
      config.decoder.input.includes(part) || config.output.input.includes(part);
    this.#ids = keep('ids', capacity, rows);
    this.embedded = keep('embeddings', capacity, rows, config.target.embedding_size);
    this.attention =
      config.attention === null
        ? null
        : {
            scores: keep('scores', capacity, rows, encoded.length),
            weights: keep('weights', capacity, rows, encoded.length),
            context: keep('context', capacity, rows, keyWidth(config)),
          };
    this.attentional = config.attentional === null ? null : keep('attentional', capacity + 1, rows, P);
    this.#summary = uses('summary') ? keep('summary', capacity, rows, P) : null;
    if (this.attentional !== null) gpu.upload(rowsOf(this.attentional, 0, 1), new Float32Array(rows * P));
    for (const [step, values] of forced)
      if (this.attention !== null && step < capacity) {
        const all = new Float32Array(rows * encoded.length);
        for (let r = 0; r < rows; r++) all.set(values, r * encoded.length);
        gpu.upload(rowsOf(this.attention.weights, step, step + 1), all);
      }
    this.layers = allocateStack(
      gpu,
      holdings,
      weights.decoder,
      {
        parts: config.decoder.input.map((part) => this.#inputSlab(part)),
        positions: capacity,
        lengths: new Array<number>(rows).fill(capacity),
        stack: 'decoder',
      },
      true,
    );
  }

  /** Records what every row starts from. Call once, before the first step. */
  recordStart(recorder: Recorder): void {
    for (const [l, [layer]] of this.layers.entries()) {
      const state = this.#encoded.initial[l];
      if (layer === undefined || state === undefined) continue;
      this.#spread(recorder, state.hidden, rowsOf(layer.slabs.hidden, 0, 1));
      if (layer.slabs.cells !== null && state.cell !== null)
        this.#spread(recorder, state.cell, rowsOf(layer.slabs.cells, 0, 1));
    }
    const last = this.#encoded.initial.at(-1);
    if (this.#summary !== null && last !== undefined) this.#spread(recorder, last.hidden, this.#summary);
  }

  /** Records that the first `steps` steps are those of another pass over the same source with as many rows. */
  recordKept(recorder: Recorder, other: DecoderPass, steps: number): void {
    const keep = (from: GpuTensor | null | undefined, to: GpuTensor | null | undefined, rows = steps) => {
      if (from && to) recorder.copy(rowsOf(from, 0, rows), rowsOf(to, 0, rows));
    };
    keep(other.embedded, this.embedded);
    keep(other.attention?.scores, this.attention?.scores);
    keep(other.attention?.weights, this.attention?.weights);
    keep(other.attention?.context, this.attention?.context);
    keep(other.attentional, this.attentional, steps + 1);
    for (const [l, [layer]] of this.layers.entries()) {
      const [from, to] = [other.layers[l]?.[0]?.slabs, layer?.slabs];
      keep(from?.hidden, to?.hidden, steps + 1);
      keep(from?.cells, to?.cells, steps + 1);
      for (let plane = 0; plane < (to?.gates?.shape[0] ?? 0); plane++)
        keep(planeOf(from?.gates, plane), planeOf(to?.gates, plane));
    }
  }

  /** Writes the tokens that the steps from `step` on read: of each step one a row. */
  setInputs(step: number, ids: readonly number[]): void {
    this.#gpu.upload(rowsOf(this.#ids, step, step + ids.length / this.#rows), Uint32Array.from(ids));
  }

  /** Records one step. */
  recordStep(recorder: Recorder, t: number): void {
    const { config, weights } = { config: this.#config, weights: this.#weights };
    embedding(recorder, {
      ids: rowsOf(this.#ids, t, t + 1),
      table: weights.targetEmbedding,
      out: this.#row(this.embedded, t),
    });
    if (config.attention?.query === 'previous') this.#attend(recorder, t, this.#hidden(t));
    for (const [layer] of this.layers)
      if (layer !== undefined) recordRecurrentLayer(recorder, layer, t, t + 1);
    if (config.attention?.query === 'current') this.#attend(recorder, t, this.#hidden(t + 1));
    if (weights.attentional === null || this.attentional === null || this.attention === null) return;
    const inputs = [this.#hidden(t + 1), this.#row(this.attention.context, t)];
    const out = this.#row(this.attentional, t + 1);
    if (config.attentional?.activation === 'tanh') squashed(recorder, weights.attentional, inputs, out);
    else recordLinear(recorder, weights.attentional, inputs, out, 'attentional');
  }

  /** Records what step t of row 0 asked the source with, [A] as the keys of the scores are wide. */
  recordQuery(recorder: Recorder, t: number, target: GpuTensor): void {
    const { attention } = this.#weights;
    const state = rowsOf(this.#hidden(this.#config.attention?.query === 'current' ? t + 1 : t), 0, 1);
    const query = reshape(target, [1, target.shape[0] ?? 0]);
    const linear = attention?.query ?? null;
    if (linear === null) recorder.copy(state, query);
    else recordLinear(recorder, linear, [state], query, 'query');
  }

  /** How its scores are made. */
  get scoreRule(): HeadSteps['score'] {
    return (this.#weights.attention?.score ?? null) === null ? 'dot' : 'additive';
  }

  /** The same by the states themselves; null: it has no attention. */
  get scoreFormula(): string | null {
    const { attention } = this.#config;
    return attention === null ? null : scoreFormula(attention);
  }

  /** The weights of step t were set by hand. */
  isForced(t: number): boolean {
    return this.#forced.has(t);
  }

  /** Records the logits of steps [from, to) of all rows into `target` [(to − from)·R, V]. */
  recordLogits(recorder: Recorder, from: number, to: number, target: GpuTensor): void {
    const inputs = this.#config.output.input.map((part) => {
      const { slab, shift } = this.#outputSlab(part);
      const rows = rowsOf(slab, from + shift, to + shift);
      return reshape(rows, [(to - from) * this.#rows, slab.shape.at(-1) ?? 1]);
    });
    recordLinear(recorder, this.#weights.output, inputs, target, 'logits');
  }

  /** After step t, row r goes on from what row `parents[r]` left. */
  recordReorder(recorder: Recorder, t: number, parents: readonly number[]): void {
    const slabs = this.layers.flatMap(([layer]) =>
      layer === undefined ? [] : [layer.slabs.hidden, layer.slabs.cells],
    );
    for (const slab of [...slabs, this.attentional]) {
      if (slab === null) continue;
      const rows = this.#row(slab, t + 1);
      const kept = recorder.temp(rows.shape, 'states of the hypotheses');
      recorder.copy(rows, kept);
      for (const [r, parent] of parents.entries())
        if (parent !== r) recorder.copy(rowsOf(kept, parent, parent + 1), rowsOf(rows, r, r + 1));
      recorder.free(kept);
    }
  }

  /** [R, ·] of row t of a slab. */
  #row(slab: GpuTensor, t: number): GpuTensor {
    return reshape(rowsOf(slab, t, t + 1), slab.shape.slice(1));
  }

  /** [R, P]: row t of the last layer's states; row 0 is the initial one. */
  #hidden(t: number): GpuTensor {
    const layer = this.layers.at(-1)?.[0];
    if (layer === undefined) throw new Error('A decoder has at least one layer.');
    return this.#row(layer.slabs.hidden, t);
  }

  #attend(recorder: Recorder, t: number, state: GpuTensor): void {
    const slabs = this.attention;
    const weights = this.#weights.attention;
    if (slabs === null || weights === null) return;
    const { keys, scored, mask } = this.#encoded;
    const scores = this.#row(slabs.scores, t);
    const query = weights.query === null ? state : recorder.temp([this.#rows, scored.shape[1] ?? 0], 'query');
    if (weights.query !== null) recordLinear(recorder, weights.query, [state], query, 'query');
    if (weights.score === null)
      matmul(recorder, { a: query, b: scored, transposed: true, out: scores, label: 'attention scores' });
    else {
      const { v, bias } = weights.score;
      additiveScores(recorder, { query, key: scored, v, bias, scores });
    }
    if (weights.query !== null) recorder.free(query);
    const own = { weights: this.#row(slabs.weights, t), context: this.#row(slabs.context, t) };
    attend(recorder, { scores, mask, key: keys, ...own }, this.#forced.has(t));
  }

  #inputSlab(part: DecoderPart): GpuTensor {
    const slab = {
      embedding: this.embedded,
      context: this.attention?.context,
      feed: this.attentional,
      summary: this.#summary,
    }[part];
    return must(slab, part);
  }

  /** Slab of a part of the output layer's input, and by how many rows it is ahead of the steps. */
  #outputSlab(part: OutputPart): { slab: GpuTensor; shift: number } {
    const hidden = this.layers.at(-1)?.[0]?.slabs.hidden;
    switch (part) {
      case 'hidden':
        return { slab: must(hidden, part), shift: 1 };
      case 'attentional':
        return { slab: must(this.attentional, part), shift: 1 };
      case 'context':
        return { slab: must(this.attention?.context, part), shift: 0 };
      case 'embedding':
        return { slab: this.embedded, shift: 0 };
      case 'summary':
        return { slab: must(this.#summary, part), shift: 0 };
    }
  }

  /** One row [1, ·] into every row of the target. */
  #spread(recorder: Recorder, row: GpuTensor, target: GpuTensor): void {
    const width = row.shape[1] ?? 1;
    const rows = reshape(target, [target.shape.reduce((a, b) => a * b, 1) / width, width]);
    for (let r = 0; r < (rows.shape[0] ?? 0); r++) recorder.copy(row, rowsOf(rows, r, r + 1));
  }
}

/** One gate of a slab of gates: its rows are the steps. */
function planeOf(gates: GpuTensor | null | undefined, plane: number): GpuTensor | null {
  return gates ? reshape(rowsOf(gates, plane, plane + 1), gates.shape.slice(1)) : null;
}

function must(slab: GpuTensor | null | undefined, part: string): GpuTensor {
  if (slab === null || slab === undefined) throw new Error(`The config's check let “${part}” pass.`);
  return slab;
}
