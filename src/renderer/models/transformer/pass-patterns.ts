/** The patterns of a pass, for those who look at them: how tokens look at each other and at the source. */
import type { Gpu } from '../../gpu/gpu.ts';
import type { GpuTensor } from '../../gpu/tensor.ts';
import type { AttentionLayer } from '../../kernels/attention/attention-layer.ts';
import type { AttendedLayer } from '../../kernels/attention/attention-weights.ts';
import { attention } from '../../kernels/attention/attention.ts';
import type { Holdings } from '../../runs/activations.ts';
import type { AttentionMap } from '../../runs/run.ts';
import { at } from '../at.ts';
import type { HeadEdit } from './edits.ts';
import { readHeadSteps } from './head-steps.ts';
import type { TransformerPass } from './transformer-pass.ts';

export type AttentionLease = AttendedLayer & { release(): void };

/** Leases of a pass's layers, each with its row statistics. */
export type AttentionLeases = (layer: number) => Promise<AttentionLease>;

/** How the first T tokens look at each other; row statistics that the pass did not keep are computed once. */
export function selfPatterns(
  gpu: Gpu,
  holdings: Holdings,
  pass: TransformerPass,
  T: number,
): AttentionLeases {
  return leases(gpu, holdings, async (l) => {
    const { layer, release } = await pass.attended(l, T);
    return { layer, kept: pass.statistics(l, T), release };
  });
}

/** How the first T tokens look at the source; row statistics are computed once. */
export function crossPatterns(
  gpu: Gpu,
  holdings: Holdings,
  pass: TransformerPass,
  T: number,
): AttentionLeases {
  const layerOf = (l: number) => ({ layer: pass.lookedAt(l, T), kept: null, release: () => undefined });
  return leases(gpu, holdings, (l) => Promise.resolve(layerOf(l)));
}

/** @param attended a layer, with its row statistics where the pass kept them */
function leases(
  gpu: Gpu,
  holdings: Holdings,
  attended: (
    layer: number,
  ) => Promise<{ readonly layer: AttentionLayer; readonly kept: GpuTensor | null; release(): void }>,
): AttentionLeases {
  const known = new Map<number, GpuTensor>();
  return async (l) => {
    holdings.assertAlive();
    const { layer, kept, release } = await attended(l);
    try {
      const statistics = kept ?? known.get(l) ?? (await statisticsOf(gpu, holdings, l, layer));
      holdings.assertAlive();
      known.set(l, statistics);
      return { layer, statistics, release };
    } catch (error) {
      release();
      throw error;
    }
  };
}

/** A query of a head, step by step. @param lease of the pass, of the patterns that it stands in */
export function stepsOf(
  gpu: Gpu,
  { stack, edits }: TransformerPass,
  kind: HeadEdit['attention'],
  lease: AttentionLeases,
): AttentionMap['steps'] {
  return async (l, head, query, signal) => {
    const { attention: self, cross } = at(stack.layers, l);
    const own = kind === 'self' ? self : cross;
    if (own === undefined) throw new Error(`Layer ${l} looks at no source.`);
    const attended = await lease(l);
    const place = {
      ...{ out: own.out, turned: kind === 'self' && self.rotary !== null },
      ...{ edits: edits.heads, layer: l, attention: kind },
    };
    try {
      return await readHeadSteps(gpu, attended, place, [head, query], signal);
    } finally {
      attended.release();
    }
  };
}

async function statisticsOf(
  gpu: Gpu,
  holdings: Holdings,
  l: number,
  layer: AttentionLayer,
): Promise<GpuTensor> {
  const { heads, queries, headWidth } = layer;
  const statistics = holdings.tensor([heads, queries, 2], `row statistics of layer ${l}`);
  await gpu.submit('row statistics', (recorder) => {
    const output = recorder.temp([queries, heads * headWidth], 'attention output');
    attention(recorder, layer, { output, statistics });
  });
  return statistics;
}
