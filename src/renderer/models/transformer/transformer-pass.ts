import type { Gpu } from '../../gpu/gpu.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import type { AttentionLayer } from '../../kernels/attention/attention-layer.ts';
import { attention } from '../../kernels/attention/attention.ts';
import type { Holdings } from '../../runs/activations.ts';
import { at } from '../at.ts';
import { linear, norm } from './blocks.ts';
import { crossLayer, type CrossAttention, type SourceKeys } from './cross-attention.ts';
import { editHeads, editStates, type Edits, type HeadEdit } from './edits.ts';
import { passTensors, rotaryPositions, type PassTensors, type RotaryPositions } from './pass-tensors.ts';
import { RelativeBias } from './relative-positions.ts';
import { sameFrequencies, type Rotary } from './rotary-table.ts';
import {
  attentionLayer,
  project,
  qkvRoom,
  qkvRows,
  qkvTensors,
  type Qkv,
  type SelfAttention,
} from './self-attention.ts';
import { embed, type EmbeddedTokens } from './embed.ts';
import { attentionInput, recordLayer, withNorm, type Layer, type Stack } from './stack.ts';
import type { Part } from './submit-parts.ts';

const NO_EDITS: Edits = { heads: [], states: [] };

export interface PassOptions {
  /** `C`: most tokens. */
  readonly capacity: number;
  /** Tokens at first; more may follow, up to the capacity, and find the keys and values of those before them. */
  readonly length: number;
  /** A pass whose beginning is taken over: what stands before layer `from` is not computed again. */
  readonly base?: { readonly pass: TransformerPass; readonly from: number };
  readonly edits?: Edits;
  /** Keys and values of the source by layer, for stacks that look at one. */
  readonly source?: readonly SourceKeys[];
}

/** What goes into an attention [n, D], and where its output [n, H·d] goes, of tokens [first, end). */
interface Attending {
  readonly input: GpuTensor;
  readonly mixed: GpuTensor;
  readonly first: number;
  readonly end: number;
}

/** Rows of all layers together that are recorded at once: tens of milliseconds' worth of dispatches. */
const PART_ROWS = 2048;

/**
 * A stack over one text: states in slabs of `C` rows, and q, k, v and row statistics of its attention as far as the
 * memory budget allows (a text that grows keeps all q, k and v: they are its cache).
 */
export class TransformerPass {
  readonly stack: Stack;
  readonly edits: Edits;
  readonly #gpu: Gpu;
  readonly #tensors: PassTensors;
  readonly #from: number;
  readonly #base: TransformerPass | null;
  readonly #positions: ReadonlyMap<Rotary, RotaryPositions>;
  readonly #relative: RelativeBias | null;
  readonly #source: readonly SourceKeys[];

