import { withCharacters } from '../../../common/text/byte-characters.ts';
import { PaceRecord } from '../../runs/facets/pace.ts';
import { HeadgateError } from '../../../common/error.ts';
import { rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import type { Run, Token } from '../../runs/run.ts';
import { SharedHoldings } from '../../runs/shared-holdings.ts';
import type { RunInput } from '../../runs/run-input.ts';
import type { GenerationConfig } from '../../../common/configs/generation-config.ts';
import { checkInput } from '../input.ts';
import { createSampler } from '../sample.ts';
import { TransformerModel, type TransformerParts } from './model.ts';
import { at } from '../at.ts';
import { followedBy, submitParts } from './submit-parts.ts';
import { TransformerPass } from './transformer-pass.ts';
import { WritingRules } from './rules.ts';
import { TransformerRun } from './run.ts';
import { recordLogits, type Head } from './stack.ts';
import { writeTokens } from './write-tokens.ts';

/** Tokens that are written when nobody says how many. */
const DEFAULT_TOKENS = 32;

/** A Transformer that predicts the next token, and so goes on with a text. */
export class CausalModel extends TransformerModel {
  readonly writes?: 'continuation';
  readonly #generation: GenerationConfig;

  constructor(parts: TransformerParts, generation: GenerationConfig) {
    super(parts);
    this.#generation = generation;
    if (parts.model.head !== null) this.writes = 'continuation';
  }

  async *generate(input: RunInput, signal: AbortSignal): AsyncGenerator<Run, void> {
    signal.throwIfAborted();
    const { gpu, model, positions } = this.parts;
    const { head, vocabulary } = model;
    if (head === null)
      throw new HeadgateError(
        'no-generation',
        'This model has no output layer, so it can’t write.',
        'Save it with its language-model head.',
      );
    const given = [...checkInput(input, vocabulary, positions)];
    const { decode = {} } = input;
    const wanted = given.length + (decode.maxTokens ?? DEFAULT_TOKENS);
    const most = Math.min(wanted, positions ?? Infinity);
    let since = performance.now();
    const pace = new PaceRecord();
    let growing = this.#begin(most, given.length);
    try {
      const written = writeTokens({
        ...{ gpu, vocabulary, given, most, signal, onProgress: input.onProgress },
        forced: decode.prefix ?? [],
        ends: this.#generation.ends,
        rules: new WritingRules(this.#generation, most),
        sample: createSampler(decode),
        step: async (text, first, logits) => {
          const isNew = !growing.pass.fits(text.length);
          if (isNew) {
            growing.own.dispose();
            growing = this.#begin(most, text.length);
          }
          const tokens = named(input, text);
          await this.#step(growing, { ...input, tokens }, isNew ? 0 : first, { head, logits }, signal);
        },
      });
      for await (const { ids } of written) {
        await this.settled(signal);
        const milliseconds = performance.now() - since;
        since = performance.now();
        pace.step();
        const { shared, pass } = growing;
        yield new TransformerRun(gpu, {
          ...{ about: this.parts.about, model, pass, shared, milliseconds },
          pace: pace.of(ids.length, given.length),
          input: { ...input, tokens: named(input, ids) },
          holdings: shared.lease(),
        });
      }
    } finally {
      growing.own.dispose();
    }
  }

  /** A pass for a text that grows to `most` tokens. */
  #begin(most: number, length: number) {
    const { gpu, model } = this.parts;
    const shared = new SharedHoldings(gpu);
    const own = shared.lease();
    try {
      const pass = new TransformerPass(gpu, shared.holdings, model.stack, { capacity: most, length });
      return { shared, own, pass };
    } catch (error) {
      own.dispose();
      throw error;
    }
  }

  /** Tokens from `first` on, and the scores of the one after the last. */
  async #step(
    { shared, pass }: { readonly shared: SharedHoldings; readonly pass: TransformerPass },
    input: RunInput,
    first: number,
    { head, logits }: { readonly head: Head; readonly logits: GpuTensor },
    signal: AbortSignal,
  ): Promise<void> {
    const { gpu, model, about } = this.parts;
    const T = input.tokens.length;
    const scratch = shared.lease();
    try {
      const tokens = this.uploaded(scratch, input, first);
      const states = at(pass.hidden, model.stack.layers.length);
      const parts = followedBy(pass.parts(tokens), (recorder) =>
        recordLogits(recorder, head, rowsOf(states, T - 1, T), logits),
      );
      await submitParts(gpu, about.family, parts, { signal, profile: input.profile ?? null });
    } finally {
      scratch.dispose();
    }
  }
}

/** The tokens of a text that began as the input's. */
function named({ tokens, vocabulary }: RunInput, ids: readonly number[]): Token[] {
  return withCharacters(ids.map((id, i) => tokens[i] ?? vocabulary(id)));
}
