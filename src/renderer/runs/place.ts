/** Places in a run, as views link them. A place says of which of the run's sequences its tokens are. */
import type { AttentionMap, Run, Token } from './run.ts';

/**
 * One of a run's sequences. `source`: what an encoder-decoder reads (`run.sourceTokens`). `target`: `run.tokens`, which is
 * the text of every other model, and what the decoder of an encoder-decoder reads or writes.
 */
export type Side = 'source' | 'target';

/** One token of a run. */
export interface TokenRef {
  /** Letter of the slot whose run it is; left out: the first. */
  readonly slot?: string;
  readonly side: Side;
  /** From 0. */
  readonly index: number;
}

/** What is looked at: any part may be unset. Indices count from 0. */
export interface Place {
  /** The token that is looked at; the query in attention views. */
  readonly token?: TokenRef;
  /** The key, in attention views. */
  readonly key?: TokenRef;
  readonly layer?: number;
  readonly head?: number;
  readonly unit?: number;
}

/** The slot that a token is of when it names none. */
export const FIRST_SLOT = 'A';

/** The slot whose tokens a place names; null: it names none. */
export function slotOfPlace(place: Place | null): string | null {
  const token = place?.token ?? place?.key;
  return token === undefined ? null : (token.slot ?? FIRST_SLOT);
}

type Sequences = Pick<Run, 'tokens' | 'sourceTokens'>;

/** The tokens of a side; a run without an encoder has no source. */
export function sequenceOf({ tokens, sourceTokens }: Sequences, side: Side): readonly Token[] {
  return side === 'target' ? tokens : (sourceTokens ?? []);
}

/** The sequence that the typed text became. */
export function textSide({ sourceTokens }: Pick<Run, 'sourceTokens'>): Side {
  return sourceTokens === null ? 'target' : 'source';
}

/**
 * Index of the token that everything shows of a side while none is looked at: the first mask, else the last token; −1: the
 * side has no tokens.
 */
export function restingIndex(run: Sequences, side: Side): number {
  const tokens = sequenceOf(run, side);
  const masked = tokens.findIndex(({ mask }) => mask === true);
  return masked >= 0 ? masked : tokens.length - 1;
}

/** Index of the token that a view of one side shows: what a place looks at there, else the one that everything shows. */
export function lookedIndex(run: Sequences, place: Place | null, side: Side): number {
  return Math.min(indexOn(place, side) ?? restingIndex(run, side), sequenceOf(run, side).length - 1);
}

/** The token that is looked at; without one, that of the run's own tokens which everything shows. */
export function lookedToken(run: Sequences, place: Place | null): TokenRef {
  const { side, index } = place?.token ?? { side: 'target', index: restingIndex(run, 'target') };
  return { side, index: Math.min(index, sequenceOf(run, side).length - 1) };
}

/** Of which sequences the rows (queries) and the columns (keys) of a kind of attention are. */
export function sidesOf(kind: AttentionMap['kind']): { readonly queries: Side; readonly keys: Side } {
  return {
    queries: kind === 'encoder' ? 'source' : 'target',
    keys: kind === 'encoder' || kind === 'cross' ? 'source' : 'target',
  };
}

/** Index of the token that a place looks at, if it is one of this side. */
export function tokenOn(place: Place | null, side: Side): number | null {
  return place?.token?.side === side ? place.token.index : null;
}

/** Index of a place's key, if it is one of this side. */
export function keyOn(place: Place | null, side: Side): number | null {
  return place?.key?.side === side ? place.key.index : null;
}

/** Index of what a place looks at on a side: its token, else its key; null: nothing of it. */
export function indexOn(place: Place | null, side: Side): number | null {
  return tokenOn(place, side) ?? keyOn(place, side);
}

/**
 * The row and the column of a pattern that a place stands for; null: it says nothing about it. Where queries and keys are
 * of two sequences, a token of the keys' sequence is a column.
 */
export function cellOf(
  { kind }: Pick<AttentionMap, 'kind'>,
  place: Place | null,
): { readonly row: number | null; readonly column: number | null } {
  const { queries, keys } = sidesOf(kind);
  return {
    row: tokenOn(place, queries),
    column: queries === keys ? keyOn(place, keys) : indexOn(place, keys),
  };
}

/** The place of a pattern's cell. */
export function placeOfCell(
  { kind }: Pick<AttentionMap, 'kind'>,
  layer: number,
  head: number,
  row: number,
  column: number,
): Required<Pick<Place, 'layer' | 'head' | 'token' | 'key'>> {
  const { queries, keys } = sidesOf(kind);
  return { layer, head, token: { side: queries, index: row }, key: { side: keys, index: column } };
}

/** True for the same token. */
function sameToken(a: TokenRef | undefined, b: TokenRef | undefined): boolean {
  return a?.slot === b?.slot && a?.side === b?.side && a?.index === b?.index;
}

/** True when two places say the same. */
export function samePlace(a: Place, b: Place): boolean {
  return (
    sameToken(a.token, b.token) &&
    sameToken(a.key, b.key) &&
    a.layer === b.layer &&
    a.head === b.head &&
    a.unit === b.unit
  );
}
