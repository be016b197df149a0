import * as v from 'valibot';
import { parseJson } from '../../common/json.ts';
import type { Quality } from '../runs/facets/quality.ts';
import { readSourceRange } from './source-files.ts';
import type { WeightSource } from './weights.ts';

const FILE = 'card.json';
const LARGEST = 64 * 1024;

const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1e9));
const Card = v.object({
  quality_by_length: v.object({
    about: v.pipe(v.string(), v.maxLength(400)),
    systems: v.pipe(
      v.array(
        v.object({
          model: v.pipe(v.string(), v.maxLength(200)),
          name: v.pipe(v.string(), v.maxLength(80)),
          lengths: v.pipe(
            v.array(
              v.object({
                words: v.strictTuple([count, count]),
                bleu: v.pipe(v.number(), v.minValue(0), v.maxValue(100)),
                exact: count,
                sentences: v.pipe(count, v.minValue(1)),
              }),
            ),
            v.maxLength(20),
          ),
        }),
      ),
      v.maxLength(8),
    ),
  }),
});

/** Quality by length of the model's card.json; null: there is none that says so. @throws the signal's reason */
export async function readQuality(source: WeightSource, signal: AbortSignal): Promise<Quality | null> {
  const file = source.model.files.find(({ name }) => name === FILE);
  if (file === undefined || file.size > LARGEST) return null;
  try {
    const bytes = await readSourceRange(source, file.id, 0, file.size, signal);
    const card = v.safeParse(Card, parseJson(new TextDecoder().decode(bytes)));
    return card.success ? card.output.quality_by_length : null;
  } catch {
    // A card is no part of the model: without it, there is no chart.
    signal.throwIfAborted();
    return null;
  }
}
