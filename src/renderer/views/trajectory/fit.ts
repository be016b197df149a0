import { HeadgateError } from '../../../common/error.ts';
import type { Answer, Work } from '../../common/computed.svelte.ts';
import type { Run } from '../../runs/run.ts';
import type { Basis } from './basis.ts';
import { coordinates, type Coordinates } from './coordinates.ts';
import { boxAround, intoBox, type Box } from './box.ts';
import type { Join } from './geometry.ts';
import { statesOf } from './states.ts';

export interface FitWish {
  readonly run: Run;
  readonly join: Join;
  /** The state whose tokens are joined; along layers all states are taken together. */
  readonly state: number;
  readonly firstToken: number;
  /** Every state is scaled to the same length. */
  readonly sameLength: boolean;
  /** Changes when the axes are to be found anew. */
  readonly anew: number;
  /** Axes that were saved, or that none were; null: neither is told. */
  readonly saved: SavedAxes | null;
}

/** The axes of a saved state. */
export interface SavedAxes {
  /** Null: the run's own. */
  readonly basis: Basis | null;
  /** The text that they are of, as `textKey` has it; null: whatever is there. */
  readonly of: string | null;
}

/** Stands for the tokens of a run: the same for the same text. */
export function textKey({ tokens }: Pick<Run, 'tokens'>): string {
  // FNV-1a.
  const hash = tokens.reduce((state, { id }) => Math.imul(state ^ id, 16777619), 2166136261);
  return `${tokens.length}-${(hash >>> 0).toString(16)}`;
}

/** Where the points of a run stand. */
export interface Fit extends FitWish {
  readonly coordinates: Coordinates;
  readonly box: Box;
  /** Places in the scene's units, [states, tokens, 3]. */
  readonly places: Float32Array;
  /** The run that the saved axes are of is still to come. */
  readonly isEarly: boolean;
}

/**
 * The principal components of a run's states. While a text grows, the axes of the fit before stay as long as they show
 * nearly as much as new ones would.
 */
export async function fitOf(
  wish: FitWish,
  { signal }: Pick<Work<Fit>, 'signal'>,
  before: Answer<FitWish, Fit> | null,
): Promise<Fit> {
  const { run, join, state, firstToken, sameLength } = wish;
  const found = await coordinates(
    run,
    {
      firstState: join === 'layers' ? 0 : state,
      states: join === 'layers' ? statesOf(run).length : 1,
      firstToken,
      sameLength,
    },
    { signal, kept: keptBasis(wish, before) },
  );
  if (found.places.some((place) => !Number.isFinite(place)))
    throw new HeadgateError(
      'invalid-values',
      'The states hold NaN or infinite values, so they have no main directions.',
      'The status line says where the first of them arose.',
    );
  const box = boxAround(found.places);
  return {
    ...{ ...wish, coordinates: found, box, places: intoBox(found.places, box) },
    isEarly: isEarly(wish, before),
  };
}

/** A state may come before its run: with another one on screen, and with runs of the beginning of its text. */
function isEarly({ run, saved }: FitWish, before: Answer<FitWish, Fit> | null): boolean {
  if (saved === null || saved.of === null || saved.of === textKey(run)) return false;
  if (before?.wish.saved !== saved) return true;
  return before.value.isEarly && run.tokens.length < Number.parseInt(saved.of, 10);
}

/** Axes that were saved, else those of the fit before, where it was of the same kind and one text begins with the other. */
function keptBasis(wish: FitWish, before: Answer<FitWish, Fit> | null): Basis | null {
  const { saved } = wish;
  // A state may come before the run that it was saved of.
  if (saved !== null && saved.of === textKey(wish.run)) return saved.basis;
  if (saved?.basis === null && saved !== before?.wish.saved) return null;
  if (before === null) return null;
  const { run, join, state, firstToken, sameLength, anew } = before.wish;
  const isSameKind =
    run.model.id === wish.run.model.id &&
    join === wish.join &&
    state === wish.state &&
    firstToken === wish.firstToken &&
    sameLength === wish.sameLength &&
    anew === wish.anew;
  return isSameKind && goesOn(run, wish.run) ? before.value.coordinates.basis : null;
}

function goesOn(before: Pick<Run, 'tokens'>, after: Pick<Run, 'tokens'>): boolean {
  const shared = Math.min(before.tokens.length, after.tokens.length);
  return before.tokens.slice(0, shared).every(({ id }, index) => id === after.tokens[index]?.id);
}
