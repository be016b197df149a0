/**
 * A window of a text that is longer than a model's positions: some of its tokens, with what the tokenizer puts around them.
 * Of a pair the first text stays whole and the window is one of the second, as of a question and a long passage.
 */
import { HeadgateError } from '../error.ts';
import type { Token } from './token.ts';

export interface Excerpt {
  /** What of the text is left; of a pair, all of the first text. */
  readonly text: string;
  /** Spans count its characters; those of a second text count the characters of all of it. */
  readonly tokens: readonly Token[];
  /** Characters [start, end) of the text, or of a pair's second one, that the window shows. */
  readonly start: number;
  readonly end: number;
  /** Of the tokens that windows move over: the first one of the window, how many it holds, and how many there are. */
  readonly at: number;
  readonly shown: number;
  readonly of: number;
}

/** The tokens [first, end) that windows move over. */
export interface Movable {
  readonly first: number;
  readonly end: number;
  readonly count: number;
  /** Tokens around them, which every window has: added ones, and of a pair the first text. */
  readonly around: number;
  /** They are those of a pair's second text. */
  readonly ofPair: boolean;
}

/** What windows move over: the text's own tokens; of a pair, those of the second text. */
export function movable(tokens: readonly Token[]): Movable {
  const ofPair = tokens.some((token) => token.ofPair === true);
  const moves = (token: Token) => token.span !== null && (!ofPair || token.ofPair === true);
  const end = tokens.findLastIndex(moves) + 1;
  const first = end === 0 ? 0 : tokens.findIndex(moves);
  return { first, end, count: end - first, around: tokens.length - (end - first), ofPair };
}

/**
 * The window that begins at one of the text's own tokens. Tokens are those of the whole text, not of the piece by itself,
 * as Transformers' `return_overflowing_tokens` gives them; of a pair with `truncation='only_second'`.
 * @param tokens of the whole text, or of both
 * @param window `size`: tokens, those around the text included; `at`: counted without them, from 0
 * @throws HeadgateError `no-window` where it holds no token of the text
 */
export function excerptOf(
  text: string,
  tokens: readonly Token[],
  { size, at }: { readonly size: number; readonly at: number },
): Excerpt {
  const { first, end, count, around, ofPair } = movable(tokens);
  const room = size - around;
  if (room < 1)
    throw ofPair
      ? noWindow(
          `A window of ${size} tokens has no room for the second text: the first one, with what the tokenizer puts around both, has ${around}.`,
          'Shorten the first text, or take a wider window.',
        )
      : noWindow(
          `A window of ${size} tokens has no room for the text: the tokenizer puts ${around} around it.`,
          'Take a wider window.',
        );
  if (at >= count)
    throw noWindow(
      `The window begins at token ${at}; the ${ofPair ? 'second text' : 'text'} has ${count}.`,
      `Begin it at 0 to ${Math.max(0, count - 1)}.`,
    );
  const shown = tokens.slice(first, end).slice(at, at + room);
  const start = shown[0]?.span?.[0] ?? 0;
  const last = shown.reduce((most, { span }) => Math.max(most, span?.[1] ?? 0), start);
  const moved = shown.map((token): Token => {
    const [from, to] = token.span ?? [0, 0];
    return token.span === null || ofPair ? token : { ...token, span: [from - start, to - start] };
  });
  return {
    text: ofPair ? text : text.slice(start, last),
    tokens: [...tokens.slice(0, first), ...moved, ...tokens.slice(end)],
    ...{ start, end: last, at, shown: shown.length, of: count },
  };
}

function noWindow(message: string, hint: string): HeadgateError {
  return new HeadgateError('no-window', message, hint);
}
