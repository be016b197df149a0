/** Where the steps of one model stand among those of another one, whose tokens of the same text may be others. */
import type { Run, Token } from '../../runs/run.ts';
import { sequenceOf } from '../../runs/place.ts';
import type { Series } from './series.ts';

type Sequences = Pick<Run, 'tokens' | 'sourceTokens'>;

/** The position of a run that stands where one of the home run does: with the same characters, else as far on, else the last. */
export function placeOn(home: Sequences, position: number, run: Sequences): number {
  const last = run.tokens.length - 1;
  if (position === home.tokens.length - 1) return last;
  const end = home.tokens[position]?.span?.[1];
  const at =
    end === undefined
      ? -1
      : run.tokens.findIndex(({ span }) => span !== null && span[0] < end && span[1] >= end);
  if (at >= 0) return at;
  return run.tokens.length === home.tokens.length ? position : last;
}

/**
 * How many of the home run's steps each step of another model's stands before the last one, by the characters that they end
 * with; null where both have the same tokens, or none that characters stand for.
 */
export function distancesOn(
  home: Sequences,
  run: Sequences,
  { side }: Pick<Series, 'side'>,
): Float32Array<ArrayBuffer> | null {
  const [own, other] = [sequenceOf(home, side), sequenceOf(run, side)];
  const isSame =
    own.length === other.length && own.every(({ span }, i) => sameSpan(span, other[i]?.span ?? null));
  if (isSame || !own.some(isOfText) || !other.some(isOfText)) return null;
  const distances = new Float32Array(other.length);
  // What no text stands for is where the text before it ends, or where the text begins.
  let at = 0;
  for (const [step, { span }] of other.entries()) {
    if (span !== null) at = Math.max(at, stepOf(own, span[1]));
    distances[step] = own.length - 1 - at;
  }
  return distances;
}

/** The step at which character `end` was read, with a fraction within a token that covers several. */
function stepOf(tokens: readonly Token[], end: number): number {
  let before = 0;
  for (const [step, { span }] of tokens.entries()) {
    if (span === null) continue;
    if (end <= span[0]) return before;
    if (end <= span[1]) return Math.max(0, step - 1 + (end - span[0]) / (span[1] - span[0]));
    before = step;
  }
  return before;
}

function isOfText({ span }: Token): boolean {
  return span !== null && span[1] > span[0];
}

function sameSpan(a: Token['span'], b: Token['span']): boolean {
  return a === b || (a !== null && b !== null && a[0] === b[0] && a[1] === b[1]);
}
