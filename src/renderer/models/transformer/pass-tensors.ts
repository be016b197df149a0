/** What a pass leaves on the GPU: room for it, and what is taken over from another pass. */
import type { Gpu } from '../../gpu/gpu.ts';
import { rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import type { Holdings } from '../../runs/activations.ts';
import { at } from '../at.ts';
import { lengthsOfLayers } from './added-lengths.ts';
import type { SourceKeys } from './cross-attention.ts';
import type { Edits } from './edits.ts';
import { pooledPatterns } from './pooled-patterns.ts';
import { rotaryTable, type Rotary, type RotaryFrequencies } from './rotary-table.ts';
import { qkvBytes, qkvRoom, qkvRows, type Qkv } from './self-attention.ts';
import type { Stack } from './stack.ts';

/** Tensors of a pass over texts of up to `C` tokens, by layer where they are lists. */
export interface PassTensors {
  /** `C` */
  readonly capacity: number;
  /** L + 1 of [C, D]: before each layer, and after the last one and its norm. */
  readonly hidden: readonly GpuTensor[];
  /** Null: computed again from the state before the layer. */
  readonly qkv: readonly (Qkv | null)[];
  /** [H, C, 2]; null: computed when somebody looks. */
  readonly statistics: readonly (GpuTensor | null)[];
  /** Patterns at the resolution of thumbnails; null: not made. */
  readonly pooled: readonly (GpuTensor | null)[];
  readonly crossPooled: readonly (GpuTensor | null)[];
  /** Lengths of what the parts add, [2 or 3, C]; null: computed when somebody looks. */
  readonly lengths: readonly (GpuTensor | null)[];
  /** Queries of the attention over the source, [C, H·d]; null: the layer looks at none. */
  readonly crossQueries: readonly (GpuTensor | null)[];
}

/** What decides over the room of a pass. */
export interface PassRoom {
  /** `C`: most tokens. */
  readonly capacity: number;
  /** Tokens at first. */
  readonly length: number;
  /** Tensors of a pass whose beginning is taken over: what stands before layer `from` is not computed again. */
  readonly base: { readonly tensors: PassTensors; readonly from: number } | null;
  readonly edits: Edits;
  /** Keys and values of the source by layer. */
  readonly source: readonly SourceKeys[];
}

/** @throws HeadgateError `out-of-gpu-memory` or `too-large-for-gpu`. */
export function passTensors(gpu: Gpu, holdings: Holdings, stack: Stack, room: PassRoom): PassTensors {
  const { capacity: C, length, base, edits, source } = room;
  const from = base?.from ?? 0;
  const before = base?.tensors ?? null;
  // What depends on the number of tokens is only taken over from a pass of as many.
  const whole = before?.capacity === C ? before : null;
  const isGrowing = C > length;
  const editsFirst = edits.states.some(({ layer }) => layer === from);
  const isOld = (state: number) => state < from || (state === from && !editsFirst);
  const hidden = [...stack.layers.keys(), stack.layers.length].map((l) => {
    const old = isOld(l) ? before?.hidden[l] : undefined;
    return old === undefined ? holdings.tensor([C, stack.width], `state ${l}`) : rowsOf(old, 0, C);
  });
  let budget = gpu.activationBudget;
  const qkv = stack.layers.map(({ attention: own }, l) => {
    if (before !== null && l < from) {
      const old = at(before.qkv, l);
      return old === null ? null : qkvRows(old, 0, C);
    }
    budget -= qkvBytes(own, C);
    if (budget < 0 && !isGrowing) return null;
    return qkvRoom(own, C, (shape, label) => holdings.tensor(shape, `${label} of layer ${l}`));
  });
  const statistics = stack.layers.map(({ attention: own }, l) => {
    if (before !== null && l < from) return whole === null ? null : at(whole.statistics, l);
    return isGrowing ? null : holdings.tensor([own.heads, C, 2], `row statistics of layer ${l}`);
  });
  const keep = (shape: readonly number[], label: string) => holdings.tensor(shape, label);
  const lengths = isGrowing
    ? stack.layers.map(() => null)
    : lengthsOfLayers(stack.layers, C, { from, old: whole?.lengths ?? null }, keep);
  const pool = (heads: readonly number[], keys: number, old: readonly (GpuTensor | null)[] | null) =>
    isGrowing ? heads.map(() => null) : pooledPatterns(heads, [C, keys], { from, old }, keep);
  const selfHeads = stack.layers.map(({ attention: { heads } }) => heads);
  const pooled = pool(selfHeads, C, whole?.pooled ?? null);
  const crossHeads = stack.layers.map(({ cross }) => cross?.heads ?? 0);
  const crossPooled = pool(crossHeads, source[0]?.k.shape[0] ?? 0, whole?.crossPooled ?? null);
  const crossQueries = stack.layers.map(({ cross }, l) => {
    if (cross === undefined) return null;
    const old = before !== null && l < from ? at(before.crossQueries, l) : null;
    if (old !== null) return rowsOf(old, 0, C);
    return holdings.tensor([C, cross.heads * cross.headWidth], `cross-attention q of layer ${l}`);
  });
  return { capacity: C, hidden, qkv, statistics, pooled, crossPooled, lengths, crossQueries };
}

/** Angles of one kind of rotary positions. */
export interface RotaryPositions {
  readonly frequencies: RotaryFrequencies;
  /** [C, pairs, 2] */
  readonly table: GpuTensor;
}

/** The angles of all kinds of rotary positions of a stack, for a text of `length` tokens. */
export function rotaryPositions(
  gpu: Gpu,
  holdings: Holdings,
  { layers }: Stack,
  { capacity, length }: Pick<PassRoom, 'capacity' | 'length'>,
): Map<Rotary, RotaryPositions> {
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
