import { withCharacters } from '../../../common/text/byte-characters.ts';
import { counted } from '../../common/numbers.ts';
import { HeadgateError } from '../../../common/error.ts';
import type { Gpu } from '../../gpu/gpu.ts';
import type { Holdings } from '../../runs/activations.ts';
import type { Run } from '../../runs/run.ts';
import type { Intervention } from '../../runs/facets/changes.ts';
import { PaceRecord } from '../../runs/facets/pace.ts';
import { SharedHoldings } from '../../runs/shared-holdings.ts';
import type { Tokenizer } from '../../../common/text/tokenizer.ts';
import type { LoadedModel } from '../family.ts';
import type { RunInput } from '../../runs/run-input.ts';
import type { GenerationConfig } from '../../../common/configs/generation-config.ts';
import { checkInput } from '../input.ts';
import { openSourceTokenizer } from '../source-files.ts';
import type { WeightStore } from '../weight-store.ts';
import type { WeightSource } from '../weights.ts';
import { followedBy, submitParts } from '../transformer/submit-parts.ts';
import { TransformerPass } from '../transformer/transformer-pass.ts';
import { plainTokens } from '../transformer/embed.ts';
import { EncoderDecoderRun, type EncoderDecoderRunParts } from './run.ts';
import { recordSource, sourceRoom, type EncoderDecoder } from './encoder-decoder.ts';
import { intervene } from './intervene.ts';
import { write, type Writing, type Written } from './writing.ts';

/** Tokens that are written at most when neither the user nor the model says how many. */
const DEFAULT_TOKENS = 128;

export interface EncoderDecoderParts {
  readonly gpu: Gpu;
  readonly source: WeightSource;
  readonly about: Run['model'];
  readonly model: EncoderDecoder;
  readonly store: WeightStore;
  readonly generation: GenerationConfig;
  readonly start: number;
  /** Most tokens of either side; null: any number. */
  readonly positions: number | null;
  /** `V` of the source. */
  readonly vocabulary: number;
  /** `V` of what is written. */
  readonly outputs: number;
}

/** A T5, BART or Marian on the GPU. */
export class EncoderDecoderModel implements LoadedModel {
  readonly writes?: 'output';
  readonly maxTokens: number | null;
  readonly bytes: number;
  readonly #parts: EncoderDecoderParts;
  #tokenizer: Promise<Tokenizer> | null = null;
  readonly #closed = new AbortController();

  constructor(parts: EncoderDecoderParts) {
    this.#parts = parts;
    this.maxTokens = parts.positions;
    this.bytes = parts.store.bytes;
    if (parts.model.labels === null) this.writes = 'output';
  }

