import type { Token } from './token.ts';
import type { ChatPrompt } from './tokenizer-core.ts';

/** Text to tokens, whatever kind of tokenizer a model has. */
export interface Tokenizer {
  /**
   * The tokens of a text, with the special tokens that the model expects around it.
   * @param pair a second text; its tokens are `ofPair`, and `segment` is 1 where the model tells texts apart by it
   * @throws HeadgateError `tokenizer-timeout`, or `no-token` for text without a token; the signal's reason when aborted.
   */
  encode(text: string, signal?: AbortSignal, pair?: string): Promise<Token[]>;
  /**
   * A user's message as the model's chat template writes it, with its tokens; left out: the model has none.
   * @throws HeadgateError `bad-chat-template`, or as `encode`; the signal's reason when aborted.
   */
  readonly chat?: (message: string, signal?: AbortSignal) => Promise<ChatPrompt>;
  /** A token by its id, readable; it stands for no text. */
  token(id: number): Token;
  /** The token that hides a word from a model that is to find it; null: there is none. */
  readonly mask: Token | null;
  /** Where its tokens differ from the Rust library's, a sentence each; left out: nowhere. */
  readonly notes?: readonly string[];
  /** Ids are below this. */
  readonly size: number;
  dispose(): void;
}
