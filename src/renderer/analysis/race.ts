/** Runs of several models on one text, on one clock. */
import { HeadgateError } from '../../common/error.ts';
import { wholeCharacters } from '../../common/text/byte-characters.ts';
import { spacedText } from '../../common/text/token.ts';
import type { Run } from '../runs/run.ts';
import { differing, wordsOf } from './word-diff.ts';

/** A word of an output, and when it was there. */
export interface RacedWord {
  readonly text: string;
  /** First and last token, [from, to). */
  readonly tokens: readonly [number, number];
  /** ms since the run began, at which its last token was known. */
  readonly at: number;
  /** It differs from what it is compared with. */
  readonly differs: boolean;
}

/** What a model wrote, and when. */
export interface Lane {
  /** All of it, with its line ends. */
  readonly output: string;
  readonly words: readonly RacedWord[];
  /** When each step was done, ms; a step writes a token, the end of the text included. */
  readonly times: readonly number[];
  readonly milliseconds: number;
}

/** @param compared words that an output is compared with; null: it is not */
export function laneOf(run: Run, compared: readonly string[] | null): Lane {
  const pace = run.facet('pace');
  if (pace === null)
    throw new HeadgateError(
      'no-pace',
      `${run.model.name} wrote nothing here, step by step.`,
      'Let it translate greedily, or write on: beam search and given texts have no clock.',
    );
  const { times } = pace;
  const written = run.tokens.map((token, i) =>
    token.special || times[i] === 0 ? '' : wholeCharacters(spacedText(token)),
  );
  // What was given, or is no text, ends a word.
  const words = wordsOf(written.map((text) => (text === '' ? ' ' : text)));
  const wrong =
    compared === null
      ? null
      : differing(
          words.map(({ text }) => text),
          compared,
        );
  return {
    output: written.join('').trim(),
    words: words.map(({ text, tokens }, index) => ({
      ...{ text, tokens, at: times[tokens[1] - 1] ?? 0 },
      differs: wrong?.[index] === true,
    })),
    times: times.filter((time) => time > 0),
    milliseconds: Math.max(0, ...times),
  };
}

/** Steps that were done at a time. */
export function stepsAt({ times }: Pick<Lane, 'times'>, milliseconds: number): number {
  return times.filter((time) => time <= milliseconds).length;
}
