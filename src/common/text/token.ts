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

/** Stands in a vocabulary before pieces that go on with a word (WordPiece). */
const CONTINUATION = '##';

/** The text of a token without the mark of a piece that goes on with a word: it covers fewer characters of the input then. */
export function pieceText({ text, span }: Pick<Token, 'text' | 'span'>): string {
  if (span === null || !text.startsWith(CONTINUATION)) return text;
  return span[1] - span[0] <= text.length - CONTINUATION.length ? text.slice(CONTINUATION.length) : text;
}

/** The text of a token as it stands behind others: a space before one of a list of words. */
export function spacedText(token: Pick<Token, 'text' | 'word' | 'span'>): string {
  return token.word === true ? ` ${token.text}` : pieceText(token);
}
