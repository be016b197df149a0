import type { Gpu } from '../gpu/gpu.ts';
import { reshape, type GpuTensor } from '../gpu/tensor.ts';
import { embedding } from '../kernels/rows/embedding.ts';
import type { Matrix } from '../kernels/matmul/weight.ts';
import { computedActivation, heldActivation, Holdings } from '../runs/activations.ts';
import { LanguageRun, type LanguageRunParts } from '../runs/language-run.ts';
import type { InputGradients } from '../runs/facets/input-gradient.ts';
import type { Structure } from '../runs/facets/structure.ts';
import type { Labels } from '../runs/facets/labels.ts';
import type { Predicts } from '../runs/facets/readout.ts';
import type { Activation, Run, Token } from '../runs/run.ts';
import { defineFamily } from '../models/define-family.ts';
import type { Family, LoadedModel } from '../models/family.ts';
import type { RunInput } from '../runs/run-input.ts';
import { checkInput } from '../models/input.ts';
import { labelPredictions } from '../analysis/labels.ts';
import {
  embeddingOf,
  outputsOf,
  parseRecurrentConfig,
  recurrentSpec,
  recurrentTensors,
  type RecurrentConfig,
} from '../../common/configs/recurrent.ts';
import { stateOf } from '../../common/configs/recurrent-stack.ts';
import { FloatLoader } from '../models/recurrent/float-loader.ts';
import { filedPart, recurrentLayers } from '../models/recurrent/structure.ts';
import { loadHead, RecurrentHead, type HeadWeights, type PositionRange } from '../models/recurrent/head.ts';
import { loadStack, type StackWeights } from '../models/recurrent/load-stack.ts';
import { openConfiguredTokenizer } from '../models/recurrent/open-tokenizer.ts';
import { traceOf } from '../models/recurrent/trace.ts';
import { allocateStack, RecurrentPass } from '../models/recurrent/recurrent-pass.ts';

interface Weights {
  /** [V, E] */
  readonly embedding: Matrix;
  readonly stack: StackWeights;
  readonly head: HeadWeights;
}

/** Language models, taggers and classifiers over a stack of RNN, LSTM or GRU layers. */
export const recurrent: Family = defineFamily({
  spec: recurrentSpec,
  parse: parseRecurrentConfig,
  tokenizer: (source, { tokenizer }, signal) => openConfiguredTokenizer(source, tokenizer, signal),
  async build({ gpu, source, config, check, about, onProgress, signal }) {
    const loader = new FloatLoader(gpu, source, check.found, onProgress, signal);
    try {
      const weights = await loadWeights(loader, config);
      await loader.settle();
      return new RecurrentModel(gpu, about, config, weights, loader);
    } catch (error) {
      loader.dispose();
      throw error;
    }
  },
});

async function loadWeights(loader: FloatLoader, config: RecurrentConfig): Promise<Weights> {
  const { vocab_size: V } = config;
  const table =
    config.embedding_size === 'one-hot'
      ? await loader.computed('one-hot embedding', [V, V], (from, to) => oneHot(V, from, to))
      : await loader.matrix('embedding.weight', embeddingOf(config));
  return {
    embedding: table,
    stack: await loadStack(loader, config.rnn, recurrentTensors(config).layers),
    head: await loadHead(loader, config, table),
  };
}

/** Rows [from, to) of the table whose row k is 1 at k. */
function oneHot(size: number, from: number, to: number): Float32Array<ArrayBuffer> {
  const rows = new Float32Array((to - from) * size);
  for (let k = from; k < to; k++) rows[(k - from) * size + k] = 1;
  return rows;
}

class RecurrentModel implements LoadedModel {
  readonly maxTokens = null;
  readonly bytes: number;
  readonly writes?: 'continuation';
  readonly #gpu: Gpu;
  readonly #about: Run['model'];
  readonly #config: RecurrentConfig;
  readonly #weights: Weights;
  readonly #head: RecurrentHead;
  readonly #loader: FloatLoader;

  constructor(gpu: Gpu, about: Run['model'], config: RecurrentConfig, weights: Weights, loader: FloatLoader) {
    this.#gpu = gpu;
    this.#about = about;
    this.#config = config;
    this.#weights = weights;
    this.#head = new RecurrentHead(gpu, config, weights.head);
    this.#loader = loader;
    this.bytes = loader.bytes;
    if (config.model_type === 'rnn-lm') this.writes = 'continuation';
  }

