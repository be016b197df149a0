import type { Gpu } from '../../gpu/gpu.ts';
import { rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import { recordRowNorms } from '../../kernels/rows/row-norms.ts';
import { computedActivation, type Holdings } from '../../runs/activations.ts';
import type { BlockStack } from '../../runs/facets/blocks.ts';
import { outputsOf } from './blocks.ts';
import { replayOf } from './replay.ts';
import { at } from '../at.ts';
import type { TransformerPass } from './transformer-pass.ts';

/** Of which stack of its model a pass is. */
export type StackName = Pick<BlockStack, 'stack' | 'side'>;

/** What is inside the blocks of a pass, over its first T tokens: each layer is computed again when somebody looks. */
export function blockStack(
  gpu: Gpu,
  holdings: Holdings,
  pass: TransformerPass,
  T: number,
  { stack, side }: StackName,
): BlockStack {
  const replay = replayOf(gpu, holdings, pass, T);
  const { layers, width } = pass.stack;
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
      const hasCross = at(layers, layer).cross !== undefined;
      const made: GpuTensor[] = [];
      const room = (shape: readonly number[], label: string) => {
        const tensor = gpu.tensor(shape, label, 'scratch');
        made.push(tensor);
        return tensor;
      };
      try {
        const parts = {
          attention: room([T, width], 'what attention adds'),
          feedForward: room([T, width], 'what the feed-forward part adds'),
          ...(hasCross && { cross: room([T, width], 'what cross-attention adds') }),
        };
        const norms = room([4, T], 'lengths');
        await replay(layer, parts, signal);
        const read = [rowsOf(at(pass.hidden, layer), 0, T), parts.attention, parts.feedForward, parts.cross];
        await gpu.submit('lengths', (recorder) => {
          for (const [row, x] of read.entries())
            if (x !== undefined) recordRowNorms(recorder, x, norms, row * T);
        });
        const values = await gpu.read(norms, signal);
        const row = (index: number) => values.slice(index * T, (index + 1) * T);
        return { stream: row(0), attention: row(1), feedForward: row(2), cross: hasCross ? row(3) : null };
      } finally {
        for (const tensor of made) gpu.release(tensor);
      }
    },
  };
}
