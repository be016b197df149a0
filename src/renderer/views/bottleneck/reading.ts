import { HeadgateError } from '../../../common/error.ts';
import { tokenProbabilities } from '../../analysis/certainty.ts';
import { differing, wordsOf } from '../../analysis/word-diff.ts';
import { tableOf, type Table } from '../../common/table.ts';
import type { StateVector } from '../../runs/facets/bottleneck.ts';
import { wholeCharacters } from '../../../common/text/byte-characters.ts';
import { spacedText } from '../../../common/text/token.ts';
import type { Run, Token } from '../../runs/run.ts';

/** What a run's bottleneck holds, and how sure its output is. */
export interface Reading {
  readonly run: Run;
  readonly encoder: readonly StateVector[];
  /** What the decoder starts from. */
  readonly decoder: readonly StateVector[];
  /** p of every token of the output, [T]. */
  readonly probabilities: Float32Array;
}

export async function readBottleneck({ run }: { readonly run: Run }, signal?: AbortSignal): Promise<Reading> {
  const bottleneck = run.facet('bottleneck');
  if (bottleneck === null) throw noBottleneck();
  const states = await bottleneck.read(signal);
  return { run, ...states, probabilities: await tokenProbabilities(run, signal) };
}

export function noBottleneck(): HeadgateError {
  return new HeadgateError(
    'no-bottleneck',
    'This run has no vector between two halves.',
    'Open a recurrent encoder-decoder, such as headgate-en-es-lstm.',
  );
}

/** A word of the output. */
export interface OutputWord {
  readonly text: string;
  /** Product of its tokens' probabilities. */
  readonly probability: number;
  /** First token. */
  readonly token: number;
  /** It differs from the reference; false without one. */
  readonly wrong: boolean;
}

/** What a token adds to the words: those that mark ends add none. */
const textOf = (token: Token) => (token.special ? ' ' : wholeCharacters(spacedText(token)));

export function outputWords({ run, probabilities }: Reading, reference: string): OutputWord[] {
  const words = wordsOf(run.tokens.map(textOf));
  const wanted = reference.split(/\s+/).filter((word) => word !== '');
  const wrong = differing(
    words.map(({ text }) => text),
    wanted,
  );
  return words.map(({ text, tokens: [from, to] }, index) => ({
    text,
    probability: probabilities.subarray(from, to).reduce((product, p) => product * p, 1),
    token: from,
    wrong: wanted.length > 0 && wrong[index] === true,
  }));
}

/** Words of the source, as they are counted by length. */
export function sourceWords(run: Run): readonly string[] {
  const words = wordsOf((run.sourceTokens ?? []).map(textOf));
  return words.map(({ text }) => text);
}

/** Words in which letters stand: the card counts sentences without their marks. */
export function wordCount(run: Run): number {
  return sourceWords(run).filter((word) => /\p{L}|\p{N}/u.test(word)).length;
}

/** Numbers that the decoder starts from. */
export function numbersOf(states: readonly StateVector[]): number {
  return states.reduce((sum, { hidden, cell }) => sum + hidden.length + (cell?.length ?? 0), 0);
}

/** A row for each word of the output; arrays for the states and the tokens. */
export function bottleneckTable(reading: Reading, reference: string): Table {
  const words = outputWords(reading, reference);
  const { columns, rows } = tableOf({
    word: words.map(({ text }) => text),
    probability: Float32Array.from(words, ({ probability }) => probability),
    differs: words.map(({ wrong }) => String(wrong)),
  });
  const state = (side: string, { layer, direction, hidden, cell }: StateVector) => {
    const name = `${side}.${layer}${direction === 'reverse' ? '.reverse' : ''}`;
    return [
      { name: `${name}.hidden`, shape: [hidden.length], values: hidden },
      ...(cell === null ? [] : [{ name: `${name}.cell`, shape: [cell.length], values: cell }]),
    ];
  };
  const { run, probabilities, encoder, decoder } = reading;
  return {
    ...{ columns, rows },
    arrays: [
      ...encoder.flatMap((one) => state('encoder_final', one)),
      ...decoder.flatMap((one) => state('decoder_initial', one)),
      { name: 'token', shape: [run.tokens.length], values: run.tokens.map(({ text }) => text) },
      { name: 'probability', shape: [probabilities.length], values: probabilities },
    ],
  };
}
