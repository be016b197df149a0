import { withCharacters } from '../../common/text/byte-characters.ts';
import type { Gpu } from '../gpu/gpu.ts';
import { MOST_K, topK } from '../kernels/analysis/topk.ts';
import type { RunInput } from './run-input.ts';
import type { Holdings } from './activations.ts';
import type { Activation, AttentionMap, Run, Token } from './run.ts';
import { facetsOf, type GivenFacets } from './facet.ts';
import type { Prediction, Predicts, VocabularyLogits } from './facets/readout.ts';

/** What the forward pass of a language model left behind. */
export interface LanguageRunParts {
  readonly model: Run['model'];
  readonly input: RunInput;
  /** The encoder's tokens; left out: there is no encoder. */
  readonly sourceTokens?: readonly Token[];
  readonly layers: number;
  readonly heads: number;
  readonly width: number;
  /** `V` */
  readonly vocabulary: number;
  readonly milliseconds: number;
  readonly holdings: Holdings;
  readonly activations: readonly Activation[];
  readonly attention: readonly AttentionMap[];
  /** Records the logits of positions [from, to) into `target` [to − from, V]; null: there is no output layer over a vocabulary. */
  readonly logits: VocabularyLogits['record'] | null;
  /** What `top` gives without an output layer over a vocabulary; left out: nothing. */
  readonly judge?: (position: number) => Promise<readonly Prediction[]>;
  /** What logits are about. */
  readonly predicts: Predicts;
  /** What else only some runs have; left out: nothing. */
  readonly facets?: Omit<GivenFacets, 'readout'>;
}

let runs = 0;

/** A run of a model that predicts tokens. */
export class LanguageRun implements Run {
  readonly id = ++runs;
  readonly gpu: Gpu;
  readonly model: Run['model'];
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly sourceTokens: readonly Token[] | null;
  readonly layers: number;
  readonly heads: number;
  readonly width: number;
  readonly milliseconds: number;
  readonly activations: ReadonlyMap<string, Activation>;
  readonly attention: readonly AttentionMap[];
  readonly facet: Run['facet'];
  readonly #parts: LanguageRunParts;

  constructor(gpu: Gpu, parts: LanguageRunParts) {
    this.gpu = gpu;
    this.#parts = parts;
    this.model = parts.model;
    this.text = parts.input.text;
    this.tokens = parts.input.tokens;
    this.sourceTokens = parts.sourceTokens ?? null;
    this.layers = parts.layers;
    this.heads = parts.heads;
    this.width = parts.width;
    this.milliseconds = parts.milliseconds;
    this.activations = new Map(parts.activations.map((activation) => [activation.name, activation]));
    this.attention = parts.attention;
    const { predicts, logits, judge, vocabulary, holdings, input } = parts;
    const hasReadout = logits !== null || judge !== undefined;
    const top = (position: number, k: number) => this.#top(position, k);
    const record: VocabularyLogits['record'] = (recorder, range, target) => {
      holdings.assertAlive();
      logits?.(recorder, range, target);
    };
    const token = (id: number) => input.vocabulary(id);
    const scores = logits && { vocabulary, token, record };
    this.facet = facetsOf({
      ...parts.facets,
      readout: hasReadout ? { predicts, top, logits: scores } : null,
    });
  }

  get bytes(): number {
    return this.#parts.holdings.bytes;
  }

  /** At most 128. */
  async #top(position: number, k: number): Promise<readonly Prediction[]> {
    const { holdings, input, vocabulary, logits, judge } = this.#parts;
    holdings.assertAlive();
    if (!(position >= 0 && position < this.tokens.length))
      throw new RangeError(`Position ${position} of a text of ${this.tokens.length} tokens.`);
    if (logits === null) return (await judge?.(position))?.slice(0, k) ?? [];
    const { gpu } = this;
    const count = Math.min(k, vocabulary, MOST_K);
    // Each with its id, its logit and its share of the softmax.
    const best = gpu.tensor([1, count, 3], 'best tokens', 'scratch');
    try {
      await gpu.submit('predictions', (recorder) => {
        const scores = recorder.temp([1, vocabulary], 'logits of a token');
        logits(recorder, [position, position + 1], scores);
        topK(recorder, scores, count, best);
      });
      const values = await gpu.read(best);
      // Logits that are no numbers make no ranking.
      if (!values.every(Number.isFinite)) return [];
      // What was written before may be the first bytes of a character that a prediction goes on with.
      const before =
        this.#parts.predicts === 'next' ? this.tokens.slice(Math.max(0, position - 2), position + 1) : [];
      const inPlace = (token: Token) => withCharacters([...before, token]).at(-1) ?? token;
      return Array.from({ length: count }, (_, i) => ({
        token: inPlace(input.vocabulary(values[i * 3] ?? 0)),
        logit: values[i * 3 + 1] ?? 0,
        probability: values[i * 3 + 2] ?? 0,
      }));
    } finally {
      gpu.release(best);
    }
  }

  dispose(): void {
    this.#parts.holdings.dispose();
  }
}
