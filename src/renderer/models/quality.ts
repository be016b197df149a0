import * as v from 'valibot';
import { parseJson } from '../../common/json.ts';
import type { Quality } from '../runs/facets/quality.ts';
import { readSourceRange } from './source-files.ts';
import type { WeightSource } from './weights.ts';

const FILE = 'card.json';
const LARGEST = 64 * 1024;

const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1e9));
const Length = v.pipe(
  v.object({
    words: v.pipe(
      v.strictTuple([count, count]),
      v.check(([least, most]) => least <= most, 'The fewest words come first.'),
    ),
    bleu: v.pipe(v.number(), v.minValue(0), v.maxValue(100)),
    exact: count,
    sentences: v.pipe(count, v.minValue(1)),
  }),
  v.check(({ exact, sentences }) => exact <= sentences, 'No more are exact than there are sentences.'),
);
const Card = v.object({
  quality_by_length: v.object({
    about: v.pipe(v.string(), v.maxLength(400)),
    systems: v.pipe(
      v.array(
        v.object({
          model: v.pipe(v.string(), v.maxLength(200)),
          name: v.pipe(v.string(), v.maxLength(80)),
          lengths: v.pipe(v.array(Length), v.minLength(1), v.maxLength(20)),
        }),
      ),
      v.minLength(1),
      v.maxLength(8),
      v.check(
        ([first, ...others]) => others.every((other) => rangesOf(other) === rangesOf(first)),
        'All systems are measured over the same lengths: they share an axis.',
      ),
    ),
  }),
});

function rangesOf(
  system: { readonly lengths: readonly { readonly words: readonly number[] }[] } | undefined,
): string {
  return JSON.stringify(system?.lengths.map(({ words }) => words));
}

/** Quality by length as a card.json says it; null: it does not, or not so that it could be drawn. */
export function parseQuality(text: string): Quality | null {
  try {
    const card = v.safeParse(Card, parseJson(text));
    return card.success ? card.output.quality_by_length : null;
  } catch {
    // A card is no part of the model: without it, there is no chart.
    return null;
  }
}

/** Quality by length of the model's card.json; null: there is none that says so. @throws the signal's reason */
export async function readQuality(source: WeightSource, signal: AbortSignal): Promise<Quality | null> {
  const file = source.model.files.find(({ name }) => name === FILE);
  if (file === undefined || file.size > LARGEST) return null;
  const bytes = await readSourceRange(source, file.id, 0, file.size, signal).catch(() => null);
  signal.throwIfAborted();
  return bytes === null ? null : parseQuality(new TextDecoder().decode(bytes));
}
