import type { Seq2SeqConfig } from '../../../common/configs/seq2seq.ts';
import type { Gpu } from '../../gpu/gpu.ts';
import type { Holdings } from '../../runs/activations.ts';
import type { Bottleneck, StateVector } from '../../runs/facets/bottleneck.ts';
import type { FinalState } from '../recurrent/recurrent-pass.ts';
import type { Encoded } from './encode.ts';

/** What a source's encoder ended with, and what its decoder starts from. */
export function bottleneckOf(
  gpu: Gpu,
  holdings: Holdings,
  config: Pick<Seq2SeqConfig, 'bridge' | 'attention'>,
  { pass, initial }: Encoded,
): Bottleneck {
  return {
    bridge: config.bridge.kind,
    attends: config.attention !== null,
    async read(signal) {
      holdings.assertAlive();
      const vector = async (
        { hidden, cell }: FinalState,
        layer: number,
        direction: StateVector['direction'],
      ): Promise<StateVector> => ({
        ...{ layer, direction },
        hidden: await gpu.read(hidden, signal),
        cell: cell === null ? null : await gpu.read(cell, signal),
      });
      const encoder = pass.layers.flatMap((directions, l) =>
        directions.map((layer, d) => vector(pass.final(layer), l, d === 0 ? 'forward' : 'reverse')),
      );
      return {
        encoder: await Promise.all(encoder),
        decoder: await Promise.all(initial.map((state, l) => vector(state, l, 'forward'))),
      };
    },
  };
}
