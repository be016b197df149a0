/** One token of a run's input. */
export interface Token {
  readonly id: number;
  /** Readable text: spaces and line ends as they are in the input; bytes that are no character as ⟨E2⟩, or as the character that they are a part of. */
  readonly text: string;
  /** The text with bytes as ⟨E2⟩, where `text` names the character that they are a part of (⟨東, 1 of 3⟩). */
  readonly raw?: string;
  /** Characters [start, end) of the input that the token covers; null for tokens that no text stands for. */
  readonly span: readonly [number, number] | null;
  readonly special: boolean;
  /** Of a pair of texts: the first (0, left out) or the second (1), as `token_type_ids` say. */
  readonly segment?: 0 | 1;
  /** True for a token of the second text of a pair: `span` counts that text's characters. */
  readonly ofPair?: boolean;
  /** True for a piece of text that the vocabulary does not know: the token stands for “unknown”. */
  readonly unknown?: boolean;
  /** True for a word of a list of words: in running text a space stands before it. */
  readonly word?: boolean;
  /** True for the token that hides a word from a model that is to find it. */
  readonly mask?: boolean;
}

/** The text of a token as it stands behind others: a space before one of a list of words. */
export function spacedText({ text, word }: Pick<Token, 'text' | 'word'>): string {
  return word === true ? ` ${text}` : text;
}
