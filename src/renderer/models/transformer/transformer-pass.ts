import type { Gpu } from '../../gpu/gpu.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import type { AttentionLayer } from '../../kernels/attention/attention-layer.ts';
import { attention } from '../../kernels/attention/attention.ts';
import type { AttendedLayer } from '../../kernels/attention/attention-weights.ts';
import type { Holdings } from '../../runs/activations.ts';
import type { AttentionMap } from '../../runs/run.ts';
import { linear, norm } from './blocks.ts';
import { crossLayer, type CrossAttention, type SourceKeys } from './cross-attention.ts';
import { editHeads, editStates, type Edits, type HeadEdit } from './edits.ts';
import { readHeadSteps } from './head-steps.ts';
import { pooledPatterns } from './pooled-patterns.ts';
import { RelativeBias } from './relative-positions.ts';
import { rotaryTable, sameFrequencies, type Rotary, type RotaryFrequencies } from './rotary-table.ts';
import {
  attentionLayer,
  project,
  qkvBytes,
  qkvRoom,
  qkvRows,
  qkvTensors,
  type Qkv,
  type SelfAttention,
} from './self-attention.ts';
import {
  attentionInput,
  embed,
  recordLayer,
  withNorm,
  type EmbeddedTokens,
  type Layer,
  type Stack,
} from './stack.ts';
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

export type AttentionLease = AttendedLayer & { release(): void };

/** What goes into an attention [n, D], and where its output [n, H·d] goes, of tokens [first, end). */
interface Attending {
  readonly input: GpuTensor;
  readonly mixed: GpuTensor;
  readonly first: number;
  readonly end: number;
}

interface Table {
  readonly frequencies: RotaryFrequencies;
  /** [C, pairs, 2] */
  readonly table: GpuTensor;
}

/** Rows of all layers together that are recorded at once: tens of milliseconds' worth of dispatches. */
const PART_ROWS = 2048;

/**
 * A stack over one text: states in slabs of `C` rows, and q, k, v and row statistics of its attention as far as the
 * memory budget allows (a text that grows keeps all q, k and v: they are its cache).
 */
export class TransformerPass {
  /** L + 1 of [C, D]: before each layer, and after the last one and its norm. */
  readonly hidden: readonly GpuTensor[];
  readonly stack: Stack;
  readonly edits: Edits;
  readonly #gpu: Gpu;
  readonly #capacity: number;
  readonly #from: number;
  readonly #base: TransformerPass | null;
  readonly #tables: ReadonlyMap<Rotary, Table>;
  /** By layer; null: computed again from the state before the layer. */
  readonly #qkv: readonly (Qkv | null)[];
  /** [H, C, 2] by layer; null: computed when somebody looks. */
  readonly #statistics: readonly (GpuTensor | null)[];
  /** Patterns at the resolution of thumbnails by layer; null: not made. */
  readonly #pooled: readonly (GpuTensor | null)[];
  readonly #crossPooled: readonly (GpuTensor | null)[];
  readonly #relative: RelativeBias | null;
  readonly #source: readonly SourceKeys[];
  /** Queries of the attention over the source, [C, H·d] by layer; null: the layer looks at none. */
  readonly #crossQueries: readonly (GpuTensor | null)[];