  async run(input: RunInput, signal: AbortSignal): Promise<Run> {
    signal.throwIfAborted();
    const gpu = this.#gpu;
    const ids = checkInput(input, this.#config.vocab_size, this.maxTokens);
    const T = ids.length;
    const holdings = new Holdings(gpu);
    try {
      const start = performance.now();
      const idTensor = holdings.tensor([T], 'token ids');
      gpu.upload(idTensor, ids);
      const embedded = holdings.tensor([T, 1, embeddingOf(this.#config)], 'embeddings');
      const table = this.#weights.embedding;
      await gpu.submit(
        'embedding',
        (recorder) => embedding(recorder, { ids: idTensor, table, out: embedded }),
        { signal, profile: input.profile ?? null },
      );
      const layers = allocateStack(gpu, holdings, this.#weights.stack, {
        parts: [embedded],
        positions: T,
        lengths: [T],
        stack: null,
      });
      const pass = new RecurrentPass(gpu, holdings, layers, null);
      await pass.forward(signal, input);
      await gpu.idle();
      gpu.assertAlive();
      signal.throwIfAborted();
      const parts = {
        model: this.#about,
        input,
        layers: pass.layers.length,
        heads: 0,
        width: stateOf(this.#config.rnn),
        vocabulary: outputsOf(this.#config),
        milliseconds: performance.now() - start,
        holdings,
        activations: this.#activations(holdings, pass, embedded),
        attention: [],
        predicts: this.#predicts,
        ...this.#outputs(pass),
      };
      const facets = {
        recurrent: [traceOf(pass, input.tokens)],
        labels: this.#labels,
        pace: input.pace ?? null,
        structure: this.#structure(),
        inputGradient: this.#inputGradient(holdings, pass, input.tokens),
      };
      return new LanguageRun(gpu, { ...parts, facets });
    } catch (error) {
      holdings.dispose();
      throw error;
    }
  }

  dispose(): void {
    this.#loader.dispose();
  }

  #inputGradient(holdings: Holdings, pass: RecurrentPass, tokens: readonly Token[]): InputGradients {
    return {
      sides: ['target'],
      of: async ({ output, position }, { signal } = {}) => {
        holdings.assertAlive();
        const injected = await this.#head.gradient(pass.outputs, output, position, signal);
        return [{ side: 'target', tokens, norms: await pass.inputGradient(injected, { signal }) }];
      },
    };
  }

  #structure(): Structure {
    const { vocab_size: V, embedding_size: E, rnn, tie_embeddings: isTied } = this.#config;
    const { layers, all } = recurrentTensors(this.#config);
    const inLayers = new Set(layers.flatMap(({ tensors }) => Object.values(tensors).map(({ name }) => name)));
    const others = all.filter(({ name }) => !inLayers.has(name));
    const isTable = ({ name }: { readonly name: string }) => name.startsWith('embedding.');
    const isNorm = ({ name }: { readonly name: string }) => name.startsWith('norm.');
    const has = (name: string) => this.#loader.has(name);
    const table = E === 'one-hot' ? `${V} tokens, one-hot` : `${V} tokens × ${E}`;
    const outputs = `${outputsOf(this.#config)} outputs${isTied ? ', the embedding’s table' : ''}`;
    return {
      stacks: [
        {
          ...{ stack: null, side: 'target' },
          before: [
            filedPart({ kind: 'embedding', title: 'embedding', detail: table }, others.filter(isTable), has),
          ],
          layers: recurrentLayers(rnn, layers),
          after: [
            ...(this.#config.layer_norm === undefined
              ? []
              : [
                  filedPart(
                    { kind: 'norm', title: 'norm', detail: 'layer norm' },
                    others.filter(isNorm),
                    has,
                  ),
                ]),
            filedPart(
              { kind: 'head', title: 'output head', detail: outputs },
              others.filter((tensor) => !isTable(tensor) && !isNorm(tensor)),
              has,
            ),
          ],
        },
      ],
    };
  }

  #activations(holdings: Holdings, pass: RecurrentPass, embedded: GpuTensor): Activation[] {
    const gpu = this.#gpu;
    const [T = 0, , E = 0] = embedded.shape;
    const C = outputsOf(this.#config);
    const isClassifier = this.#config.model_type === 'rnn-classifier';
    const logits = (target: GpuTensor, signal: AbortSignal | undefined, range: PositionRange | null) =>
      gpu.submit('logits', (recorder) => this.#head.record(recorder, pass.outputs, target, range), {
        signal,
      });
    return [
      heldActivation(
        gpu,
        holdings,
        { kind: 'embeddings', axes: ['token', 'unit'] },
        reshape(embedded, [T, E]),
      ),
      ...pass.activations(),
      ...this.#attention(holdings, pass, T),
      computedActivation(
        gpu,
        holdings,
        isClassifier
          ? { kind: 'logits', axes: ['vocabulary'], shape: [C] }
          : { kind: 'logits', axes: ['token', 'vocabulary'], shape: [T, C] },
        isClassifier
          ? (target, signal) => logits(target, signal, null)
          : (target, signal, range) => logits(target, signal, range),
      ),
    ];
  }

  /** The weights of pooling by attention, [1, T]. */
  #attention(holdings: Holdings, pass: RecurrentPass, T: number): Activation[] {
    if (this.#weights.head.attention === null) return [];
    return [
      computedActivation(
        this.#gpu,
        holdings,
        { kind: 'attention_weights', axes: ['query', 'key'], shape: [1, T] },
        (target, signal) =>
          this.#gpu.submit(
            'weights of the steps',
            (recorder) => this.#head.recordAttention(recorder, pass.outputs, target),
            { signal },
          ),
      ),
    ];
  }

  get #labels(): Labels | null {
    const { model_type: type, labels: names, scoring } = this.#config;
    if (type === 'rnn-lm' || names === undefined) return null;
    const labels = type === 'rnn-classifier' ? 'text' : 'tokens';
    return { labels, names, scoring, side: 'target', hasNone: false };
  }

  get #predicts(): Predicts {
    const { model_type: type, scoring } = this.#config;
    return type === 'rnn-lm' ? 'next' : scoring === 'value' ? 'value' : 'label';
  }

  /** What is said of a position: next tokens, or labels. */
  #outputs(pass: RecurrentPass): Pick<LanguageRunParts, 'logits' | 'judge'> {
    const { labels, model_type: type, scoring } = this.#config;
    if (type === 'rnn-lm' || labels === undefined)
      return {
        logits: (recorder, range, target) => this.#head.record(recorder, pass.outputs, target, range),
      };
    return {
      logits: null,
      judge: async (position) => {
        const gpu = this.#gpu;
        const scores = gpu.tensor([1, labels.length], 'logits of a position', 'scratch');
        try {
          await gpu.submit('labels', (recorder) =>
            this.#head.record(recorder, pass.outputs, scores, [position, position + 1]),
          );
          return labelPredictions(await gpu.read(scores), labels, scoring);
        } finally {
          gpu.release(scores);
        }
      },
    };
  }
}
