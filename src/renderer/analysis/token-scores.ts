/** How well a model foresaw a text's own tokens. T tokens, V vocabulary. */
import type { Gpu } from '../gpu/gpu.ts';
import { rowsOf } from '../gpu/tensor.ts';
import { TOKEN_SCORES, tokenScore } from '../kernels/analysis/token-score.ts';
import type { VocabularyLogits } from '../runs/facets/readout.ts';
import type { Token } from '../runs/run.ts';

/** Scratch of logits that is held at once. */
const LOGITS_BYTES = 16 * 2 ** 20;

/** Of each token of the text; NaN where nothing was foreseen: the first token, masks. */
export interface TokenScores {
  /** p(token), [T] */
  readonly probability: Float32Array<ArrayBuffer>;
  /** −ln p(token) in nats, [T] */
  readonly surprisal: Float32Array<ArrayBuffer>;
  /** 1 where no other token was more probable, [T] */
  readonly rank: Float32Array<ArrayBuffer>;
}

export interface ScoreWish {
  /** The text. */
  readonly tokens: readonly Pick<Token, 'id' | 'mask'>[];
  /** How many places before a token it is foreseen: 1, or 0 where a position is about its own token. */
  readonly ahead: 0 | 1;
  /** The first token that is scored; left out: the first that is foreseen. */
  readonly first?: number;
  readonly signal?: AbortSignal;
  /** Told between two submits: the share that is done. */
  readonly progress?: (share: number) => void;
}

/**
 * Scores of every token, from one output head over the text.
 * @throws the signal's reason; an AbortError when the run was disposed of
 */
export async function readTokenScores(
  gpu: Gpu,
  { vocabulary: V, record }: Pick<VocabularyLogits, 'vocabulary' | 'record'>,
  { tokens, ahead, first = ahead, signal, progress }: ScoreWish,
): Promise<TokenScores> {
  const T = tokens.length;
  const none = () => new Float32Array(T).fill(NaN);
  const scores: TokenScores = { probability: none(), surprisal: none(), rank: none() };
  const step = Math.max(1, Math.floor(LOGITS_BYTES / 4 / V));
  for (let from = Math.max(0, first - ahead); from < T - ahead; from += step) {
    const to = Math.min(T - ahead, from + step);
    const read = tokens.slice(from + ahead, to + ahead);
    const ids = gpu.tensor([to - from], 'ids of the text', 'scratch');
    const found = gpu.tensor([to - from, TOKEN_SCORES], 'scores of the text', 'scratch');
    try {
      // What hides a word, and ids that no output has, is not looked up: its numbers are not shown.
      gpu.upload(
        ids,
        Uint32Array.from(read, ({ id }) => (id >= 0 && id < V ? id : 0)),
      );
      await gpu.submit(
        'scores of the text',
        (recorder) => {
          const logits = recorder.temp([to - from, V], 'logits');
          record(recorder, [from, to], logits);
          tokenScore(recorder, logits, ids, rowsOf(found, 0, to - from));
          recorder.free(logits);
        },
        signal && { signal },
      );
      const values = await gpu.read(found, signal);
      for (const [i, { id, mask }] of read.entries()) {
        if (mask === true || !(id >= 0 && id < V)) continue;
        const own = values.subarray(i * TOKEN_SCORES, (i + 1) * TOKEN_SCORES);
        const [, probability = NaN, rank = NaN, surprisal = NaN] = own;
        scores.probability[from + ahead + i] = probability;
        scores.surprisal[from + ahead + i] = surprisal;
        scores.rank[from + ahead + i] = rank;
      }
    } finally {
      gpu.release(ids);
      gpu.release(found);
    }
    progress?.(to / (T - ahead));
  }
  return scores;
}

/** How far two surprisals of the same token may be apart when they come from passes of different lengths. */
const SAME = 1e-3;

/**
 * Scores of a text that another begins with: only what follows is looked at, and the last known token, which tells whether the
 * longer text still scores as the shorter one did.
 * @param known scores of the first tokens of this text
 * @throws as `readTokenScores`
 */
export async function extendTokenScores(
  gpu: Gpu,
  logits: VocabularyLogits,
  wish: Omit<ScoreWish, 'first'>,
  known: TokenScores,
): Promise<TokenScores> {
  const last = known.surprisal.length - 1;
  const more = await readTokenScores(gpu, logits, { ...wish, first: last });
  const gap = Math.abs((more.surprisal[last] ?? NaN) - (known.surprisal[last] ?? NaN));
  if (!(gap <= SAME)) return readTokenScores(gpu, logits, wish);
  for (const part of ['probability', 'surprisal', 'rank'] as const) more[part].set(known[part]);
  return more;
}

/** exp of the mean surprisal over the tokens that were foreseen, and their number; null: there are none. */
export function perplexityOf({ surprisal }: Pick<TokenScores, 'surprisal'>): {
  readonly perplexity: number;
  readonly count: number;
} | null {
  const known = Array.from(surprisal).filter((value) => !Number.isNaN(value));
  if (known.length === 0) return null;
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  return { perplexity: Math.exp(mean), count: known.length };
}

/** The scores of all V tokens at a position, on the CPU. @throws as `readTokenScores` */
export async function readLogits(
  gpu: Gpu,
  { vocabulary, record }: VocabularyLogits,
  position: number,
  signal?: AbortSignal,
): Promise<Float32Array<ArrayBuffer>> {
  const row = gpu.tensor([1, vocabulary], 'logits of a token', 'scratch');
  try {
    await gpu.submit(
      'logits of a token',
      (recorder) => record(recorder, [position, position + 1], row),
      signal && { signal },
    );
    return await gpu.read(row, signal);
  } finally {
    gpu.release(row);
  }
}
