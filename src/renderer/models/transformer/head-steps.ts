/** One query of one head, step by step, read from the GPU. H heads, T queries, S keys, d head width, D width. */
import type { Gpu } from '../../gpu/gpu.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import type { AttentionLayer, HeadRows } from '../../kernels/attention/attention-layer.ts';
import { attention } from '../../kernels/attention/attention.ts';
import { attentionWeights, type AttendedLayer } from '../../kernels/attention/attention-weights.ts';
import { scoresOf, type HeadSteps } from '../../runs/head-steps.ts';
import { linear, outputsOf, type Linear } from './blocks.ts';
import { editHeads, type HeadEdit } from './edits.ts';

/** What the weights of a layer say beyond its attention. */
export interface HeadPlace {
  /** [D, H·d] */
  readonly out: Linear;
  readonly turned: boolean;
  readonly edits: readonly HeadEdit[];
  readonly layer: number;
  readonly attention: HeadEdit['attention'];
}

/** @throws the signal's reason; RangeError for a head or a query that is not there. */
export async function readHeadSteps(
  gpu: Gpu,
  { layer, statistics }: AttendedLayer,
  place: HeadPlace,
  [head, query]: readonly [head: number, query: number],
  signal?: AbortSignal,
): Promise<HeadSteps> {
  const { heads, keyHeads, headWidth: d, keys: S, bias } = layer;
  if (!(head >= 0 && head < heads && query >= 0 && query < layer.queries))
    throw new RangeError(`Query ${query} of head ${head} in ${layer.queries} queries of ${heads} heads.`);
  const keyHead = Math.floor((head * keyHeads) / heads);
  const edits = place.edits.filter(
    (edit) => edit.layer === place.layer && edit.attention === place.attention,
  );
  const change = edits.find((edit) => edit.head === head)?.factor ?? null;
  const D = outputsOf(place.out);
  const sizes = { query: d, keys: S * d, values: S * d, weights: S, context: d, read: d, written: D };
  const all = { ...sizes, bias: bias === null ? 0 : S, mask: layer.keyMask === null ? 0 : S };
  const target = gpu.tensor(
    [Object.values(all).reduce((sum, size) => sum + size)],
    'steps of a head',
    'scratch',
  );
  const only = gpu.tensorFrom(new Float32Array(heads * d), [1, heads * d], 'one head', 'scratch');
  const parts = partsOf(target, all);
  try {
    await gpu.submit(
      'steps of a head',
      (recorder) => {
        recorder.copy(rowOf(layer.q, head, query, d), parts.query);
        copyRows(recorder, layer.k, keyHead, parts.keys, [S, d]);
        copyRows(recorder, layer.v, keyHead, parts.values, [S, d]);
        const rectangle = { headFrom: head, heads: 1, rows: [query, query + 1], columns: [0, S] } as const;
        attentionWeights(recorder, { layer, statistics }, rectangle, { ...parts.weights, shape: [1, 1, S] });
        if (bias !== null)
          for (let s = 0; s < S; s++) {
            const offset =
              bias.offset + head * bias.headStride + query * bias.queryStride + s * bias.keyStride;
            recorder.copy({ buffer: bias.buffer, offset, shape: [1] }, rowsOf(parts.bias, s, s + 1));
          }
        if (layer.keyMask !== null) recorder.copy(layer.keyMask, parts.mask);
        recordContext(recorder, layer, { place, edits, head, query }, { ...parts, only });
      },
      { signal },
    );
    const numbers = await gpu.read(target, signal);
    const found = partsOf(target, all, (from, size) => numbers.slice(from, from + size));
    const visible = visibleKeys(layer, query, layer.keyMask === null ? null : found.mask);
    const steps = {
      ...{ query: found.query, keys: found.keys, visible },
      ...{ scale: layer.scale, softCap: layer.softCap, bias: bias === null ? null : found.bias },
    };
    return {
      ...steps,
      ...{ score: 'dot', values: found.values, keyHead, turned: place.turned, window: layer.window },
      ...{ scores: scoresOf(steps), weights: found.weights, byHand: false, context: found.context, change },
      ...{ read: found.read, written: found.written },
    };
  } finally {
    gpu.release(target);
    gpu.release(only);
  }
}

