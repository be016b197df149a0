/** What the attention kernels have in common: their variant, their buffers and their parameters. */
import type { AdapterFacts } from '../../gpu/adapter.ts';
import type { Constants } from '../../gpu/shader.ts';
import type { AttentionLayer, HeadRows } from './attention-layer.ts';

/** Sides of the tile that one thread keeps in registers, and of a workgroup. */
export interface AttentionTile extends Constants {
  readonly TILE: number;
  /** TILE / 4. */
  readonly QUADS: number;
  /** TILE is 8. */
  readonly WIDE: boolean;
  readonly GROUP: number;
}

/** Large tiles where registers are memory anyway (a CPU); small ones and more threads on a GPU. */
export const SOFTWARE_TILE: AttentionTile = { TILE: 8, QUADS: 2, WIDE: true, GROUP: 4 };
export const GPU_TILE: AttentionTile = { TILE: 4, QUADS: 1, WIDE: false, GROUP: 8 };

export function attentionTile(facts: AdapterFacts): AttentionTile {
  return facts.isSoftware ? SOFTWARE_TILE : GPU_TILE;
}

/** Every combination of tile and named switches: what a kernel's variants may be. */
export function attentionVariants(...switches: readonly string[]): Constants[] {
  return switches.reduce<Constants[]>(
    (list, name) => list.flatMap((constants) => [false, true].map((on) => ({ ...constants, [name]: on }))),
    [SOFTWARE_TILE, GPU_TILE],
  );
}

/** Switches of `score.wgsl`. */
export function scoreConstants(layer: AttentionLayer): Constants {
  return { BIAS: layer.bias !== null, SOFT_CAP: layer.softCap !== null };
}

/** True when rows can be read four values at a time. */
export function isVector(layer: AttentionLayer, rows: readonly HeadRows[]): boolean {
  const isFour = (count: number) => count % 4 === 0;
  return (
    isFour(layer.headWidth) &&
    rows.every(({ offset, tokenStride, headStride }) => [offset, tokenStride, headStride].every(isFour))
  );
}

/** Places of rows as the kernels count them: in vec4s or in single values. */
export function rowParams(name: 'q' | 'k' | 'v', rows: HeadRows, vector: boolean): Record<string, number> {
  const unit = vector ? 4 : 1;
  return {
    [`${name}_start`]: rows.offset / unit,
    [`${name}_token`]: rows.tokenStride / unit,
    [`${name}_head`]: rows.headStride / unit,
  };
}

/** Parameters of `visible.wgsl`. */
export function visibleParams(layer: AttentionLayer): Record<string, number | boolean> {
  return {
    queries: layer.queries,
    keys: layer.keys,
    causal: layer.causal,
    first_query: layer.firstQuery,
    window: layer.window ?? 0,
  };
}

/** Parameters of `score.wgsl`, and of the rows that it is computed from. */
export function scoreParams(layer: AttentionLayer, vector: boolean): Record<string, number | boolean> {
  const bias: Record<string, number> =
    layer.bias === null
      ? {}
      : {
          bias_start: layer.bias.offset,
          bias_head: layer.bias.headStride,
          bias_query: layer.bias.queryStride,
          bias_key: layer.bias.keyStride,
        };
  return {
    ...visibleParams(layer),
    ...rowParams('q', layer.q, vector),
    ...rowParams('k', layer.k, vector),
    ...bias,
    group: layer.heads / layer.keyHeads,
    parts: layer.headWidth / (vector ? 4 : 1),
    scale: layer.scale,
    ...(layer.softCap === null ? {} : { soft_cap: layer.softCap }),
  };
}

/** Of layers that were asked about: a long text's goes through the kernels in hundreds of pieces. */
const shares = new WeakMap<AttentionLayer, number>();

/** The share of all (query, key) pairs that some query sees; what tiles that are skipped save. */
export function visibleShare(layer: AttentionLayer): number {
  const known = shares.get(layer);
  if (known !== undefined) return known;
  const { queries, keys, causal, firstQuery } = layer;
  const window = layer.window ?? Infinity;
  let seen = 0;
  for (let t = 0; t < queries; t++) {
    const position = t + firstQuery;
    const from = Math.max(0, position - window + 1);
    const to = Math.min(keys, causal ? position + 1 : position + window);
    seen += Math.max(0, to - from);
  }
  const share = seen / (queries * keys);
  shares.set(layer, share);
  return share;
}

/** @throws RangeError for a layer that no kernel can run. */
export function checkLayer(layer: AttentionLayer): void {
  const { heads, keyHeads, headWidth, queries, keys, window, softCap } = layer;
  if (Math.min(heads, keyHeads, headWidth, queries, keys) < 1 || heads % keyHeads !== 0)
    throw new RangeError(
      `attention of ${queries} queries over ${keys} keys with ${heads} heads of ${headWidth} over ${keyHeads}`,
    );
  if (window !== null && window < 1) throw new RangeError(`an attention window of ${window} keys`);
  if (softCap !== null && softCap <= 0) throw new RangeError(`scores capped at ${softCap}`);
}
