import type { Gpu } from '../gpu/gpu.ts';
import type { Recorder } from '../gpu/recorder.ts';
import { rowsOf, type GpuTensor } from '../gpu/tensor.ts';
import { packedLayer, type AttentionLayer } from '../kernels/attention-layer.ts';
import { attention } from '../kernels/attention.ts';
import type { AttendedLayer } from '../kernels/attention-weights.ts';
import { embedding } from '../kernels/embedding.ts';
import { layerNorm } from '../kernels/norm.ts';
import { matmul } from '../kernels/matmul.ts';
import type { Matrix } from '../kernels/weight.ts';
import { computedActivation, heldActivation, Holdings } from '../runs/activations.ts';
import { StoredAttention } from '../runs/attention-map.ts';
import { LanguageRun } from '../runs/language-run.ts';
import type { Activation, Run } from '../runs/run.ts';
import type { Family, LoadedModel, RunInput } from './family.ts';
import { checkInput } from './input.ts';
import { gpt2Spec, parseGpt2Config, type Gpt2Config } from './spec/gpt2.ts';
import { requireTensors } from './spec/match.ts';
import { WeightStore } from './weight-store.ts';

/** A norm's or a projection's second half: weight and bias. */
interface Norm {
  readonly weight: GpuTensor;
  readonly bias: GpuTensor;
}
interface Projection {
  /** [inputs, outputs], as GPT-2 stores them. */
  readonly weight: Matrix;
  readonly bias: GpuTensor;
}

interface Layer {
  readonly beforeAttention: Norm;
  readonly qkv: Projection;
  readonly attentionOut: Projection;
  readonly beforeFeedForward: Norm;
  readonly feedForwardIn: Projection;
  readonly feedForwardOut: Projection;
}

interface Weights {
  /** [V, D] */
  readonly tokens: Matrix;
  /** [P, D] */
  readonly positions: GpuTensor;
  readonly layers: readonly Layer[];
  readonly last: Norm;
  /** [V, D]: the token table again, or a head of its own. */
  readonly head: Matrix;
}

export const gpt2: Family = {
  spec: gpt2Spec,
  async load(gpu, source, onProgress, signal) {
    const { model } = source;
    const raw = model.config ?? {};
    const config = parseGpt2Config(raw);
    const check = gpt2Spec.check(raw, model.tensors);
    requireTensors(model.name, check);
    const store = new WeightStore(gpu, source, check.found);
    const weights = reserve(store, config);
    await store.load(onProgress, signal);
    const about = { id: model.id, name: model.name, family: gpt2Spec.name, modelType: model.modelType ?? '' };
    return new Gpt2(gpu, about, config, weights, store);
  },
};

/** Room on the GPU for all weights; gives back what it took when there is not enough. */
function reserve(store: WeightStore, config: Gpt2Config): Weights {
  try {
    const norm = (name: string): Norm => ({
      weight: store.vector(`${name}.weight`),
      bias: store.vector(`${name}.bias`),
    });
    const projection = (name: string): Projection => ({
      weight: store.matrix(`${name}.weight`, { whole: true }),
      bias: store.vector(`${name}.bias`),
    });
    const tokens = store.matrix('wte.weight');
    return {
      tokens,
      positions: store.vector('wpe.weight'),
      layers: Array.from({ length: config.layers }, (_, l) => ({
        beforeAttention: norm(`h.${l}.ln_1`),
        qkv: projection(`h.${l}.attn.c_attn`),
        attentionOut: projection(`h.${l}.attn.c_proj`),
        beforeFeedForward: norm(`h.${l}.ln_2`),
        feedForwardIn: projection(`h.${l}.mlp.c_fc`),
        feedForwardOut: projection(`h.${l}.mlp.c_proj`),
      })),
      last: norm('ln_f'),
      head: config.tied ? tokens : store.matrix('lm_head.weight'),
    };
  } catch (error) {
    store.dispose();
    throw error;
  }
}

/** What one pass leaves for the views. */
interface Kept {
  /** L + 1 of [T, D]; the last one is after the final norm. */
  readonly hidden: readonly GpuTensor[];
  /** [T, 3D] by layer; null where the memory budget did not reach. */
  readonly qkv: readonly (GpuTensor | null)[];
  /** [H, T, 2] by layer: the row statistics of the softmax. */
  readonly statistics: readonly GpuTensor[];
}

