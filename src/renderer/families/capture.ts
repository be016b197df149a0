import { captureSpec, parseCaptureConfig, type CaptureConfig } from '../../common/configs/capture.ts';
import type { TensorInfo } from '../../common/contract.ts';
import { beyondGap } from '../../common/formats/capture/activations.ts';
import type { Gpu } from '../gpu/gpu.ts';
import { labelReadout, predictsOf, readoutOf, tracesOf } from '../models/capture/facets.ts';
import { StoredPatterns } from '../models/capture/patterns.ts';
import { StoredTensors } from '../models/capture/stored.ts';
import { CapturedTokens, placed } from '../models/capture/tokenizer.ts';
import { defineFamily } from '../models/define-family.ts';
import type { Family, LoadedModel } from '../models/family.ts';
import type { WeightSource } from '../models/weights.ts';
import { Holdings } from '../runs/activations.ts';
import { facetsOf } from '../runs/facet.ts';
import type { Labels } from '../runs/facets/labels.ts';
import type { RunInput } from '../runs/run-input.ts';
import type { AttentionMap, Run, Token } from '../runs/run.ts';

/** A captured run: its tensors are read from the file when somebody looks. */
export const capture: Family = defineFamily({
  spec: captureSpec,
  parse: parseCaptureConfig,
  tokenizer: (_source, config) => Promise.resolve(new CapturedTokens(config)),
  build: ({ gpu, source, config, about }) => Promise.resolve(new CapturedRun(gpu, source, config, about)),
});

const KINDS: readonly (readonly [AttentionMap['kind'], group: string])[] = [
  ['self', 'attentions'],
  ['encoder', 'encoder_attentions'],
  ['decoder', 'decoder_attentions'],
  ['cross', 'cross_attentions'],
];

let runs = -1_000_000;

class CapturedRun implements LoadedModel {
  readonly maxTokens = null;
  readonly bytes = 0;
  readonly hasOneText = true;

  constructor(
    private readonly gpu: Gpu,
    private readonly source: WeightSource,
    private readonly config: CaptureConfig,
    private readonly about: Run['model'],
  ) {}

  async run(input: RunInput, signal: AbortSignal): Promise<Run> {
    signal.throwIfAborted();
    const { gpu, source, config } = this;
    const start = performance.now();
    const holdings = new Holdings(gpu);
    const stored = new StoredTensors(gpu, source, holdings);
    const tokens = placed(config.tokens, config.sourceTokens === null ? config.text : '');
    const sourceTokens = config.sourceTokens === null ? null : placed(config.sourceTokens, config.text);
    const gaps = new Set(beyondGap(source.model.tensors));
    const tensors = source.model.tensors.filter((tensor) => !gaps.has(tensor));
    const activations = tensors.flatMap((tensor) => stored.activation(tensor) ?? []);
    const attention = KINDS.flatMap(([kind, group]) =>
      this.#patterns(stored, kind, group, { tokens, sourceTokens }),
    );
    const states = activations.filter(({ kind, stack }) => kind === 'hidden_state' && stack !== 'encoder');
    const recurrent = tracesOf(activations, { tokens, sourceTokens });
    const predicts = predictsOf(config.modelType, sourceTokens !== null, recurrent !== null);
    const logits = tensors.find(({ name, shape }) => name === 'logits' && shape.length === 2);
    const labels: Labels | null = config.labels && {
      ...config.labels,
      side: 'target',
      hasNone: tokens[0]?.special === true,
    };
    const answers =
      labels === null
        ? readoutOf(stored, holdings, logits, { predicts, tokens, named: input.vocabulary })
        : labelReadout(stored, tensors, labels, tokens);
    const readout = await answers.catch((error: unknown) => {
      holdings.dispose();
      throw error;
    });
    return {
      ...{ id: --runs, gpu, model: this.about, text: config.text, tokens, sourceTokens },
      layers: Math.max(states.length - 1, ...attention.map(({ layers }) => layers), 0),
      heads: Math.max(0, ...attention.map(({ heads }) => heads)),
      width: states[0]?.shape[1] ?? 0,
      milliseconds: performance.now() - start,
      get bytes() {
        return holdings.bytes;
      },
      activations: new Map(activations.map((activation) => [activation.name, activation])),
      attention,
      facet: facetsOf({ recurrent, readout, labels }),
      dispose: () => holdings.dispose(),
    };
  }

  /** The captured patterns of a kind, of all layers from 0 on. */
  #patterns(
    stored: StoredTensors,
    kind: AttentionMap['kind'],
    group: string,
    {
      tokens,
      sourceTokens,
    }: { readonly tokens: readonly Token[]; readonly sourceTokens: readonly Token[] | null },
  ): AttentionMap[] {
    const layers: TensorInfo[] = [];
    for (;;) {
      const next = this.source.model.tensors.find(({ name }) => name === `${group}.${layers.length}`);
      if (next === undefined) break;
      layers.push(next);
    }
    if (layers.length === 0) return [];
    const queries = kind === 'encoder' ? (sourceTokens ?? tokens) : tokens;
    const keys = kind === 'encoder' || kind === 'cross' ? (sourceTokens ?? tokens) : tokens;
    // Nothing says which way the model looked: later keys are shown as they were captured.
    return [new StoredPatterns(this.gpu, stored, kind, layers, queries, keys, false)];
  }

  dispose(): void {
    // It holds nothing.
  }
}