/** The weighted sum, what changes make of it, and what its part of the projection adds. */
function recordContext(
  recorder: Recorder,
  layer: AttentionLayer,
  {
    place,
    edits,
    head,
    query,
  }: { place: HeadPlace; edits: readonly HeadEdit[]; head: number; query: number },
  to: Record<'context' | 'read' | 'written' | 'only', GpuTensor>,
): void {
  const { heads, headWidth: d } = layer;
  // A mean over the queries asks for all of them.
  const isWhole = edits.some(({ factor }) => factor === 'mean');
  const used = isWhole ? layer : oneQuery(layer, query);
  const output = recorder.temp([used.queries, heads * d], 'attention output');
  const statistics = recorder.temp([heads, used.queries, 2], 'row statistics');
  attention(recorder, used, { output, statistics });
  const row = isWhole ? query : 0;
  const own = { buffer: output.buffer, offset: output.offset + row * heads * d + head * d, shape: [d] };
  recorder.copy(own, to.context);
  editHeads(recorder, edits, place, output, d);
  recorder.copy(own, to.read);
  recorder.copy(own, { buffer: to.only.buffer, offset: to.only.offset + head * d, shape: [d] });
  const written = { ...to.written, shape: [1, ...to.written.shape] };
  linear(recorder, to.only, { ...place.out, bias: null }, written, { label: 'what a head writes' });
}

/** The same attention of one query. */
function oneQuery(layer: AttentionLayer, query: number): AttentionLayer {
  const { q, bias } = layer;
  return {
    ...layer,
    queries: 1,
    firstQuery: layer.firstQuery + query,
    q: { ...q, offset: q.offset + query * q.tokenStride },
    bias: bias === null ? null : { ...bias, offset: bias.offset + query * bias.queryStride },
  };
}

/** 1 for keys that a query sees, [S]. */
function visibleKeys(
  { keys, causal, firstQuery, window }: AttentionLayer,
  query: number,
  mask: Float32Array | null,
): Uint8Array {
  const at = query + firstQuery;
  return Uint8Array.from({ length: keys }, (_, s) => {
    const isLater = causal && s > at;
    const isFar = window !== null && Math.abs(at - s) >= window;
    return isLater || isFar || mask?.[s] === 0 ? 0 : 1;
  });
}

function rowOf(
  { buffer, offset, tokenStride, headStride }: HeadRows,
  head: number,
  at: number,
  d: number,
): GpuTensor {
  return { buffer, offset: offset + at * tokenStride + head * headStride, shape: [d] };
}

function copyRows(
  recorder: Recorder,
  rows: HeadRows,
  head: number,
  target: GpuTensor,
  [count, d]: readonly [number, number],
): void {
  if (rows.tokenStride === d) {
    recorder.copy({ ...rowOf(rows, head, 0, d), shape: [count * d] }, target);
    return;
  }
  for (let t = 0; t < count; t++)
    recorder.copy(rowOf(rows, head, t, d), { ...target, offset: target.offset + t * d, shape: [d] });
}

/** The parts of a tensor that holds several vectors one after another. */
function partsOf<Names extends string, Part = GpuTensor>(
  { buffer, offset }: GpuTensor,
  sizes: Record<Names, number>,
  part: (from: number, size: number) => Part = (from, size) =>
    ({ buffer, offset: offset + from, shape: [size] }) as Part,
): Record<Names, Part> {
  let from = 0;
  const entries = (Object.entries(sizes) as [Names, number][]).map(([name, size]) => {
    const made = part(from, size);
    from += size;
    return [name, made] as const;
  });
  return Object.fromEntries(entries) as Record<Names, Part>;
}
