/** Places of one run in another one of the same text, whatever the tokenizers: they are linked by the text's characters. */
import { sequenceOf, textSide, type Place, type TokenRef } from './place.ts';
import type { Run, Token } from './run.ts';

/** A run as its text's characters are counted. */
export interface LinkedRun {
  readonly run: Pick<Run, 'tokens' | 'sourceTokens' | 'layers' | 'heads'>;
  /** What was typed. */
  readonly text: string;
  /** Character i of what was typed is character i + shift of the run's text; null: it does not stand there. */
  readonly shift: number | null;
}

/**
 * A place of one run as it is in another one. Tokens are those that cover the same characters of what was typed, as far as
 * both texts are the same; layers, heads and units stay where there are as many.
 * @returns null when nothing of the place is there
 */
export function linkedPlace(place: Place | null, from: LinkedRun, to: LinkedRun): Place | null {
  if (place === null) return null;
  const token = place.token === undefined ? null : linkedToken(place.token, from, to);
  const key = place.key === undefined ? null : linkedToken(place.key, from, to);
  const { layer, head, unit } = place;
  const linked = {
    ...(token === null ? {} : { token }),
    ...(key === null ? {} : { key }),
    ...(layer !== undefined && layer < to.run.layers ? { layer } : {}),
    ...(head !== undefined && head < to.run.heads ? { head } : {}),
    ...(unit === undefined || token === null ? {} : { unit }),
  };
  return Object.keys(linked).length === 0 ? null : linked;
}

/** The token that covers the same characters; of several, the one with the most of them, then the first. */
function linkedToken({ side, index }: TokenRef, from: LinkedRun, to: LinkedRun): TokenRef | null {
  if (side !== textSide(from.run)) return null;
  const token = sequenceOf(from.run, side)[index];
  const stretch = token === undefined ? null : withoutSpaces(typed(token, from), token, from);
  if (token === undefined || stretch === null) return null;
  const ofPair = token.ofPair === true;
  if (!ofPair && stretch[1] > commonLength(from.text, to.text)) return null;
  const there = textSide(to.run);
  let best: { readonly index: number; readonly shared: number } | null = null;
  for (const [at, other] of sequenceOf(to.run, there).entries()) {
    const span = (other.ofPair === true) === ofPair ? typed(other, to) : null;
    const shared = span === null ? 0 : Math.min(span[1], stretch[1]) - Math.max(span[0], stretch[0]);
    if (shared > (best?.shared ?? 0)) best = { index: at, shared };
  }
  return best === null ? null : { side: there, index: best.index };
}

/** Characters [from, to) of what was typed that a token covers; null: none. */
function typed({ span, ofPair }: Token, { shift }: LinkedRun): readonly [number, number] | null {
  const by = ofPair === true ? 0 : shift;
  return span === null || by === null ? null : [span[0] - by, span[1] - by];
}

/** A word is where its letters are, whether the tokenizer counts the space before it or not. */
function withoutSpaces(
  stretch: readonly [number, number] | null,
  { ofPair }: Token,
  { text }: LinkedRun,
): readonly [number, number] | null {
  if (stretch === null || ofPair === true) return stretch;
  const spaces = /^\s*/.exec(text.slice(...stretch))?.[0].length ?? 0;
  return stretch[0] + spaces < stretch[1] ? [stretch[0] + spaces, stretch[1]] : stretch;
}

/** How many characters two texts begin with alike. */
function commonLength(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  for (let at = 0; at < most; at += 1) if (a[at] !== b[at]) return at;
  return most;
}
