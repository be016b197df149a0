/** What views of word vectors have in common: the words of a text, their sum, and the words that are near them. */
import { HeadgateError } from '../../common/error.ts';
import type { Run } from '../runs/run.ts';
import { topOf, type Prediction } from '../runs/facets/readout.ts';

/** True for runs over a table of word vectors. */
export function isOfWords(run: Run): boolean {
  return run.facet('words') !== null;
}

/** Position of the sum of the words before it; null when the text is no sum. */
export function sumOf({ tokens }: Pick<Run, 'tokens'>): number | null {
  const last = tokens.length - 1;
  return last > 0 && tokens[last]?.text === '=' && tokens[last].special ? last : null;
}

/** True for a word that is subtracted. */
export function isSubtracted({ tokens }: Pick<Run, 'tokens'>, position: number): boolean {
  return sumOf({ tokens }) !== null && tokens[position]?.text.startsWith('−') === true;
}

/** The word at a position, without its sign. */
function wordAt(run: Pick<Run, 'tokens'>, position: number): string {
  const text = run.tokens[position]?.text ?? '';
  return isSubtracted(run, position) ? text.slice(1) : text;
}

/** What a position is called: a word, or the whole sum. */
export function nameOf(run: Pick<Run, 'tokens' | 'text'>, position: number): string {
  return position === sumOf(run) ? run.text.trim().replaceAll(/\s+/g, ' ') : wordAt(run, position);
}

/** A position and the words nearest to it, by cosine. */
export interface Neighbourhood {
  readonly position: number;
  readonly nearest: readonly Prediction[];
}

/** Positions that are shown at most: the sum, and words from the first on. */
const MOST_SHOWN = 24;

/**
 * The words nearest to the sum and to every word; a word that stands twice is looked up once.
 * @param most positions, the sum first, then words from the first on
 * @throws the signal's reason
 */
export async function neighbourhoods(
  run: Run,
  count: (position: number) => number,
  { most = MOST_SHOWN, signal }: { readonly most?: number; readonly signal?: AbortSignal } = {},
): Promise<readonly Neighbourhood[]> {
  const sum = sumOf(run);
  const seen = new Set<number>();
  const found: Neighbourhood[] = [];
  const words = run.tokens.map((_, position) => position).filter((position) => position !== sum);
  for (const position of [...(sum === null ? [] : [sum]), ...words]) {
    const id = run.tokens[position]?.id ?? 0;
    if (position !== sum && seen.has(id)) continue;
    if (position !== sum) seen.add(id);
    if (found.length === most) break;
    signal?.throwIfAborted();
    found.push({ position, nearest: await topOf(run, position, count(position)) });
  }
  return found;
}

/** Why nothing of a run can be drawn. */
export function noWords(): HeadgateError {
  return new HeadgateError(
    'no-words',
    'This run is not over word vectors.',
    'Open a table of word vectors, such as headgate-word-vectors.',
  );
}