  /** @throws HeadgateError `out-of-gpu-memory` or `too-large-for-gpu`. */
  constructor(gpu: Gpu, holdings: Holdings, stack: Stack, options: PassOptions) {
    const { capacity, length, base, edits = NO_EDITS, source = [] } = options;
    this.#gpu = gpu;
    this.stack = stack;
    this.#base = base?.pass ?? null;
    this.#from = base?.from ?? 0;
    this.edits = edits;
    this.#source = source;
    this.#tensors = passTensors(gpu, holdings, stack, {
      ...{ capacity, length, edits, source },
      base: base === undefined ? null : { tensors: base.pass.#tensors, from: base.from },
    });
    this.#relative =
      stack.relative === undefined ? null : new RelativeBias(gpu, holdings, stack.relative, capacity);
    this.#positions = rotaryPositions(gpu, holdings, stack, { capacity, length });
  }

  /** L + 1 of [C, D]: before each layer, and after the last one and its norm. */
  get hidden(): readonly GpuTensor[] {
    return this.#tensors.hidden;
  }

  /** False when rotary positions of a text of this length differ from those of the pass: it must begin anew. */
  fits(length: number): boolean {
    return [...this.#positions].every(([rotary, { frequencies }]) =>
      sameFrequencies(rotary.frequencies(length), frequencies),
    );
  }

  /**
   * All layers over some tokens, after all tokens before them, in parts for recorders of their own, in this order: recording
   * many layers of a long text at once takes so long that the window would stand still.
   */
  parts(tokens: EmbeddedTokens): readonly Part[] {
    const { first } = tokens;
    const end = first + (tokens.ids.shape[0] ?? 0);
    const count = this.stack.layers.length;
    const step = Math.max(1, Math.floor(PART_ROWS / (end - first)));
    const begin = (recorder: Recorder) => {
      this.#relative?.record(recorder);
      this.#begin(recorder, tokens, rowsOf(at(this.hidden, this.#from), first, end));
    };
    const parts: Part[] = [];
    for (let from = this.#from; from === this.#from || from < count; from += step)
      parts.push((recorder) => {
        if (from === this.#from) begin(recorder);
        for (let l = from; l < Math.min(from + step, count); l++) this.#recordLayer(recorder, l, first, end);
      });
    return parts;
  }

  #recordLayer(recorder: Recorder, l: number, first: number, end: number): void {
    const { layers, last } = this.stack;
    const layer = at(layers, l);
    const rows = (state: number) => rowsOf(at(this.hidden, state), first, end);
    const isNormed = l + 1 === layers.length && last !== null;
    const out = isNormed ? recorder.temp([end - first, this.stack.width], 'last state') : rows(l + 1);
    const { heads: edits } = this.edits;
    const attends = {
      self: (input: GpuTensor, mixed: GpuTensor) => {
        this.#attend(recorder, l, layer.attention, { input, mixed, first, end });
        editHeads(recorder, edits, { layer: l, attention: 'self' }, mixed, layer.attention.headWidth);
      },
      cross: (input: GpuTensor, mixed: GpuTensor) => {
        const own = this.#lookAtSource(recorder, l, { input, mixed, first, end });
        editHeads(recorder, edits, { layer: l, attention: 'cross' }, mixed, own.headWidth);
      },
    };
    const lengths = at(this.#tensors.lengths, l);
    const taps = lengths === null ? {} : { added: { out: lengths, first } };
    recordLayer(recorder, layer, rows(l), out, attends, taps);
    if (isNormed) {
      norm(recorder, out, last, rows(l + 1));
      recorder.free(out);
    }
    editStates(recorder, this.edits.states, l + 1, rows(l + 1));
  }

  /** The patterns of a layer over the first T tokens at the resolution of thumbnails, [H, h, w]; null: they were not made. */
  pooled(kind: HeadEdit['attention'], T: number): (layer: number) => GpuTensor | null {
    const { capacity, pooled, crossPooled } = this.#tensors;
    return (layer) => (T === capacity ? at(kind === 'self' ? pooled : crossPooled, layer) : null);
  }

  /** Lengths of what a layer's parts add, [2 or 3, C]; null: they were not kept. */
  lengths(l: number): GpuTensor | null {
    return at(this.#tensors.lengths, l);
  }

  /** Row statistics of a layer's first T tokens, [H, T, 2]; null: they were not kept. */
  statistics(l: number, T: number): GpuTensor | null {
    const { capacity, statistics } = this.#tensors;
    return T === capacity ? at(statistics, l) : null;
  }

  /** q, k and v of a layer's first T tokens, kept or computed again, and the layer's rotary positions. */
  async attended(
    l: number,
    T: number,
  ): Promise<{ readonly layer: AttentionLayer; readonly table: GpuTensor | null; release(): void }> {
    const { attention: own } = at(this.stack.layers, l);
    const { qkv, release } = await this.#again(l, T);
    return { layer: this.#layer(own, qkv, qkv, 0), table: this.#table(own), release };
  }

  /** How a layer's first T tokens look at the source. */
  lookedAt(l: number, T: number): AttentionLayer {
    const { own, queries, keys } = this.#cross(l);
    return crossLayer(own, rowsOf(queries, 0, T), keys);
  }

  /** The state that the first layer reads. */
  #begin(recorder: Recorder, tokens: EmbeddedTokens, state: GpuTensor): void {
    const old = this.#base?.hidden[this.#from];
    if (old === undefined) embed(recorder, this.stack.embedding, tokens, state);
    else if (old.buffer !== state.buffer) recorder.copy(rowsOf(old, 0, this.#tensors.capacity), state);
    editStates(recorder, this.edits.states, this.#from, state);
  }

  #attend(recorder: Recorder, l: number, own: SelfAttention, { input, mixed, first, end }: Attending): void {
    const kept = at(this.#tensors.qkv, l);
    const target =
      kept === null
        ? qkvRoom(own, end - first, (shape, label) => recorder.temp(shape, label))
        : qkvRows(kept, first, end);
    project(recorder, own, input, target, this.#table(own), first);
    const layer = this.#layer(own, target, kept === null ? target : qkvRows(kept, 0, end), first);
    const wanted = at(this.#tensors.statistics, l);
    const statistics = wanted ?? recorder.temp([own.heads, end - first, 2], 'row statistics');
    const pooled = at(this.#tensors.pooled, l);
    attention(recorder, layer, { output: mixed, statistics, ...(pooled && { pooled }) });
    if (wanted === null) recorder.free(statistics);
    if (kept === null) for (const tensor of qkvTensors(target)) recorder.free(tensor);
  }

  #lookAtSource(recorder: Recorder, l: number, { input, mixed, first, end }: Attending): CrossAttention {
    const { own, queries, keys } = this.#cross(l);
    const q = rowsOf(queries, first, end);
    linear(recorder, input, own.query, q, { label: 'cross-attention q' });
    const statistics = recorder.temp([own.heads, end - first, 2], 'row statistics');
    const pooled = at(this.#tensors.crossPooled, l);
    attention(recorder, crossLayer(own, q, keys), { output: mixed, statistics, ...(pooled && { pooled }) });
    recorder.free(statistics);
    return own;
  }

  #cross(l: number): { own: CrossAttention; queries: GpuTensor; keys: SourceKeys } {
    const { cross: own } = at(this.stack.layers, l);
    const queries = at(this.#tensors.crossQueries, l);
    if (own === undefined || queries === null) throw new Error(`Layer ${l} looks at no source.`);
    return { own, queries, keys: at(this.#source, l) };
  }

  #layer(own: SelfAttention, queries: Qkv, keys: Qkv, first: number): AttentionLayer {
    const layer = attentionLayer(own, queries, keys, { causal: this.stack.causal, first });
    return this.#relative === null ? layer : { ...layer, bias: this.#relative.from(first) };
  }

  #table({ rotary }: SelfAttention): GpuTensor | null {
    return rotary === null ? null : (this.#positions.get(rotary)?.table ?? null);
  }

  /** q, k and v of a layer's first T tokens: kept, or computed from the state before it. */
  async #again(l: number, T: number): Promise<{ readonly qkv: Qkv; release(): void }> {
    const kept = at(this.#tensors.qkv, l);
    if (kept !== null) return { qkv: qkvRows(kept, 0, T), release: () => undefined };
    const gpu = this.#gpu;
    const layer = at(this.stack.layers, l);
    const made: GpuTensor[] = [];
    const release = () => {
      for (const tensor of made.splice(0)) gpu.release(tensor);
    };
    try {
      const qkv = qkvRoom(layer.attention, T, (shape, label) => {
        const tensor = gpu.tensor(shape, `${label} again`, 'scratch');
        made.push(tensor);
        return tensor;
      });
      await gpu.submit('q, k, v again', (recorder) => this.#project(recorder, layer, l, qkv, T));
      return { qkv, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  #project(recorder: Recorder, layer: Layer, l: number, qkv: Qkv, T: number): void {
    withNorm(recorder, attentionInput(layer), rowsOf(at(this.hidden, l), 0, T), (input) =>
      project(recorder, layer.attention, input, qkv, this.#table(layer.attention), 0),
    );
  }
}
