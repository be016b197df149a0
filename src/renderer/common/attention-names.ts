/** What kinds of attention are called in titles. */
import type { AttentionMap } from '../runs/run.ts';
import { headName } from './tokens.ts';

const NAMES: Readonly<Record<AttentionMap['kind'], string>> = {
  self: 'attention',
  encoder: 'encoder self-attention',
  decoder: 'decoder self-attention',
  cross: 'cross-attention',
};

/** In the middle of a title: `cross-attention`. */
export function attentionName({ kind }: Pick<AttentionMap, 'kind'>): string {
  return NAMES[kind];
}

/** Heads of a layer, with their kind of attention where there are several: `L3 H1`, `L3 H0, L3 H1 of cross-attention`. */
export function headsTitle(map: Pick<AttentionMap, 'kind'>, layer: number, heads: readonly number[]): string {
  const names = heads.map((head) => headName(layer, head)).join(', ');
  return map.kind === 'self' ? names : `${names} of ${attentionName(map)}`;
}
