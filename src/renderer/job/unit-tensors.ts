/** `headgate capture --keep units`: what the units of recurrent layers follow in the text. */
import { builtInFeatures } from '../analysis/features.ts';
import { stateLane, typedText, unitCorrelations } from '../common/recurrent/unit-features.ts';
import { unitFeatureName } from '../runs/activation-names.ts';
import type { Run } from '../runs/run.ts';
import type { CapturedTensor } from './captured-tensor.ts';

/**
 * Pearson's correlation of each unit's cell state (of its hidden state, where the layer has no cell) with every built-in
 * feature, [H] each, by stack, layer and direction.
 */
export function unitTensors(run: Run): CapturedTensor[] {
  return (run.facet('recurrent') ?? []).flatMap((trace) => {
    const features = builtInFeatures(trace.tokens, typedText(run, trace));
    return Array.from({ length: trace.layers }, (_, layer) => layer).flatMap((layer) =>
      (trace.reversed[layer] === true ? (['forward', 'reverse'] as const) : (['forward'] as const)).flatMap(
        (direction) => {
          const lane = stateLane(trace, layer, direction === 'reverse', 'cell');
          const units = run.activations.get(lane.activation)?.shape.at(-1) ?? 0;
          let found: ReturnType<typeof unitCorrelations> | null = null;
          return features.map(({ name }, index) => ({
            name: unitFeatureName({ stack: trace.stack, layer, direction }, name),
            shape: [units],
            async *pieces() {
              // The states are read once for all features.
              found ??= unitCorrelations(run, lane, features);
              yield (await found).values.subarray(index * units, (index + 1) * units);
            },
          }));
        },
      ),
    );
  });
}