  /** The whole text: given, or found greedily if nobody says otherwise. */
  async run(input: RunInput, signal: AbortSignal): Promise<Run> {
    for await (const { isLast, finish } of this.#write(input, signal)) if (isLast) return await finish();
    throw new Error('Writing ends with a whole text.');
  }

  async *generate(input: RunInput, signal: AbortSignal): AsyncGenerator<Run, void> {
    if (this.#parts.model.head === null)
      throw new HeadgateError(
        'no-generation',
        'This model gives labels, so it can’t write.',
        'Save it with its language-model head.',
      );
    for await (const { finish } of this.#write(input, signal)) yield await finish();
  }

  intervene(base: Run, changes: readonly Intervention[], signal: AbortSignal): Promise<Run> {
    return intervene(this.#parts.gpu, this.#parts.about, base, changes, signal);
  }

  dispose(): void {
    this.#closed.abort(new DOMException('The model was closed.', 'AbortError'));
    this.#tokenizer?.then(
      (tokenizer) => tokenizer.dispose(),
      () => undefined,
    );
    this.#parts.store.dispose();
  }

  /** The steps of one text; `finish` makes a run of what is there after a step. */
  async *#write(
    given: RunInput,
    signal: AbortSignal,
  ): AsyncGenerator<{ readonly isLast: boolean; readonly finish: () => Promise<Run> }, void> {
    signal.throwIfAborted();
    const { gpu, model, vocabulary } = this.#parts;
    const input = await this.#named(given);
    const ids = checkInput(input, vocabulary, this.maxTokens);
    const plan = await this.#plan(input, signal);
    const shared = new SharedHoldings(gpu);
    const own = shared.lease();
    try {
      let since = performance.now();
      const pace = new PaceRecord();
      const { encoder, source } = await this.#encode(input, ids, shared.holdings, signal);
      const { onProgress, profile = null } = input;
      const { generation, outputs } = this.#parts;
      const writing: Writing = {
        ...{ gpu, model, generation, vocabulary: outputs, holdings: shared.holdings, source },
        ...{ options: input.decode ?? {}, ...plan, signal, onProgress, profile },
      };
      for await (const written of write(writing)) {
        pace.step();
        yield {
          isLast: written.isLast,
          finish: async () => {
            await gpu.idle();
            gpu.assertAlive();
            signal.throwIfAborted();
            const milliseconds = performance.now() - since;
            since = performance.now();
            const isTimed = written.tree === null && !plan.isGiven;
            const own = isTimed ? pace.of(written.ids.length, plan.given.length) : null;
            return this.#run(input, shared, { encoder, source, pace: own, milliseconds }, written);
          },
        };
      }
    } finally {
      own.dispose();
    }
  }

  async #encode(input: RunInput, ids: Uint32Array<ArrayBuffer>, holdings: Holdings, signal: AbortSignal) {
    const { gpu, model } = this.#parts;
    const tensor = holdings.tensor([ids.length], 'source token ids');
    gpu.upload(tensor, ids);
    const S = ids.length;
    const encoder = new TransformerPass(gpu, holdings, model.encoder, { capacity: S, length: S });
    const source = sourceRoom(holdings, model, S);
    const parts = followedBy(encoder.parts(plainTokens(tensor)), (recorder) =>
      recordSource(recorder, model, encoder, source),
    );
    await submitParts(gpu, 'encoder', parts, { signal, profile: input.profile ?? null });
    return { encoder, source };
  }

  /** What is given, and how long the text may become. */
  async #plan(
    { decode: options = {}, tokens }: RunInput,
    signal: AbortSignal,
  ): Promise<Pick<Writing, 'given' | 'most' | 'isGiven'>> {
    const { start, generation, positions, outputs, model } = this.#parts;
    // As Transformers does it: the decoder reads the text again, one place later.
    if (model.labels !== null)
      return {
        given: [start, ...tokens.slice(0, -1).map(({ id }) => id)],
        most: tokens.length,
        isGiven: true,
      };
    const target =
      options.target ??
      (options.targetText === undefined ? null : await this.#targetIds(options.targetText, signal));
    const given = [start, ...(target ?? options.prefix ?? [])];
    const outside = given.find((id) => !Number.isInteger(id) || id < 0 || id >= outputs);
    if (outside !== undefined)
      throw new HeadgateError(
        'token-out-of-range',
        `The target has the token ${outside}; the model's vocabulary has ${outputs} entries.`,
        'The tokenizer does not belong to this model: put the right tokenizer.json beside the weights.',
      );
    if (positions !== null && given.length > positions)
      throw new HeadgateError(
        'target-too-long',
        `The target has ${counted(given.length, 'token')} with its start token; this model writes ${positions} at most.`,
        `Shorten the target by ${counted(given.length - positions, 'token')}.`,
      );
    if (target !== null) return { given, most: given.length, isGiven: true };
    const own = generation.maxNewTokens ?? (generation.maxLength === null ? null : generation.maxLength - 1);
    const wanted = options.maxTokens ?? own ?? DEFAULT_TOKENS;
    const most = Math.max(given.length, Math.min(1 + wanted, positions ?? Infinity));
    return { given, most, isGiven: most === given.length };
  }

  /** The input, with the target's own names for what is written where the sides have vocabularies of their own. */
  async #named(input: RunInput): Promise<RunInput> {
    if (this.#parts.source.model.tokenizer['target_vocab.json'] === undefined) return input;
    const tokenizer = await this.#targetTokenizer();
    return { ...input, vocabulary: (id) => tokenizer.token(id) };
  }

  async #targetTokenizer(): Promise<Tokenizer> {
    this.#tokenizer ??= openSourceTokenizer(this.#parts.source, this.#closed.signal, 'target');
    try {
      return await this.#tokenizer;
    } catch (error) {
      this.#tokenizer = null;
      throw error;
    }
  }

  /** The ids of a target as the decoder reads them in training: what ends the text is left out. */
  async #targetIds(text: string, signal: AbortSignal): Promise<number[]> {
    const tokenizer = await this.#targetTokenizer();
    const tokens = await tokenizer.encode(text, signal);
    const last = tokens.at(-1);
    const isEnded = last !== undefined && last.span === null && this.#parts.generation.ends.includes(last.id);
    return (isEnded ? tokens.slice(0, -1) : tokens).map(({ id }) => id);
  }

  #run(
    input: RunInput,
    shared: SharedHoldings,
    known: Pick<EncoderDecoderRunParts, 'encoder' | 'source' | 'pace' | 'milliseconds'>,
    { pass: decoder, ids, tree }: Written,
  ): Run {
    const { gpu, about, model, outputs } = this.#parts;
    const tokens = withCharacters(ids.map((id) => input.vocabulary(id)));
    const holdings = shared.lease();
    try {
      return new EncoderDecoderRun(gpu, {
        ...{
          about,
          model,
          input,
          tokens,
          tree,
          shared,
          holdings,
          ...known,
          decoder,
          outputs,
        },
      });
    } catch (error) {
      holdings.dispose();
      throw error;
    }
  }
}
