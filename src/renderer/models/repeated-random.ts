/**
 * Scores of heads on random tokens that come twice: no text, so nothing but copying can help (Olsson et al. 2022,
 * In-context Learning and Induction Heads; Elhage et al. 2021).
 */
import { HeadgateError } from '../../common/error.ts';
import type { Tokenizer } from '../../common/text/tokenizer.ts';
import type { Token } from '../../common/text/token.ts';
import type { RepeatedOptions, RepeatedScore, RepeatedScores } from '../runs/repeated-scores.ts';
import type { RunInput } from '../runs/run-input.ts';
import type { AttentionMap, Run } from '../runs/run.ts';
import type { LoadedModel } from './family.ts';
import { randomNumbers } from './sample.ts';

/** How random tokens are to be drawn. */
export interface RepeatedWish extends Omit<RepeatedOptions, 'tokens'> {
  /** `N`; null: as many as fit. */
  readonly tokens: number | null;
}

/** A model that reads, as it is open. */
export interface ReadingModel {
  readonly loaded: LoadedModel;
  readonly tokenizer: Pick<Tokenizer, 'encode' | 'token' | 'size'>;
}

/** As many tokens as fit, 50 at most: where nobody asks for a number. */
export const REPEATED: RepeatedWish = { tokens: null, seed: 0 };
const MOST_TOKENS = 50;
/** With fewer there is nothing to look back at. */
const LEAST_TOKENS = 2;
/** Sequences whose scores are averaged. */
const SAMPLES = 8;
const SCORES = ['induction', 'duplicate', 'previous'] as const;

/** What was found of a model stays with it. */
const known = new WeakMap<LoadedModel, RepeatedScores>();

/**
 * The scores of every head of self-attention, on sequences of the model's own first tokens, N random ones, the same again,
 * and its own last ones. What was scored last is kept with the model.
 * @throws HeadgateError `no-self-attention`, `text-too-long` or `vocabulary-too-small`; the signal's reason
 */
export async function scoreRepeated(
  model: ReadingModel,
  { tokens, seed }: RepeatedWish,
  work: { readonly signal: AbortSignal; readonly progress?: (share: number) => void },
): Promise<RepeatedScores> {
  const { loaded } = model;
  const around = await tokensAround(model, work.signal);
  const N = tokens ?? fitting(model, around.before.length + around.after.length);
  const last = known.get(loaded);
  if (last?.tokens === N && last.seed === seed) return last;
  checkLength(loaded, 2 * N + around.before.length + around.after.length, N);
  const draw = drawing(model.tokenizer, N, randomNumbers(seed));
  const sums = new Map<AttentionMap['kind'], number[][]>();
  for (let sample = 0; sample < SAMPLES; sample++) {
    work.signal.throwIfAborted();
    const random = draw();
    const twice = [...random, ...random];
    const read = [...around.before, ...twice, ...around.after];
    const vocabulary = (id: number) => model.tokenizer.token(id);
    const run = await runTwice(loaded, { text: '', tokens: read, vocabulary }, twice, work.signal);
    try {
      for (const map of run.attention.filter(({ kind }) => kind !== 'cross')) await addScores(map, sums);
    } finally {
      run.dispose();
    }
    work.progress?.((sample + 1) / SAMPLES);
  }
  if (sums.size === 0)
    throw new HeadgateError(
      'no-self-attention',
      'This model has no self-attention, so none of its heads can look back at what came before.',
      'Open a Transformer to score its heads.',
    );
  const heads = new Map([...sums].map(([kind, rows]) => [kind, rows.map((row) => meansOf(row))]));
  const scores = { tokens: N, seed, samples: SAMPLES, heads };
  known.set(loaded, scores);
  return scores;
}

/** A run whose decoder, where there is one, reads the random tokens as well, as far as they are of its vocabulary. */
async function runTwice(
  loaded: LoadedModel,
  input: RunInput,
  twice: readonly Token[],
  signal: AbortSignal,
): Promise<Run> {
  if (loaded.writes !== 'output') return loaded.run(input, signal);
  const withTarget = (target: readonly number[]) => loaded.run({ ...input, decode: { target } }, signal);
  try {
    return await withTarget(twice.map(({ id }) => id));
  } catch (error) {
    if (!(error instanceof HeadgateError) || error.code !== 'token-out-of-range') throw error;
    return withTarget([]);
  }
}

async function addScores(map: AttentionMap, sums: Map<AttentionMap['kind'], number[][]>): Promise<void> {
  const rows = sums.get(map.kind) ?? Array.from({ length: map.layers * map.heads }, () => [0, 0, 0]);
  sums.set(map.kind, rows);
  for (let layer = 0; layer < map.layers; layer++)
    for (const [head, metrics] of (await map.metrics(layer)).entries()) {
      const row = rows[layer * map.heads + head];
      for (const [at, score] of SCORES.entries()) if (row) row[at] = (row[at] ?? 0) + metrics[score];
    }
}

function meansOf([induction = 0, duplicate = 0, previous = 0]: readonly number[]): RepeatedScore {
  return { induction: induction / SAMPLES, duplicate: duplicate / SAMPLES, previous: previous / SAMPLES };
}

/** The special tokens that the tokenizer puts around a text. */
async function tokensAround(
  { tokenizer }: ReadingModel,
  signal: AbortSignal,
): Promise<{ readonly before: readonly Token[]; readonly after: readonly Token[] }> {
  const tokens = await tokenizer.encode('a', signal);
  const isOfText = ({ span }: Token) => span !== null;
  const [first, end] = [tokens.findIndex(isOfText), tokens.findLastIndex(isOfText) + 1];
  return { before: tokens.slice(0, Math.max(first, 0)), after: tokens.slice(end) };
}

/** Random tokens for which a model has room twice, and of which its vocabulary has enough. @param around special tokens */
function fitting({ loaded, tokenizer }: ReadingModel, around: number): number {
  let others = 0;
  for (let id = 0; id < tokenizer.size && others < MOST_TOKENS; id++)
    if (!tokenizer.token(id).special) others++;
  const room = loaded.maxTokens === null ? MOST_TOKENS : Math.floor((loaded.maxTokens - around) / 2);
  return Math.max(LEAST_TOKENS, Math.min(others, room));
}

/** Draws N tokens that are not special, each at most once while there are enough: what comes again, comes once. */
function drawing(
  tokenizer: ReadingModel['tokenizer'],
  N: number,
  random: () => number,
): () => readonly Token[] {
  return () => {
    const drawn = new Map<number, Token>();
    // Vocabularies hold few special tokens: after so many draws there are not enough others.
    for (let tries = 0; drawn.size < N && tries < 100 * N; tries++) {
      const token = tokenizer.token(Math.floor(random() * tokenizer.size));
      if (!token.special) drawn.set(token.id, token);
    }
    if (drawn.size < N)
      throw new HeadgateError(
        'vocabulary-too-small',
        `The vocabulary has too few tokens to draw ${N} different ones.`,
        'Ask for fewer random tokens.',
      );
    return [...drawn.values()];
  };
}

function checkLength({ maxTokens }: LoadedModel, length: number, N: number): void {
  if (maxTokens === null || length <= maxTokens) return;
  const most = Math.floor((maxTokens - (length - 2 * N)) / 2);
  throw new HeadgateError(
    'text-too-long',
    `${N} random tokens twice are ${length} tokens with the special ones; this model reads ${maxTokens} at most.`,
    `Ask for ${most} random tokens at most.`,
  );
}
