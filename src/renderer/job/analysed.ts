/** What a capture may hold beyond a run's activations: it is computed from them when it is asked for. */
import type { CaptureJob } from '../../common/contract.ts';
import { lensLogits, readLens, type LensTable } from '../analysis/lens.ts';
import { restingIndex } from '../runs/place.ts';
import { topOf } from '../runs/facets/readout.ts';
import { HEAD_METRICS, type HeadMetrics } from '../runs/head-metrics.ts';
import type { AttentionMap, Run } from '../runs/run.ts';
import type { CapturedTensor } from './captured-tensor.ts';
import { unitTensors } from './unit-tensors.ts';

/** The tensors of the kinds `head_metrics`, `mlp`, `lens`, `units` and `input_gradient` that a run has. @param top the lens in short: its K best tokens */
export function analysedTensors(
  run: Run,
  keep: CaptureJob['keep'],
  top: number | undefined,
): readonly CapturedTensor[] {
  return [
    ...(keep.includes('head_metrics') ? run.attention.flatMap((map) => metricTensors(map)) : []),
    ...(keep.includes('mlp') ? neuronTensors(run) : []),
    ...(keep.includes('lens') ? lensTensors(run, top) : []),
    ...(keep.includes('units') ? unitTensors(run) : []),
    ...(keep.includes('input_gradient') ? inputGradientTensors(run) : []),
  ];
}

/** The kinds of these that a run has. */
export function analysedKinds(run: Pick<Run, 'attention' | 'facet'>): CaptureJob['keep'] {
  return [
    ...(run.attention.length > 0 ? (['head_metrics'] as const) : []),
    ...(run.facet('blocks') === null ? [] : (['mlp'] as const)),
    ...(run.facet('lens') === null ? [] : (['lens'] as const)),
    ...(run.facet('recurrent') === null ? [] : (['units'] as const)),
    ...(run.facet('inputGradient') === null ? [] : (['input_gradient'] as const)),
  ];
}

/** `head_metrics.<name>` [L, H]; beside an encoder, of what the name begins with. */
function metricTensors(map: AttentionMap): CapturedTensor[] {
  const prefix = map.kind === 'self' ? '' : `${map.kind}_`;
  const measured = once(() => measure(map));
  return HEAD_METRICS.map((metric) => ({
    name: `${prefix}head_metrics.${metric}`,
    shape: [map.layers, map.heads],
    async *pieces() {
      yield Float32Array.from(await measured(), (metrics) => metrics[metric]);
    },
  }));
}

async function measure(map: AttentionMap): Promise<HeadMetrics[]> {
  const heads: HeadMetrics[] = [];
  for (let layer = 0; layer < map.layers; layer++) heads.push(...(await map.metrics(layer)));
  return heads;
}

function neuronTensors(run: Run): CapturedTensor[] {
  return (run.facet('blocks') ?? []).flatMap((stack) =>
    Array.from({ length: stack.layers }, (_, layer) => {
      const activation = stack.mlp(layer);
      return {
        name: activation.name,
        shape: activation.shape,
        async *pieces() {
          yield await activation.read();
        },
      };
    }),
  );
}

/** `lens.logits` [L+1, T, V], or `lens.ids` and `lens.probabilities` [L+1, T, K]. */
function lensTensors(run: Run, top: number | undefined): CapturedTensor[] {
  const lens = run.facet('lens');
  if (lens === null) return [];
  const T = run.tokens.length;
  const { depth, vocabulary } = lens;
  if (top === undefined)
    return [
      {
        name: 'lens.logits',
        shape: [depth, T, vocabulary],
        pieces: () => lensLogits(run.gpu, lens, T),
      },
    ];
  const k = Math.min(top, vocabulary);
  const table = once(() => readLens(run.gpu, lens, T, { k, chosen: null }));
  const column = (values: LensTable, at: number) =>
    Float32Array.from({ length: depth * T * k }, (_, cell) => values.top[cell * 3 + at] ?? NaN);
  return [
    {
      ...{ name: 'lens.ids', shape: [depth, T, k], dtype: 'I32' },
      async *pieces() {
        yield Int32Array.from(column(await table(), 0));
      },
    },
    {
      ...{ name: 'lens.probabilities', shape: [depth, T, k] },
      async *pieces() {
        yield column(await table(), 2);
      },
    },
  ];
}

/**
 * `input_gradient` [T], of an encoder-decoder `encoder_input_gradient` [S] and `decoder_input_gradient` [T]: norms of the
 * derivatives of the largest logit by the embeddings, at the mask or else at the last position.
 */
function inputGradientTensors(run: Run): CapturedTensor[] {
  const gradients = run.facet('inputGradient');
  if (gradients === null) return [];
  const position = restingIndex(run, 'target');
  const found = once(async () => {
    const [best] = await topOf(run, position, 1);
    return gradients.of({ output: best?.token.id ?? 0, position });
  });
  const prefix = { source: 'encoder_', target: gradients.sides.includes('source') ? 'decoder_' : '' };
  return gradients.sides.map((side) => ({
    name: `${prefix[side]}input_gradient`,
    shape: [(side === 'source' ? run.sourceTokens : run.tokens)?.length ?? 0],
    async *pieces() {
      yield (await found()).find((one) => one.side === side)?.norms ?? new Float32Array();
    },
  }));
}

/** What is computed for several tensors is computed once. */
function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | null = null;
  return () => (made ??= make());
}
