import type { DecodeOptions, RunInput } from '../models/family.ts';
import type { Token } from '../runs/run.ts';
import { without } from '../without.ts';
import type { OpenModel, Wish } from './session-state.ts';

/** What becomes of a wish on its way to a run. */
interface InputEvents {
  onTokens(tokens: readonly Token[]): void;
  onProgress(done: number, total: number): void;
}

/**
 * The input of a run; null for a text without tokens. At most one run is on the GPU: it begins when the former one has
 * stopped.
 * @throws what the tokenizer throws; the signal's reason.
 */
export async function runInput(
  { tokenizer }: OpenModel,
  { text, pair, decode }: Wish,
  former: Promise<void>,
  { onTokens, onProgress }: InputEvents,
  signal: AbortSignal,
): Promise<RunInput | null> {
  const tokens = await tokenizer.encode(text, signal, pair ?? undefined);
  signal.throwIfAborted();
  onTokens(tokens);
  await former;
  signal.throwIfAborted();
  if (tokens.length === 0) return null;
  const vocabulary = (id: number) => tokenizer.token(id);
  return { text, tokens, vocabulary, onProgress, ...(decode === null ? {} : { decode }) };
}

/** Options that are about one text are none for another. */
export function withoutText(decode: DecodeOptions | null): DecodeOptions | null {
  return decode === null ? null : without(decode, 'prefix', 'forcedAttention', 'target');
}
