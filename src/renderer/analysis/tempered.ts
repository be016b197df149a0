/** The distribution that a token is drawn from: logits over a temperature, cut by top-k and top-p. */
import { largest } from '../runs/activations.ts';

export interface Drawing {
  /** 0: always the most probable token. */
  readonly temperature: number;
  readonly topK: number | null;
  readonly topP: number | null;
}

export interface DrawnToken {
  readonly id: number;
  readonly logit: number;
  /** Of being drawn; 0 for what is cut. */
  readonly probability: number;
  readonly isCut: boolean;
}

/**
 * The k most probable tokens with their chances of being drawn, in the order of Transformers' logits processors: temperature,
 * then the `topK` largest, then the fewest whose probabilities reach `topP`.
 * @param logits [V]
 */
export function drawnTokens(
  logits: ArrayLike<number>,
  { temperature, topK, topP }: Drawing,
  k: number,
): DrawnToken[] {
  const V = logits.length;
  const most = largest(logits, 1)[0]?.value ?? 0;
  // All that may be drawn, best first, where the cut asks for it.
  const isCutByShare = temperature > 0 && topP !== null && topP < 1;
  const wanted = isCutByShare ? (topK ?? V) : Math.max(k, topK ?? 0);
  const best = wanted >= V ? sorted(logits) : largest(logits, Math.max(k, wanted));
  const weight = (value: number) =>
    temperature === 0 ? Number(value === most) : Math.exp((value - most) / temperature);
  const kept =
    temperature === 0
      ? 1
      : keptOf(
          best.map(({ value }) => weight(value)),
          { topK, topP, V },
        );
  let sum = 0;
  if (kept < V) for (const { value } of best.slice(0, kept)) sum += weight(value);
  else for (let id = 0; id < V; id++) sum += weight(logits[id] ?? -Infinity);
  return best.slice(0, k).map(({ index, value }, place) => ({
    id: index,
    logit: value,
    probability: place < kept ? weight(value) / sum : 0,
    isCut: place >= kept,
  }));
}

/** How many of the best may be drawn; V: all. @param weights best first */
function keptOf(
  weights: readonly number[],
  { topK, topP, V }: { readonly topK: number | null; readonly topP: number | null; readonly V: number },
): number {
  const first = Math.min(topK ?? V, V);
  if (topP === null || topP >= 1) return first;
  const candidates = weights.slice(0, first);
  const all = candidates.reduce((sum, weight) => sum + weight, 0);
  let reached = 0;
  const place = candidates.findIndex((weight) => (reached += weight) >= topP * all);
  return place < 0 ? candidates.length : place + 1;
}

function sorted(logits: ArrayLike<number>): { readonly index: number; readonly value: number }[] {
  return Array.from(logits, (value, index) => ({ value, index })).sort(
    (a, b) => b.value - a.value || a.index - b.index,
  );
}