class Gpt2 implements LoadedModel {
  readonly writes = 'continuation';
  readonly maxTokens: number;
  readonly bytes: number;
  readonly #gpu: Gpu;
  readonly #about: Run['model'];
  readonly #config: Gpt2Config;
  readonly #weights: Weights;
  readonly #store: WeightStore;

  constructor(gpu: Gpu, about: Run['model'], config: Gpt2Config, weights: Weights, store: WeightStore) {
    this.#gpu = gpu;
    this.#about = about;
    this.#config = config;
    this.#weights = weights;
    this.#store = store;
    this.maxTokens = config.positions;
    this.bytes = store.bytes;
  }

  async run(input: RunInput, signal: AbortSignal): Promise<Run> {
    signal.throwIfAborted();
    const { heads, layers, width, vocabulary } = this.#config;
    const ids = checkInput(input, vocabulary, this.maxTokens);
    const gpu = this.#gpu;
    const holdings = new Holdings(gpu);
    try {
      const start = performance.now();
      const kept = this.#keep(holdings, ids.length);
      const idTensor = holdings.tensor([ids.length], 'token ids');
      gpu.upload(idTensor, ids);
      await gpu.submit('GPT-2', (recorder) => this.#forward(recorder, idTensor, kept), {
        signal,
        profile: input.profile ?? null,
      });
      await gpu.idle();
      gpu.assertAlive();
      signal.throwIfAborted();
      const maps = this.#attention(input, holdings, kept);
      return new LanguageRun(gpu, {
        model: this.#about,
        input,
        layers,
        heads,
        width,
        vocabulary,
        milliseconds: performance.now() - start,
        holdings,
        activations: this.#activations(ids.length, holdings, kept, maps),
        attention: [maps],
        logits: (recorder, position, target) =>
          this.#logits(recorder, rowsOf(last(kept.hidden), position, position + 1), target),
      });
    } catch (error) {
      holdings.dispose();
      throw error;
    }
  }

  dispose(): void {
    this.#store.dispose();
  }

  /** Room for what the pass keeps. */
  #keep(holdings: Holdings, T: number): Kept {
    const { layers, width: D, heads: H } = this.#config;
    const each = <Value>(make: (layer: number) => Value) => Array.from({ length: layers }, (_, l) => make(l));
    const affordable = Math.floor(this.#gpu.activationBudget / (T * 3 * D * 4));
    return {
      hidden: [...each((l) => l), layers].map((l) => holdings.tensor([T, D], `hidden_states.${l}`)),
      qkv: each((l) => (l < affordable ? holdings.tensor([T, 3 * D], `q, k, v of layer ${l}`) : null)),
      statistics: each((l) => holdings.tensor([H, T, 2], `row statistics of layer ${l}`)),
    };
  }

  /** The whole pass: `L` layers over `T` tokens. */
  #forward(recorder: Recorder, ids: GpuTensor, { hidden, qkv, statistics }: Kept): void {
    const { width: D, inner: I, epsilon, activation } = this.#config;
    const { tokens, positions, layers, last: lastNorm } = this.#weights;
    const [T = 0] = ids.shape;
    embedding(recorder, { ids, table: tokens, positions, out: at(hidden, 0) });
    for (const [l, layer] of layers.entries()) {
      const residual = at(hidden, l);
      const packed = qkv[l] ?? recorder.temp([T, 3 * D], 'q, k, v');
      this.#project(recorder, layer, residual, packed);

      const mixed = recorder.temp([T, D], 'attention output');
      const target = { output: mixed, statistics: at(statistics, l) };
      attention(recorder, this.#layer(packed, l), target);
      if (qkv[l] === null) recorder.free(packed);
      const middle = recorder.temp([T, D], 'residual after attention');
      matmul(recorder, {
        a: mixed,
        ...projection(layer.attentionOut),
        residual,
        out: middle,
        label: 'attention out',
      });
      recorder.free(mixed);

      const normed = recorder.temp([T, D], 'normed');
      layerNorm(recorder, { x: middle, ...layer.beforeFeedForward, out: normed, epsilon });
      const inner = recorder.temp([T, I], 'feed forward');
      matmul(recorder, {
        a: normed,
        ...projection(layer.feedForwardIn),
        activation,
        out: inner,
        label: 'feed forward in',
      });
      recorder.free(normed);
      const isLast = l + 1 === layers.length;
      const out = isLast ? recorder.temp([T, D], 'last residual') : at(hidden, l + 1);
      matmul(recorder, {
        a: inner,
        ...projection(layer.feedForwardOut),
        residual: middle,
        out,
        label: 'feed forward out',
      });
      recorder.free(inner);
      recorder.free(middle);
      if (isLast) layerNorm(recorder, { x: out, ...lastNorm, out: last(hidden), epsilon });
    }
  }

  /** q, k and v of a layer, side by side, from the residual before it. */
  #project(recorder: Recorder, { beforeAttention, qkv }: Layer, residual: GpuTensor, out: GpuTensor): void {
    const normed = recorder.temp(residual.shape, 'normed');
    layerNorm(recorder, { x: residual, ...beforeAttention, out: normed, epsilon: this.#config.epsilon });
    matmul(recorder, { a: normed, ...projection(qkv), out, label: 'q, k, v' });
    recorder.free(normed);
  }

  #layer(qkv: GpuTensor, layer: number): AttentionLayer {
    const { width, heads, scaleByWidth, scaleByLayer } = this.#config;
    const scale = (scaleByWidth ? 1 / Math.sqrt(width / heads) : 1) / (scaleByLayer ? layer + 1 : 1);
    return { ...packedLayer(qkv, heads, true), scale };
  }

  /** [n, V] from n rows of the last hidden state. */
  #logits(recorder: Recorder, hidden: GpuTensor, out: GpuTensor): void {
    matmul(recorder, { a: hidden, b: this.#weights.head, transposed: true, out, label: 'logits' });
  }

  #attention(input: RunInput, holdings: Holdings, kept: Kept): StoredAttention {
    return new StoredAttention(this.#gpu, {
      kind: 'self',
      layers: this.#config.layers,
      heads: this.#config.heads,
      queries: input.tokens,
      keys: input.tokens,
      causal: true,
      activation: (layer) => `attentions.${layer}`,
      lease: (layer) => this.#lease(layer, holdings, kept),
    });
  }

  /** A layer's q and k: kept, or computed again from the residual. */
  async #lease(layer: number, holdings: Holdings, kept: Kept): Promise<AttendedLayer & { release(): void }> {
    holdings.assertAlive();
    const gpu = this.#gpu;
    const statistics = at(kept.statistics, layer);
    const held = at(kept.qkv, layer);
    if (held !== null) return { layer: this.#layer(held, layer), statistics, release: () => undefined };
    const residual = at(kept.hidden, layer);
    const qkv = gpu.tensor([residual.shape[0] ?? 0, 3 * this.#config.width], 'q, k, v', 'scratch');
    try {
      await gpu.submit('q, k, v again', (recorder) =>
        this.#project(recorder, at(this.#weights.layers, layer), residual, qkv),
      );
      holdings.assertAlive();
    } catch (error) {
      gpu.release(qkv);
      throw error;
    }
    return { layer: this.#layer(qkv, layer), statistics, release: () => gpu.release(qkv) };
  }

  #activations(T: number, holdings: Holdings, kept: Kept, maps: StoredAttention): Activation[] {
    const gpu = this.#gpu;
    const { heads: H, layers, vocabulary: V } = this.#config;
    const hidden = kept.hidden.map((tensor, l) =>
      heldActivation(gpu, holdings, { name: `hidden_states.${l}`, axes: ['token', 'unit'] }, tensor),
    );
    const patterns = Array.from({ length: layers }, (_, l) =>
      computedActivation(
        gpu,
        holdings,
        { name: maps.activation(l), axes: ['head', 'query', 'key'], shape: [H, T, T] },
        (target, _signal, heads) => maps.pattern(l, target, heads),
      ),
    );
    const logits = computedActivation(
      gpu,
      holdings,
      { name: 'logits', axes: ['token', 'vocabulary'], shape: [T, V] },
      (target, signal, [from, to]) =>
        gpu.submit(
          'logits',
          (recorder) => this.#logits(recorder, rowsOf(last(kept.hidden), from, to), target),
          { signal },
        ),
    );
    return [...hidden, ...patterns, logits];
  }
}

/** A projection as a matmul takes it. */
function projection({ weight, bias }: Projection): { readonly b: Matrix; readonly bias: GpuTensor } {
  return { b: weight, bias };
}

function at<Value>(list: readonly Value[], index: number): Value {
  const value = list[index];
  if (value === undefined) throw new RangeError(`Layer ${index} of ${list.length}.`);
  return value;
}

function last<Value>(list: readonly Value[]): Value {
  return at(list, list.length - 1);
}
