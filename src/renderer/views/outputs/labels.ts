/** Labels of a run, read once. T tokens, C labels. */
import { bestSpans, spanScores, type AnswerSpan, type SpanScores } from '../../analysis/answer-span.ts';
import { labelPredictions } from '../../analysis/labels.ts';
import type { Prediction } from '../../runs/facets/readout.ts';
import type { Run } from '../../runs/run.ts';
import { tokensOf } from './kinds.ts';

/** Answers that are listed. */
const ANSWERS = 5;

export interface LabelsShown {
  readonly labels: 'text' | 'tokens' | 'span';
  /** Of the text, or of each token, best first. */
  readonly byPlace: readonly (readonly Prediction[])[];
  readonly span: { readonly scores: SpanScores; readonly best: readonly AnswerSpan[] } | null;
}

/** @throws the signal's reason; what the run throws */
export async function readLabels(run: Run, signal?: AbortSignal): Promise<LabelsShown | null> {
  const own = run.facet('labels');
  if (own === null) return null;
  const { labels, names, scoring, hasNone } = own;
  const read = async (name: string) => (await run.activations.get(name)?.read(signal)) ?? new Float32Array();
  if (labels === 'span') {
    const [start, end] = [await read('start_logits'), await read('end_logits')];
    const scores = spanScores(start, end, tokensOf(run), hasNone);
    return { labels, byPlace: [], span: { scores, best: bestSpans(scores, ANSWERS) } };
  }
  const logits = await read('logits');
  const C = names.length;
  const byPlace = Array.from({ length: C === 0 ? 0 : logits.length / C }, (_, at) =>
    labelPredictions(logits.subarray(at * C, (at + 1) * C), names, scoring),
  );
  return { labels, byPlace, span: null };
}

/** The tag of a token: its best label, unless that says that it has none. */
export function tagOf(predictions: readonly Prediction[] | undefined): string | null {
  const best = predictions?.[0]?.token.text ?? 'O';
  return best === 'O' ? null : best;
}

/** What a tag is about, without its place in a group of tokens: `PER` of `B-PER`. */
export function entityOf(tag: string): string {
  return tag.replace(/^[BIESLU]-/, '');
}

/** The category colour of each entity, in the order of the labels. */
export function entityColours(names: readonly string[]): ReadonlyMap<string, number> {
  const entities = [...new Set(names.filter((name) => name !== 'O').map(entityOf))];
  return new Map(entities.map((entity, i) => [entity, (i % 8) + 1]));
}
