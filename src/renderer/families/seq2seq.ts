import type { Gpu } from '../gpu/gpu.ts';
import { reshape, rowsOf, type GpuTensor } from '../gpu/tensor.ts';
import { computedActivation, heldActivation, type Description, type Holdings } from '../runs/activations.ts';
import { SharedHoldings } from '../runs/shared-holdings.ts';
import type { Activation, Run, Token } from '../runs/run.ts';
import type { SearchNode } from '../runs/facets/search.ts';
import type { Tokenizer } from '../../common/text/tokenizer.ts';
import { defineFamily } from '../models/define-family.ts';
import type { Family, LoadedModel } from '../models/family.ts';
import type { DecodeOptions, RunInput } from '../runs/run-input.ts';
import { checkInput } from '../models/input.ts';
import { FloatLoader } from '../models/recurrent/float-loader.ts';
import { openConfiguredTokenizer } from '../models/recurrent/open-tokenizer.ts';
import { LanguageRun } from '../runs/language-run.ts';
import { traceOf } from '../models/recurrent/trace.ts';
import { RecurrentPass } from '../models/recurrent/recurrent-pass.ts';
import { stateOf } from '../../common/configs/recurrent-stack.ts';
import { parseSeq2SeqConfig, seq2seqSpec, type Seq2SeqConfig } from '../../common/configs/seq2seq.ts';
import { PaceRecord } from '../runs/facets/pace.ts';
import { readQuality } from '../models/quality.ts';
import type { Quality } from '../runs/facets/quality.ts';
import { bottleneckOf } from '../models/seq2seq/bottleneck.ts';
import { alignmentOf } from '../models/seq2seq/alignment.ts';
import { decode, type Decoded, type Former } from '../models/seq2seq/decode.ts';
import { encode, type Encoded } from '../models/seq2seq/encode.ts';
import { seq2seqInputGradients } from '../models/seq2seq/input-gradient.ts';
import { seq2seqStructure } from '../models/seq2seq/structure.ts';
import { loadSeq2Seq, type Seq2SeqWeights } from '../models/seq2seq/load.ts';

/** Recurrent encoder-decoders, without attention or with Bahdanau's or Luong's. */
export const seq2seq: Family = defineFamily({
  spec: seq2seqSpec,
  parse: parseSeq2SeqConfig,
  tokenizer: (source, config, signal) => openConfiguredTokenizer(source, config.source.tokenizer, signal),
  async build({ gpu, source, config, check, about, onProgress, signal }) {
    const loader = new FloatLoader(gpu, source, check.found, onProgress, signal);
    let tokenizer: Tokenizer | null = null;
    try {
      tokenizer = await openConfiguredTokenizer(source, config.target.tokenizer, signal);
      const weights = await loadSeq2Seq(loader, config);
      await loader.settle();
      const quality = await readQuality(source, signal);
      return new Seq2SeqModel(gpu, about, config, weights, loader, tokenizer, quality);
    } catch (error) {
      loader.dispose();
      tokenizer?.dispose();
      throw error;
    }
  },
});

/** Everything that one run is made of. */
interface Pieces {
  readonly encoded: Encoded;
  readonly decoded: Decoded;
  readonly encoder: RecurrentPass;
  readonly decoder: RecurrentPass;
  readonly targets: readonly Token[];
}