  /** @throws HeadgateError `out-of-gpu-memory` or `too-large-for-gpu`. */
  constructor(gpu: Gpu, holdings: Holdings, stack: Stack, options: PassOptions) {
    const { capacity: C, length, base, edits = NO_EDITS, source = [] } = options;
    this.#gpu = gpu;
    this.stack = stack;
    this.#capacity = C;
    this.#base = base?.pass ?? null;
    this.#from = base?.from ?? 0;
    this.edits = edits;
    const isGrowing = C > length;
    const editsFirst = edits.states.some(({ layer }) => layer === this.#from);
    const isOld = (state: number) => state < this.#from || (state === this.#from && !editsFirst);
    this.hidden = [...stack.layers.keys(), stack.layers.length].map((l) => {
      const old = this.#base !== null && isOld(l) ? this.#base.hidden[l] : undefined;
      return old === undefined ? holdings.tensor([C, stack.width], `state ${l}`) : rowsOf(old, 0, C);
    });
    let budget = gpu.activationBudget;
    this.#qkv = stack.layers.map(({ attention: own }, l) => {
      if (this.#base !== null && l < this.#from) {
        const old = at(this.#base.#qkv, l);
        return old === null ? null : qkvRows(old, 0, C);
      }
      budget -= qkvBytes(own, C);
      if (budget < 0 && !isGrowing) return null;
      return qkvRoom(own, C, (shape, label) => holdings.tensor(shape, `${label} of layer ${l}`));
    });
    this.#statistics = stack.layers.map(({ attention: own }, l) => {
      if (this.#base !== null && l < this.#from) {
        const isWhole = this.#base.#capacity === C;
        return isWhole ? at(this.#base.#statistics, l) : null;
      }
      return isGrowing ? null : holdings.tensor([own.heads, C, 2], `row statistics of layer ${l}`);
    });
    const pool = (heads: readonly number[], keys: number, old: readonly (GpuTensor | null)[] | null) =>
      isGrowing
        ? heads.map(() => null)
        : pooledPatterns(heads, [C, keys], { from: this.#from, old }, (shape, label) =>
            holdings.tensor(shape, label),
          );
    const whole = this.#base !== null && this.#base.#capacity === C ? this.#base : null;
    const selfHeads = stack.layers.map(({ attention: { heads } }) => heads);
    this.#pooled = pool(selfHeads, C, whole === null ? null : whole.#pooled);
    const crossHeads = stack.layers.map(({ cross }) => cross?.heads ?? 0);
    const S = source[0]?.k.shape[0] ?? 0;
    this.#crossPooled = pool(crossHeads, S, whole === null ? null : whole.#crossPooled);
    this.#source = source;
    this.#crossQueries = stack.layers.map(({ cross }, l) => {
      if (cross === undefined) return null;
      const old = this.#base !== null && l < this.#from ? at(this.#base.#crossQueries, l) : null;
      if (old !== null) return rowsOf(old, 0, C);
      return holdings.tensor([C, cross.heads * cross.headWidth], `cross-attention q of layer ${l}`);
    });
    this.#relative = stack.relative === undefined ? null : new RelativeBias(gpu, holdings, stack.relative, C);
    this.#tables = tables(gpu, holdings, stack, { capacity: C, length });
  }

  /** False when rotary positions of a text of this length differ from those of the pass: it must begin anew. */
  fits(length: number): boolean {
    return [...this.#tables].every(([rotary, { frequencies }]) =>
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
    recordLayer(recorder, layer, rows(l), out, {
      self: (input, mixed) => {
        this.#attend(recorder, l, layer.attention, { input, mixed, first, end });
        editHeads(recorder, edits, { layer: l, attention: 'self' }, mixed, layer.attention.headWidth);
      },
      cross: (input, mixed) => {
        const own = this.#lookAtSource(recorder, l, { input, mixed, first, end });
        editHeads(recorder, edits, { layer: l, attention: 'cross' }, mixed, own.headWidth);
      },
    });
    if (isNormed) {
      norm(recorder, out, last, rows(l + 1));
      recorder.free(out);
    }
    editStates(recorder, this.edits.states, l + 1, rows(l + 1));
  }

  /** The patterns of a layer over the first T tokens at the resolution of thumbnails, [H, h, w]; null: they were not made. */
  pooled(kind: HeadEdit['attention'], T: number): (layer: number) => GpuTensor | null {
    const own = kind === 'self' ? this.#pooled : this.#crossPooled;
    return (layer) => (T === this.#capacity ? at(own, layer) : null);
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

  /** How the first T tokens look at each other; row statistics that the pass did not keep are computed once. */
  views(holdings: Holdings, T: number): (layer: number) => Promise<AttentionLease> {
    const known = new Map<number, GpuTensor>();
    return async (l) => {
      holdings.assertAlive();
      const { layer, release } = await this.attended(l, T);
      try {
        const kept = T === this.#capacity ? at(this.#statistics, l) : null;
        const statistics = kept ?? known.get(l) ?? (await this.#statisticsOf(holdings, l, layer));
        holdings.assertAlive();
        known.set(l, statistics);
        return { layer, statistics, release };
      } catch (error) {
        release();
        throw error;
      }
    };
  }

  /** How the first T tokens look at the source; row statistics are computed once. */
  crossViews(holdings: Holdings, T: number): (layer: number) => Promise<AttentionLease> {
    const known = new Map<number, GpuTensor>();
    return async (l) => {
      holdings.assertAlive();
      const layer = this.lookedAt(l, T);
      const statistics = known.get(l) ?? (await this.#statisticsOf(holdings, l, layer));
      holdings.assertAlive();
      known.set(l, statistics);
      return { layer, statistics, release: () => undefined };
    };
  }

  /** A query of a head among the first T tokens, step by step. @param lease as `views` or `crossViews` of as many tokens gives */
  steps(
    kind: HeadEdit['attention'],
    lease: (layer: number) => Promise<AttentionLease>,
  ): AttentionMap['steps'] {
    return async (l, head, query, signal) => {
      const { attention: self, cross } = at(this.stack.layers, l);
      const own = kind === 'self' ? self : cross;
      if (own === undefined) throw new Error(`Layer ${l} looks at no source.`);
      const attended = await lease(l);
      const place = {
        ...{ out: own.out, turned: kind === 'self' && self.rotary !== null },
        ...{ edits: this.edits.heads, layer: l, attention: kind },
      };
      try {
        return await readHeadSteps(this.#gpu, attended, place, [head, query], signal);
      } finally {
        attended.release();
      }
    };
  }

  /** The state that the first layer reads. */
  #begin(recorder: Recorder, tokens: EmbeddedTokens, state: GpuTensor): void {
    const old = this.#base?.hidden[this.#from];
    if (old === undefined) embed(recorder, this.stack.embedding, tokens, state);
    else if (old.buffer !== state.buffer) recorder.copy(rowsOf(old, 0, this.#capacity), state);
    editStates(recorder, this.edits.states, this.#from, state);
  }

  #attend(recorder: Recorder, l: number, own: SelfAttention, { input, mixed, first, end }: Attending): void {
    const kept = at(this.#qkv, l);
    const target =
      kept === null
        ? qkvRoom(own, end - first, (shape, label) => recorder.temp(shape, label))
        : qkvRows(kept, first, end);
    project(recorder, own, input, target, this.#table(own), first);
    const layer = this.#layer(own, target, kept === null ? target : qkvRows(kept, 0, end), first);
    const wanted = at(this.#statistics, l);
    const statistics = wanted ?? recorder.temp([own.heads, end - first, 2], 'row statistics');
    const pooled = at(this.#pooled, l);
    attention(recorder, layer, { output: mixed, statistics, ...(pooled && { pooled }) });
    if (wanted === null) recorder.free(statistics);
    if (kept === null) for (const tensor of qkvTensors(target)) recorder.free(tensor);
  }

  #lookAtSource(recorder: Recorder, l: number, { input, mixed, first, end }: Attending): CrossAttention {
    const { own, queries, keys } = this.#cross(l);
    const q = rowsOf(queries, first, end);
    linear(recorder, input, own.query, q, { label: 'cross-attention q' });
    const statistics = recorder.temp([own.heads, end - first, 2], 'row statistics');
    const pooled = at(this.#crossPooled, l);
    attention(recorder, crossLayer(own, q, keys), { output: mixed, statistics, ...(pooled && { pooled }) });
    recorder.free(statistics);
    return own;
  }

  #cross(l: number): { own: CrossAttention; queries: GpuTensor; keys: SourceKeys } {
    const { cross: own } = at(this.stack.layers, l);
    const queries = at(this.#crossQueries, l);
    if (own === undefined || queries === null) throw new Error(`Layer ${l} looks at no source.`);
    return { own, queries, keys: at(this.#source, l) };
  }

  #layer(own: SelfAttention, queries: Qkv, keys: Qkv, first: number): AttentionLayer {
    const layer = attentionLayer(own, queries, keys, { causal: this.stack.causal, first });
    return this.#relative === null ? layer : { ...layer, bias: this.#relative.from(first) };
  }

  #table({ rotary }: SelfAttention): GpuTensor | null {
    return rotary === null ? null : (this.#tables.get(rotary)?.table ?? null);
  }

  /** q, k and v of a layer's first T tokens: kept, or computed from the state before it. */
  async #again(l: number, T: number): Promise<{ readonly qkv: Qkv; release(): void }> {
    const kept = at(this.#qkv, l);
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

  async #statisticsOf(holdings: Holdings, l: number, layer: AttentionLayer): Promise<GpuTensor> {
    const { heads, queries, headWidth } = layer;
    const statistics = holdings.tensor([heads, queries, 2], `row statistics of layer ${l}`);
    await this.#gpu.submit('row statistics', (recorder) => {
      const output = recorder.temp([queries, heads * headWidth], 'attention output');
      attention(recorder, layer, { output, statistics });
    });
    return statistics;
  }
}

/** Tables of all kinds of rotary positions of a stack. */
function tables(
  gpu: Gpu,
  holdings: Holdings,
  { layers }: Stack,
  { capacity, length }: { readonly capacity: number; readonly length: number },
): Map<Rotary, Table> {
  const kinds = new Set(layers.map(({ attention: { rotary } }) => rotary).filter((kind) => kind !== null));
  return new Map(
    [...kinds].map((rotary) => {
      const frequencies = rotary.frequencies(length);
      const table = holdings.tensor([capacity, rotary.width / 2, 2], 'rotary positions');
      gpu.upload(table, rotaryTable(frequencies, capacity));
      return [rotary, { frequencies, table }] as const;
    }),
  );
}

/** @throws RangeError for an index outside the list. */
export function at<Value>(list: readonly Value[], index: number): Value {
  const value = list[index];
  if (value === undefined) throw new RangeError(`Index ${index} of ${list.length}.`);
  return value;
}
