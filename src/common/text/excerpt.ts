/** A window of a text that is longer than a model's positions: some of its tokens, with what the tokenizer puts around them. */
import { HeadgateError } from '../error.ts';
import type { Token } from './token.ts';

export interface Excerpt {
  /** What of the text is left. */
  readonly text: string;
  /** Spans count its characters. */
  readonly tokens: readonly Token[];
  /** Where it begins in the whole text, in characters. */
  readonly start: number;
  /** Of the text's own tokens: the first one of the window, how many it holds, and how many there are. */
  readonly at: number;
  readonly shown: number;
  readonly of: number;
}

/**
 * The window that begins at one of the text's own tokens. Tokens are those of the whole text, not of the piece by itself,
 * as Transformers' `return_overflowing_tokens` gives them.
 * @param tokens of the whole text
 * @param window `size`: tokens, those that the tokenizer adds included; `at`: counted without them, from 0
 * @throws HeadgateError `no-window` where it holds no token of the text
 */
export function excerptOf(
  text: string,
  tokens: readonly Token[],
  { size, at }: { readonly size: number; readonly at: number },
): Excerpt {
  const isOwn = ({ span }: Token) => span !== null;
  const first = tokens.findIndex(isOwn);
  const end = tokens.findLastIndex(isOwn) + 1;
  const own = first < 0 ? [] : tokens.slice(first, end);
  const room = size - (tokens.length - own.length);
  if (tokens.some(({ ofPair }) => ofPair === true))
    throw noWindow('A window is of one text, and there are two.', 'Leave the second text out.');
  if (room < 1)
    throw noWindow(
      `A window of ${size} tokens has no room for the text: the tokenizer puts ${tokens.length - own.length} around it.`,
      'Take a wider window.',
    );
  if (at >= own.length)
    throw noWindow(
      `The window begins at token ${at}; the text has ${own.length}.`,
      `Begin it at 0 to ${Math.max(0, own.length - 1)}.`,
    );
  const shown = own.slice(at, at + room);
  const start = shown[0]?.span?.[0] ?? 0;
  const last = shown.reduce((most, { span }) => Math.max(most, span?.[1] ?? 0), start);
  const moved = shown.map((token): Token => {
    const [from, to] = token.span ?? [0, 0];
    return token.span === null ? token : { ...token, span: [from - start, to - start] };
  });
  return {
    text: text.slice(start, last),
    tokens: [...tokens.slice(0, Math.max(first, 0)), ...moved, ...tokens.slice(end)],
    ...{ start, at, shown: shown.length, of: own.length },
  };
}

function noWindow(message: string, hint: string): HeadgateError {
  return new HeadgateError('no-window', message, hint);
}