class Seq2SeqModel implements LoadedModel {
  readonly maxTokens = null;
  readonly writes = 'output';
  readonly bytes: number;
  /** What was written last, and of which source. */
  #last: {
    readonly source: string;
    readonly former: Former;
    readonly shared: SharedHoldings;
    /** As long as a run holds what is shared. */
    readonly encoded: Encoded;
  } | null = null;

  constructor(
    private readonly gpu: Gpu,
    private readonly about: Run['model'],
    private readonly config: Seq2SeqConfig,
    private readonly weights: Seq2SeqWeights,
    private readonly loader: FloatLoader,
    private readonly tokenizer: Tokenizer,
    private readonly quality: Quality | null,
  ) {
    this.bytes = loader.bytes;
  }

  async run(input: RunInput, signal: AbortSignal): Promise<Run> {
    signal.throwIfAborted();
    const { gpu, config, weights } = this;
    const ids = checkInput(input, config.source.vocab_size, this.maxTokens);
    const options = await this.#options(input, signal);
    const source = ids.join();
    // A weight that is dragged changes a word or two: the source is read already, and the other words are written as they were.
    const isForced = (options.forcedAttention ?? []).length > 0;
    const before = isForced && this.#last?.source === source ? this.#last : null;
    const known = before?.shared.holdings.isDisposed === false ? before : null;
    const shared = known?.shared ?? new SharedHoldings(gpu);
    const holdings = shared.lease();
    try {
      const start = performance.now();
      const pace = new PaceRecord();
      const { onProgress, profile } = input;
      const watch = { onProgress, profile };
      const encoded =
        known?.encoded ?? (await encode(gpu, shared.holdings, config, weights, ids, signal, watch));
      const context = { gpu, holdings, config, weights, encoded, pace, signal, onProgress, profile };
      const decoded = await decode({ ...context, former: before?.former ?? null }, options);
      const former = { decoded, isHeld: () => !holdings.isDisposed };
      this.#last = { source, former, shared, encoded };
      await gpu.idle();
      gpu.assertAlive();
      signal.throwIfAborted();
      const pieces: Pieces = {
        encoded,
        decoded,
        encoder: encoded.pass,
        decoder: new RecurrentPass(gpu, holdings, trimmed(decoded), 'decoder'),
        targets: decoded.outputs.map((id) => this.tokenizer.token(id)),
      };
      return this.#run(input, holdings, pieces, performance.now() - start);
    } catch (error) {
      holdings.dispose();
      throw error;
    }
  }

  dispose(): void {
    this.loader.dispose();
    this.tokenizer.dispose();
  }

  /** The options, with a target text as tokens. */
  async #options({ decode: options = {} }: RunInput, signal: AbortSignal): Promise<DecodeOptions> {
    if (options.targetText === undefined) return options;
    const { start_token_id: start } = this.config.target;
    const tokens = await this.tokenizer.encode(options.targetText, signal);
    const ids = tokens.map(({ id }) => id);
    // A tokenizer that writes the start token writes what the decoder reads anyway.
    return { ...options, target: ids[0] === start ? ids.slice(1) : ids };
  }

  #run(input: RunInput, holdings: Holdings, pieces: Pieces, milliseconds: number): Run {
    const { gpu, config } = this;
    const { encoded, decoded, encoder, decoder, targets } = pieces;
    const alignment = alignmentOf(gpu, holdings, [encoded, decoded.pass], [targets, input.tokens]);
    const parts = {
      model: this.about,
      input: { ...input, tokens: targets, vocabulary: (id: number) => this.tokenizer.token(id) },
      sourceTokens: input.tokens,
      layers: config.decoder.num_layers,
      heads: alignment.length,
      width: stateOf(config.decoder),
      vocabulary: config.target.vocab_size,
      milliseconds,
      holdings,
      activations: this.#activations(holdings, pieces),
      attention: alignment,
      logits: (
        recorder: Parameters<typeof decoded.pass.recordLogits>[0],
        [from, to]: readonly [number, number],
        target: GpuTensor,
      ) => decoded.pass.recordLogits(recorder, from, to, target),
    };
    const recurrent = [traceOf(encoder, input.tokens), traceOf(decoder, targets)];
    const pace = decoded.pace?.of(targets.length, 0) ?? null;
    const bottleneck = bottleneckOf(gpu, holdings, config, encoded);
    return new LanguageRun(gpu, {
      ...parts,
      predicts: 'own',
      facets: {
        ...{ recurrent, search: this.#search(decoded), bottleneck, quality: this.quality, pace },
        structure: seq2seqStructure(config, (name) => this.loader.has(name)),
        inputGradient: seq2seqInputGradients({
          ...{ gpu, holdings, config, weights: this.weights, encoded, pass: decoded.pass },
          ...{ source: input.tokens, targets },
        }),
      },
    });
  }

  #search({ tree, outputs }: Decoded): SearchNode[] | null {
    // Greedy search keeps one hypothesis: the output.
    if (tree === null || tree.length === outputs.length) return null;
    const chosen = new Set<number>();
    const leaf = tree.findLastIndex(
      (node, at) => node.step + 1 === outputs.length && isPath(tree, at, outputs),
    );
    for (let at: number | null = leaf < 0 ? null : leaf; at !== null; at = tree[at]?.parent ?? null)
      chosen.add(at);
    return tree.map(({ id, ...node }, at) => ({
      ...node,
      token: this.tokenizer.token(id),
      chosen: chosen.has(at),
    }));
  }

  #activations(holdings: Holdings, { encoded, decoded, encoder, decoder, targets }: Pieces): Activation[] {
    const { gpu, config } = this;
    const T = targets.length;
    const S = encoded.length;
    const held = (about: Description, slab: GpuTensor, shape: readonly number[], from = 0) =>
      heldActivation(gpu, holdings, about, reshape(rowsOf(slab, from, from + (shape[0] ?? 0)), shape));
    const { attention, attentional, embedded } = decoded.pass;
    const width = (slab: GpuTensor) => slab.shape.at(-1) ?? 0;
    const steps = decoder.activations();
    const looks: Activation[] =
      attention === null
        ? []
        : [
            held({ kind: 'attention_scores', axes: ['token', 'source'] }, attention.scores, [T, S]),
            held({ kind: 'attention_weights', axes: ['token', 'source'] }, attention.weights, [T, S]),
            held({ kind: 'attention_context', axes: ['token', 'unit'] }, attention.context, [
              T,
              width(attention.context),
            ]),
            heldActivation(
              gpu,
              holdings,
              { kind: 'cross_attention', layer: 0, axes: ['head', 'query', 'key'] },
              reshape(rowsOf(attention.weights, 0, T), [1, T, S]),
            ),
          ];
    return [
      held({ kind: 'embeddings', stack: 'encoder', axes: ['source', 'unit'] }, encoded.embedded, [
        S,
        width(encoded.embedded),
      ]),
      ...encoder.activations().map((activation) => ({
        ...activation,
        axes: activation.axes.map((axis) => (axis === 'token' ? ('source' as const) : axis)),
      })),
      held({ kind: 'embeddings', stack: 'decoder', axes: ['token', 'unit'] }, embedded, [T, width(embedded)]),
      // In the order of a step.
      ...(config.attention?.query === 'previous' ? [...looks, ...steps] : [...steps, ...looks]),
      ...(attentional === null
        ? []
        : [
            held(
              { kind: 'attention_vector', axes: ['token', 'unit'] },
              attentional,
              [T, width(attentional)],
              1,
            ),
          ]),
      computedActivation(
        gpu,
        holdings,
        { kind: 'logits', axes: ['token', 'vocabulary'], shape: [T, config.target.vocab_size] },
        async (target, signal, range) => {
          await gpu.submit('logits', (recorder) => decoded.pass.recordLogits(recorder, ...range, target), {
            ...(signal === undefined ? {} : { signal }),
          });
        },
      ),
    ];
  }
}

/** The decoder's layers with as many positions as there are outputs. */
function trimmed({ pass, outputs }: Decoded): DecoderLayers {
  return pass.layers.map((directions) =>
    directions.map((layer) => {
      const { slabs } = layer;
      const rows = outputs.length;
      const cut = (slab: GpuTensor | null) => (slab === null ? null : rowsOf(slab, 0, rows + 1));
      return {
        ...layer,
        slabs: {
          ...slabs,
          positions: rows,
          hidden: rowsOf(slabs.hidden, 0, rows + 1),
          cells: cut(slabs.cells),
        },
      };
    }),
  );
}
type DecoderLayers = Decoded['pass']['layers'];

/** True when the hypothesis that ends at a node is the output. */
function isPath(tree: NonNullable<Decoded['tree']>, leaf: number, outputs: readonly number[]): boolean {
  let at: number | null = leaf;
  for (let i = outputs.length - 1; i >= 0; i--) {
    const node: NonNullable<Decoded['tree']>[number] | undefined = at === null ? undefined : tree[at];
    if (node === undefined || node.id !== outputs[i]) return false;
    at = node.parent;
  }
  return at === null;
}
