/** Changes of a run in the few letters that a picture has room for. */
import { formatFactor } from './numbers.ts';
import type { AttentionMap, Run } from '../runs/run.ts';
import type { Intervention } from '../runs/facets/changes.ts';

/** `off`, `mean` or `×0.5` */
export function factorName(factor: number | 'mean'): string {
  if (factor === 'mean') return 'mean';
  return factor === 0 ? 'off' : formatFactor(factor);
}

/** The heads of a kind of attention that a run was changed at, by `layer head`. */
export function headMarks(run: Pick<Run, 'facet'>, kind: AttentionMap['kind']): ReadonlyMap<string, string> {
  const heads = (run.facet('changes')?.changes ?? []).filter(
    (change): change is Intervention & { kind: 'head' } =>
      change.kind === 'head' && (change.attention ?? 'self') === kind,
  );
  return new Map(heads.map(({ layer, head, factor }) => [`${layer} ${head}`, factorName(factor)]));
}
