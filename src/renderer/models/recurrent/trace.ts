import type { RecurrentTrace } from '../../runs/facets/recurrent.ts';
import type { Token } from '../../runs/run.ts';
import { GATE_PLANES } from '../../kernels/recurrent/recurrent.ts';
import { shownGates, type RecurrentPass } from './recurrent-pass.ts';

/** What the views may ask about a stack. */
export function traceOf(pass: RecurrentPass, tokens: readonly Token[]): RecurrentTrace {
  const packed = pass.layers[0]?.[0]?.packed;
  if (packed === undefined) throw new Error('A stack has at least one layer.');
  return {
    stack: pass.stack,
    cell: packed.cell,
    gateActivation: packed.gates,
    layers: pass.layers.length,
    bidirectional: pass.layers.some((directions) => directions.length > 1),
    reversed: pass.layers.map((directions) => directions.length > 1),
    units: Math.max(...pass.layers.flat().map((layer) => layer.packed.units)),
    state: Math.max(...pass.layers.flat().map((layer) => layer.packed.state)),
    gates: GATE_PLANES[packed.cell].length === 0 ? [] : shownGates(packed).map(({ gate }) => gate),
    tokens,
    gradient: (layer, reverse, options) => pass.gradient(layer, reverse, options),
    gradients: (layer, reverse, derived, options) => pass.gradients(layer, reverse, derived, options),
    terms: (layer, reverse, position, signal) => pass.terms(layer, reverse, position, signal),
  };
}
