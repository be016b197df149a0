import type { Gpu } from '../gpu/gpu.ts';
import type { Recorder } from '../gpu/recorder.ts';
import { reshape, rowsOf, type GpuTensor } from '../gpu/tensor.ts';
import { embedding } from '../kernels/rows/embedding.ts';
import { matmul } from '../kernels/matmul/matmul.ts';
import { reduceTime } from '../kernels/recurrent/reduce-time.ts';
import { computedActivation, heldActivation, Holdings } from '../runs/activations.ts';
import { LanguageRun, type LanguageRunParts } from '../runs/language-run.ts';
import type { Structure } from '../runs/facets/structure.ts';
import type { Predicts } from '../runs/facets/readout.ts';
import type { Activation, Run } from '../runs/run.ts';
import { defineFamily } from '../models/define-family.ts';
import type { Family, LoadedModel } from '../models/family.ts';
import type { RunInput } from '../runs/run-input.ts';
import { checkInput } from '../models/input.ts';
import { labelPredictions } from '../models/labels.ts';
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
import { namedPart, recurrentLayers } from '../models/recurrent/structure.ts';
import { loadStack, splitColumns, type StackWeights } from '../models/recurrent/load-stack.ts';
import { openConfiguredTokenizer } from '../models/recurrent/open-tokenizer.ts';
import { traceOf } from '../models/recurrent/trace.ts';
import { allocateStack, RecurrentPass } from '../models/recurrent/recurrent-pass.ts';

interface Weights {
  /** [V, E] */
  readonly embedding: GpuTensor;
  readonly stack: StackWeights;
  /** [C, P] by direction: the head's columns for it. */
  readonly head: readonly GpuTensor[];
  /** [C] */
  readonly bias: GpuTensor;
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
  const { vocab_size: V, rnn } = config;
  const E = embeddingOf(config);
  const C = outputsOf(config);
  const P = stateOf(rnn);
  const table = config.embedding_size === 'one-hot' ? oneHot(V) : await loader.read('embedding.weight');
  const head = config.tie_embeddings ? table : await loader.read('linear.weight');
  const widths = rnn.bidirectional ? [P, P] : [P];
  return {
    embedding: loader.put(table, [V, E], 'embedding'),
    stack: await loadStack(loader, rnn, recurrentTensors(config).layers),
    head: splitColumns(head, widths).map((part) => loader.put(part, [C, P], 'head')),
    bias: loader.has('linear.bias')
      ? await loader.load('linear.bias', [C])
      : loader.put(new Float32Array(C), [C], 'no bias'),
  };
}

/** The table whose row k is 1 at k. */
function oneHot(size: number): Float32Array<ArrayBuffer> {
  const table = new Float32Array(size * size);
  for (let k = 0; k < size; k++) table[k * size + k] = 1;
  return table;
}

class RecurrentModel implements LoadedModel {
  readonly maxTokens = null;
  readonly bytes: number;
  readonly writes?: 'continuation';
  readonly #gpu: Gpu;
  readonly #about: Run['model'];
  readonly #config: RecurrentConfig;
  readonly #weights: Weights;
  readonly #loader: FloatLoader;

