/** What a run is made from. */
import type { Token } from '../../common/text/token.ts';
import type { Profile } from '../gpu/profile.ts';
import type { Pace } from './facets/pace.ts';

/** How a model finds its output, or how a text goes on. Ids are of the vocabulary that it writes in. */
export interface DecodeOptions {
  /** Hypotheses of a beam search; 1 (left out): greedy, or drawn. Encoder-decoders. */
  readonly beams?: number;
  /** Tokens are drawn from softmax(logits / temperature); 0 or left out: the most probable one. */
  readonly temperature?: number;
  /** Drawn among the k most probable tokens; left out: all. */
  readonly topK?: number;
  /** Drawn among the fewest tokens whose probabilities reach this; left out: all. */
  readonly topP?: number;
  /** Seed of the draws; the same seed gives the same text. */
  readonly seed?: number;
  /** Most tokens to find; the model's own limit if left out. */
  readonly maxTokens?: number;
  /** Teacher forcing: the output is given, and only looked at. */
  readonly target?: readonly number[];
  /** The same as text, for the model's target tokenizer. */
  readonly targetText?: string;
  /** The output begins with these. */
  readonly prefix?: readonly number[];
  /** Attention weights over the source that replace the model's own at a step (from 0); scaled to a sum of 1. */
  readonly forcedAttention?: readonly { readonly step: number; readonly weights: readonly number[] }[];
}

/** What a run takes: the text as token ids, and how to name them. */
export interface RunInput {
  readonly text: string;
  readonly tokens: readonly Token[];
  /** Readable tokens for ids that the model predicts. */
  readonly vocabulary: (id: number) => Token;
  /** For encoder-decoders; left out: greedy. */
  readonly decode?: DecodeOptions;
  /** When the tokens were known, of a text that the model wrote; left out: it was given. */
  readonly pace?: Pace;
  /** Told of long runs, between two submits. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Filled with what each kernel of the pass took; costs time, so for somebody who looks. */
  readonly profile?: Profile | null | undefined;
}
