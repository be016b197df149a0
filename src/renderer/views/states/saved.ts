import type { Stretch } from '../../analysis/bit-sets.ts';
import type { UnitCurve } from '../../common/recurrent/unit-values.ts';
import { savedNone, savedNumbers, type Json } from '../../common/saved.ts';
import { tableOf, type Table } from '../../common/table.ts';
import type { Token } from '../../runs/run.ts';

/** A brushed stretch from a state; what is missing or wrong stays. */
export function savedStretch(state: Json | null, otherwise: Stretch | null): Stretch | null {
  if (savedNone(state, 'stretch')) return null;
  const [from = -1, to = -1] = savedNumbers(state, 'stretch', 2) ?? [];
  return Number.isInteger(from) && Number.isInteger(to) && from >= 0 && to > from ? { from, to } : otherwise;
}

/** A row for each token, and every lane of every unit: `unit_88_forget`. */
export function unitsTable(
  tokens: readonly Token[],
  units: readonly { readonly unit: number; readonly curves: readonly UnitCurve[] }[],
): Table {
  return tableOf({
    step: Int32Array.from(tokens, (_, step) => step),
    token: tokens.map(({ text }) => text),
    ...Object.fromEntries(
      units.flatMap(({ unit, curves }) =>
        curves.map(({ lane, values }) => [`unit_${unit}_${lane.title}`, values] as const),
      ),
    ),
  });
}
