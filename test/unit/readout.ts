import type { Predicts, Readout } from '../../src/renderer/runs/facets/readout.ts';

/** A readout that predicts nothing. */
export function readoutOf(predicts: Predicts): Readout {
  return { predicts, logits: null, top: () => Promise.resolve([]) };
}
