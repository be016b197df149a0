/** Gradients through time, as the memory view asks for them: of the bundled character models, over what they show first. */
import { findFamily } from '../../../../src/renderer/families/registry.ts';
import type { Gpu } from '../../../../src/renderer/gpu/gpu.ts';
import type { RecurrentTrace } from '../../../../src/renderer/runs/facets/recurrent.ts';
import type { Run } from '../../../../src/renderer/runs/run.ts';
import { inputOf, memoryModel } from '../../../helpers/fixture-model.ts';
import type { Result, Row } from '../measure.ts';

/** What the models show first, in the window as well. */
const TEXT = 'The captain looked at the sea, and the whale looked at the captain. The captain said nothing.';
const PROBES = 32;
const PROBES_OF_LONG = 16;
const LONG = 10_000;
const { signal } = new AbortController();

interface Opened {
  readonly run: Run;
  readonly trace: RecurrentTrace;
  dispose(): void;
}

/** A bundled model of characters, run over the example as often as it takes to be `length` long. */
async function open(gpu: Gpu, kind: string, length = TEXT.length): Promise<Opened> {
  const name = `headgate-char-${kind}`;
  const files = new Map<string, Uint8Array>();
  for (const file of ['config.json', 'model.safetensors', 'vocab.txt'])
    files.set(file, new Uint8Array(await (await fetch(`/assets/models/${name}/${file}`)).arrayBuffer()));
  const source = await memoryModel(name, files, 2 ** 20);
  const model = await findFamily(source.model).load(gpu, source, () => undefined, signal);
  const vocabulary = new TextDecoder().decode(files.get('vocab.txt')).split('\n');
  const ids = Array.from({ length }, (_, i) => Math.max(vocabulary.indexOf(TEXT[i % TEXT.length] ?? ''), 0));
  const run = await model.run(inputOf(ids), signal);
  const trace = run.facet('recurrent')?.[0];
  if (trace === undefined) throw new Error(`${name} has no recurrent layers.`);
  return {
    ...{ run, trace },
    dispose: () => {
      run.dispose();
      model.dispose();
    },
  };
}

/** All curves of a run. @param probes left out: exact */
async function curves({ trace }: Opened, probes?: number): Promise<void> {
  const derived = trace.cell === 'lstm' ? (['hidden', 'cell'] as const) : (['hidden'] as const);
  for (let layer = 0; layer < trace.layers; layer++)
    await trace.gradients(layer, false, derived, probes === undefined ? {} : { probes });
}

/** A text of 93 characters, exactly and by random vectors. */
export function memoryRows(gpu: Gpu): readonly Row[] {
  return ['rnn', 'gru', 'lstm'].flatMap((kind) =>
    [PROBES, undefined].map((probes): Row => ({
      name: `gradients through 93 steps, ${kind}, ${probes === undefined ? 'exact' : `${probes} probes`}`,
      async prepare() {
        const opened = await open(gpu, kind);
        const ours = {
          name: 'headgate',
          run: () => curves(opened, probes),
          dispose: () => opened.dispose(),
        };
        return { ours, peers: [] };
      },
    })),
  );
}

/** Long texts, which are measured once: without a GPU they take most of a minute. */
const LONG_ROWS = [
  { name: 'gradients through 10,000 steps, lstm, 16 probes', probes: PROBES_OF_LONG },
  { name: 'gradients through 10,000 steps, lstm, exact', probes: undefined },
] as const;

export async function longMemoryResults(gpu: Gpu, only: string): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const { name, probes } of LONG_ROWS) {
    if (!name.includes(only)) continue;
    const opened = await open(gpu, 'lstm', LONG);
    const started = performance.now();
    await curves(opened, probes);
    const milliseconds = performance.now() - started;
    opened.dispose();
    results.push({
      ...{ name, ours_ms: milliseconds, peer: 'none', peer_ms: Number.NaN, ratio: Number.NaN },
      peers: {},
    });
  }
  return results;
}
