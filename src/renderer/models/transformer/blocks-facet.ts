import type { Gpu } from '../../gpu/gpu.ts';
import { rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import { recordRowNorms } from '../../kernels/rows/row-norms.ts';
import { computedActivation, type Holdings } from '../../runs/activations.ts';
import type { BlockStack } from '../../runs/facets/blocks.ts';
import { lengthsShape } from './added-lengths.ts';
import { outputsOf } from './blocks.ts';
import { replayOf } from './replay.ts';
import { at } from '../at.ts';
import type { TransformerPass } from './transformer-pass.ts';

/** Of which stack of its model a pass is. */
export type StackName = Pick<BlockStack, 'stack' | 'side'>;

/**
 * What is inside the blocks of a pass, over its first T tokens. Each layer is computed again when somebody looks, but for the
 * lengths that the pass kept.
 */
export function blockStack(
  gpu: Gpu,
  holdings: Holdings,
  pass: TransformerPass,
  T: number,
  { stack, side }: StackName,
): BlockStack {
  const replay = replayOf(gpu, holdings, pass, T);
  const { layers } = pass.stack;
  const neurons = layers[0] === undefined ? 0 : outputsOf(layers[0].feedForward.up);
  return {
    ...{ stack, side, neurons },
    layers: layers.length,
    mlp(layer) {
      const about = {
        kind: 'mlp' as const,
        ...{ stack, layer },
        axes: [side === 'source' ? 'source' : 'token', 'unit'] as const,
        shape: [T, outputsOf(at(layers, layer).feedForward.up)],
      };
      return computedActivation(gpu, holdings, about, (target, signal) =>
        replay(layer, { neurons: target }, signal),
      );
    },
    async additions(layer, signal) {
      holdings.assertAlive();
      const own = at(layers, layer);
      const kept = pass.lengths(layer);
      const made: GpuTensor[] = [];
      const room = (shape: readonly number[], label: string) => {
        const tensor = gpu.tensor(shape, label, 'scratch');
        made.push(tensor);
        return tensor;
      };
      try {
        const added = kept ?? room(lengthsShape(own, T), 'lengths of what is added');
        if (kept === null) await replay(layer, { added: { out: added, first: 0 } }, signal);
        const stream = room([T], 'lengths of states');
        await gpu.submit('lengths of states', (recorder) =>
          recordRowNorms(recorder, rowsOf(at(pass.hidden, layer), 0, T), stream),
        );
        const [states, values] = await Promise.all([gpu.read(stream, signal), gpu.read(added, signal)]);
        const [, C = 0] = added.shape;
        const row = (index: number) => values.slice(index * C, index * C + T);
        const cross = own.cross === undefined ? null : row(2);
        return { stream: states, attention: row(0), feedForward: row(1), cross };
      } finally {
        for (const tensor of made) gpu.release(tensor);
      }
    },
  };
}
