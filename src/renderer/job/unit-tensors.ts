/** `headgate capture --keep units`: what the units of recurrent layers follow in the text. */
import { builtInFeatures } from '../analysis/features.ts';
import { stateLane, unitCorrelations } from '../common/recurrent/unit-features.ts';
import { unitFeatureName } from '../runs/activation-names.ts';
import type { Activation, Run } from '../runs/run.ts';

/**
 * Pearson's correlation of each unit's cell state (of its hidden state, where the layer has no cell) with every built-in
 * feature, [H] each, by stack, layer and direction.
 */
export function unitTensors(run: Run): Pick<Activation, 'name' | 'shape' | 'read'>[] {
  return (run.facet('recurrent') ?? []).flatMap((trace) => {
    const features = builtInFeatures(trace.tokens);
    return Array.from({ length: trace.layers }, (_, layer) => layer).flatMap((layer) =>
      (trace.bidirectional ? (['forward', 'reverse'] as const) : (['forward'] as const)).flatMap(
        (direction) => {
          const lane = stateLane(trace, layer, direction === 'reverse', 'cell');
          const units = run.activations.get(lane.activation)?.shape.at(-1) ?? 0;
          let found: ReturnType<typeof unitCorrelations> | null = null;
          return features.map(({ name }, index) => ({
            name: unitFeatureName({ stack: trace.stack, layer, direction }, name),
            shape: [units],
            async read() {
              // The states are read once for all features.
              found ??= unitCorrelations(run, lane, features);
              return (await found).values.subarray(index * units, (index + 1) * units);
            },
          }));
        },
      ),
    );
  });
}
