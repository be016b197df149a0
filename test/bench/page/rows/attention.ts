/** What the workbench of attention asks for after a pass: thumbnails of all heads, a row under the pointer, metrics, the lens. */
import { readLens } from '../../../../src/renderer/analysis/lens.ts';
import { findFamily } from '../../../../src/renderer/families/registry.ts';
import type { Gpu } from '../../../../src/renderer/gpu/gpu.ts';
import type { LoadedModel } from '../../../../src/renderer/models/family.ts';
import type { AttentionMap, Run } from '../../../../src/renderer/runs/run.ts';
import { inputOf } from '../../../helpers/fixture-model.ts';
import { tinyGpt2 } from '../../../helpers/tiny-gpt2.ts';
import type { Contender, Row } from '../measure.ts';

const { signal } = new AbortController();
const VOCABULARY = 4096;
/** Cells of a thumbnail's side, as a window with 144 of them asks for. */
const CELLS = 64;

interface Sizes {
  readonly layers: number;
  readonly heads: number;
  readonly width: number;
  readonly T: number;
}

/** A random model with a run, as long as a row is measured. */
async function opened(gpu: Gpu, { layers, heads, width, T }: Sizes) {
  const source = await tinyGpt2({
    ...{ n_layer: layers, n_head: heads, n_embd: width },
    ...{ n_positions: T, vocab_size: VOCABULARY },
  });
  const model = await findFamily(source.model).load(gpu, source, () => undefined, signal);
  const input = inputOf(Array.from({ length: T }, (_, i) => (i * 7) % VOCABULARY));
  return { model, input, run: await model.run(input, signal) };
}

/** A row over one run; `peer` is what its figure is set against. */
function row(
  gpu: Gpu,
  name: string,
  sizes: Sizes,
  ours: (run: Run, map: AttentionMap) => Promise<unknown>,
  peer?: { readonly name: string; readonly run: (model: LoadedModel, run: Run) => Promise<unknown> },
): Row {
  return {
    name,
    async prepare() {
      const { model, run } = await opened(gpu, sizes);
      const [map] = run.attention;
      if (map === undefined) throw new Error('A GPT-2 has attention.');
      const close = () => {
        run.dispose();
        model.dispose();
      };
      const contender = (own: string, work: () => Promise<unknown>): Contender => ({
        name: own,
        async run() {
          await work();
          await gpu.idle();
        },
      });
      return {
        ours: { ...contender('headgate', () => ours(run, map)), dispose: close },
        peers: peer === undefined ? [] : [contender(peer.name, () => peer.run(model, run))],
      };
    },
  };
}

/** Thumbnails of every head, as the overview reads them. */
async function thumbnails(run: Run, map: AttentionMap, cells: number): Promise<void> {
  const count = map.layers * map.heads;
  const target = run.gpu.tensor([count, cells, cells], 'thumbnails', 'scratch');
  try {
    for (let layer = 0; layer < map.layers; layer++)
      await map.tiles(
        Array.from({ length: map.heads }, (_, head) => ({
          ...{ layer, head, rows: [0, map.queries.length], columns: [0, map.keys.length] },
          ...{ height: cells, width: cells, pool: 'max' },
        })),
        target.buffer,
        layer * map.heads * cells * cells,
      );
    await run.gpu.read(target);
  } finally {
    run.gpu.release(target);
  }
}

/** The metrics of every head, computed anew: views keep what was computed once. */
async function metrics(map: AttentionMap): Promise<void> {
  for (let layer = 0; layer < map.layers; layer++) await map.metrics(layer);
}

const GPT2 = { layers: 12, heads: 12, width: 768, T: 512 } as const;
const LONG = { layers: 2, heads: 4, width: 256, T: 4096 } as const;

/** The rows; the pass of the same model is the peer where a figure is a share of it. */
export function attentionRows(gpu: Gpu): readonly Row[] {
  const again = async (model: LoadedModel, { tokens }: Run) =>
    (await model.run(inputOf(tokens.map(({ id }) => id)), signal)).dispose();
  const forward = { name: 'the forward pass', run: again };
  return [
    row(
      gpu,
      'heads 12x12 T=512, thumbnails after the pass',
      GPT2,
      (run, map) => thumbnails(run, map, CELLS),
      forward,
    ),
    row(gpu, 'heads 12x12 T=512, a row under the pointer', GPT2, (_run, map) => map.row(7, 5, 300)),
    row(
      gpu,
      'heads 2x4 T=4096, thumbnails after the pass',
      LONG,
      (run, map) => thumbnails(run, map, 256),
      forward,
    ),
    row(gpu, 'heads 12x12 T=512, all metrics', GPT2, (_run, map) => metrics(map), forward),
    row(
      gpu,
      'lens 12 layers T=512',
      GPT2,
      (run) => readLens(gpu, lensOf(run), run.tokens.length, { k: 10, chosen: 'answer' }),
      {
        name: '13 output heads',
        async run(_model, run) {
          const { depth, vocabulary } = lensOf(run);
          const T = run.tokens.length;
          const logits = gpu.tensor([T, vocabulary], 'logits', 'scratch');
          await gpu.submit('heads', (recorder) => {
            for (let layer = 0; layer < depth; layer++) lensOf(run).record(recorder, layer, [0, T], logits);
          });
          gpu.release(logits);
        },
      },
    ),
  ];
}

function lensOf(run: Run) {
  const lens = run.facet('lens');
  if (lens === null) throw new Error('A GPT-2 with its head has a lens.');
  return lens;
}
