import type { Gpu } from '../../gpu/gpu.ts';
import { LanguageRun, type LanguageRunParts } from '../../runs/language-run.ts';
import type { RecurrentTrace, Run, SearchNode, Token } from '../../runs/run.ts';
import { GATE_PLANES } from '../../kernels/recurrent/recurrent.ts';
import { shownGates, type RecurrentPass } from './recurrent-pass.ts';

/** A run with recurrent stacks. */
export class RecurrentRun extends LanguageRun implements Run {
  readonly recurrent: readonly RecurrentTrace[];
  readonly search?: readonly SearchNode[];

  constructor(
    gpu: Gpu,
    parts: LanguageRunParts,
    recurrent: readonly RecurrentTrace[],
    about: { readonly predicts: NonNullable<Run['predicts']>; readonly search: readonly SearchNode[] | null },
  ) {
    super(gpu, { ...parts, predicts: about.predicts });
    this.recurrent = recurrent;
    if (about.search !== null) this.search = about.search;
  }
}

/** What the views may ask about a stack. */
export function traceOf(
  pass: RecurrentPass,
  tokens: readonly Token[],
  inputGradient: RecurrentTrace['inputGradient'] = null,
): RecurrentTrace {
  const packed = pass.layers[0]?.[0]?.packed;
  if (packed === undefined) throw new Error('A stack has at least one layer.');
  return {
    prefix: pass.prefix,
    cell: packed.cell,
    layers: pass.layers.length,
    bidirectional: (pass.layers[0]?.length ?? 1) > 1,
    units: packed.units,
    state: packed.state,
    gates: GATE_PLANES[packed.cell].length === 0 ? [] : shownGates(packed).map(({ gate }) => gate),
    tokens,
    gradient: (layer, reverse, options) => pass.gradient(layer, reverse, options),
    terms: (layer, reverse, position, signal) => pass.terms(layer, reverse, position, signal),
    inputGradient,
  };
}