  constructor(gpu: Gpu, about: Run['model'], config: RecurrentConfig, weights: Weights, loader: FloatLoader) {
    this.#gpu = gpu;
    this.#about = about;
    this.#config = config;
    this.#weights = weights;
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
      const trace = traceOf(pass, input.tokens, (output, position, stop) => {
        holdings.assertAlive();
        return this.#inputGradient(pass, output, position, stop);
      });
      return new LanguageRun(gpu, { ...parts, facets: { recurrent: [trace], structure: this.#structure() } });
    } catch (error) {
      holdings.dispose();
      throw error;
    }
  }

  dispose(): void {
    this.#loader.dispose();
  }

  #structure(): Structure {
    const { vocab_size: V, embedding_size: E, rnn, tie_embeddings: isTied } = this.#config;
    const { layers, all } = recurrentTensors(this.#config);
    const part = (about: Parameters<typeof namedPart>[0], prefix: string) =>
      namedPart(about, all, prefix, (name) => this.#loader.has(name));
    const detail = E === 'one-hot' ? `${V} tokens, one-hot` : `${V} tokens × ${E}`;
    const outputs = `${outputsOf(this.#config)} outputs${isTied ? ', the embedding’s table' : ''}`;
    return {
      stacks: [
        {
          ...{ stack: null, side: 'target' },
          before: [part({ kind: 'embedding', title: 'embedding', detail }, 'embedding.')],
          layers: recurrentLayers(rnn, layers),
          after: [part({ kind: 'head', title: 'output head', detail: outputs }, 'linear.')],
        },
      ],
    };
  }

  #activations(holdings: Holdings, pass: RecurrentPass, embedded: GpuTensor): Activation[] {
    const gpu = this.#gpu;
    const [T = 0, , E = 0] = embedded.shape;
    const C = outputsOf(this.#config);
    const isClassifier = this.#config.model_type === 'rnn-classifier';
    return [
      heldActivation(
        gpu,
        holdings,
        { kind: 'embeddings', axes: ['token', 'unit'] },
        reshape(embedded, [T, E]),
      ),
      ...pass.activations(),
      computedActivation(
        gpu,
        holdings,
        isClassifier
          ? { kind: 'logits', axes: ['vocabulary'], shape: [C] }
          : { kind: 'logits', axes: ['token', 'vocabulary'], shape: [T, C] },
        (target, signal) =>
          gpu.submit('logits', (recorder) => this.#logits(recorder, pass, target, null), { signal }),
      ),
    ];
  }

  get #predicts(): Predicts {
    const { model_type: type, scoring } = this.#config;
    return type === 'rnn-lm' ? 'next' : scoring === 'value' ? 'value' : 'label';
  }

  /** What is said of a position: next tokens, or labels. */
  #outputs(pass: RecurrentPass): Pick<LanguageRunParts, 'logits' | 'judge'> {
    const { labels, model_type: type, scoring } = this.#config;
    if (type === 'rnn-lm' || labels === undefined)
      return { logits: (recorder, position, target) => this.#logits(recorder, pass, target, position) };
    return {
      logits: null,
      judge: async (position) => {
        const gpu = this.#gpu;
        const scores = gpu.tensor([1, labels.length], 'logits of a position', 'scratch');
        try {
          await gpu.submit('labels', (recorder) => this.#logits(recorder, pass, scores, position));
          return labelPredictions(await gpu.read(scores), labels, scoring);
        } finally {
          gpu.release(scores);
        }
      },
    };
  }

  /** Logits of one position (null: of all) into `target`; a classifier has one set for the whole text. */
  #logits(recorder: Recorder, pass: RecurrentPass, target: GpuTensor, position: number | null): void {
    const { head, bias } = this.#weights;
    const C = outputsOf(this.#config);
    const pooled = this.#config.model_type === 'rnn-classifier';
    let sum: GpuTensor | null = null;
    for (const [d, output] of pass.outputs.entries()) {
      const [T = 0, , P = 0] = output.shape;
      const rows = reshape(output, [T, P]);
      const a = pooled
        ? this.#pool(recorder, d, rows)
        : position === null
          ? rows
          : rowsOf(rows, position, position + 1);
      const isLast = d + 1 === pass.outputs.length;
      const shape = [a.shape[0] ?? 1, C];
      const out: GpuTensor = isLast ? reshape(target, shape) : recorder.temp(shape, 'logits of a direction');
      const b = head[d];
      if (b === undefined) throw new Error('The head has no columns for a direction.');
      matmul(recorder, {
        a,
        b,
        transposed: true,
        out,
        label: 'logits',
        ...(sum === null ? { bias } : { residual: sum }),
      });
      sum = out;
    }
  }

  /** [1, P]: one vector for the whole text. */
  #pool(recorder: Recorder, direction: number, rows: GpuTensor): GpuTensor {
    const { pooling } = this.#config;
    const [T = 0, P = 0] = rows.shape;
    if (pooling === 'mean' || pooling === 'max') {
      const pooled = recorder.temp([1, P], 'pooled');
      reduceTime(recorder, rows, pooled, pooling);
      return pooled;
    }
    // What each direction ends with: the reverse one at the first token.
    return direction === 1 ? rowsOf(rows, 0, 1) : rowsOf(rows, T - 1, T);
  }

  async #inputGradient(
    pass: RecurrentPass,
    output: number,
    position: number,
    signal?: AbortSignal,
  ): Promise<Float32Array> {
    const gpu = this.#gpu;
    const injected = [];
    for (const [d, outputs] of pass.outputs.entries()) {
      const [T = 0, , P = 0] = outputs.shape;
      const head = this.#weights.head[d];
      if (
        head === undefined ||
        !(output >= 0 && output < outputsOf(this.#config)) ||
        !(position >= 0 && position < T)
      )
        throw new RangeError(`There is no output ${output} at position ${position}.`);
      const row = await gpu.read(rowsOf(head, output, output + 1), signal);
      injected.push(await this.#inject(reshape(outputs, [T, P]), row, d === 1, position));
    }
    return pass.inputGradient(injected, signal);
  }

  /** The derivative of a logit by a direction's outputs [T, P], from the head's row for it. */
  async #inject(
    outputs: GpuTensor,
    row: Float32Array,
    reverse: boolean,
    position: number,
  ): Promise<Float32Array<ArrayBuffer>> {
    const [T = 0, P = 0] = outputs.shape;
    const { model_type: type, pooling } = this.#config;
    const values = new Float32Array(T * P);
    if (type !== 'rnn-classifier') values.set(row, position * P);
    else if (pooling === 'last') values.set(row, (reverse ? 0 : T - 1) * P);
    else if (pooling === 'mean')
      for (let t = 0; t < T; t++)
        values.set(
          row.map((value) => value / T),
          t * P,
        );
    else {
      // The largest value of each unit lets the derivative through.
      const states = await this.#gpu.read(outputs);
      for (let p = 0; p < P; p++) {
        let best = 0;
        for (let t = 1; t < T; t++) if ((states[t * P + p] ?? 0) > (states[best * P + p] ?? 0)) best = t;
        values[best * P + p] = row[p] ?? 0;
      }
    }
    return values;
  }
}
