import type { DecodeOptions, RunInput } from '../../runs/run-input.ts';
import type { Run } from '../../runs/run.ts';
import { excerptOf, movable } from '../../../common/text/excerpt.ts';
import { cutToFit, type Texts } from '../../text/cut.ts';
import type { Tokenizer } from '../../../common/text/tokenizer.ts';
import { breath } from '../../common/breath.ts';
import { without } from '../../common/without.ts';
import type { Encoding, OpenModel, Wish } from './session-state.ts';

/** Tokens from which on the window needs some time for them. */
const MANY = 10_000;

/** What becomes of a wish on its way to a run. */
interface InputEvents {
  onEncoded(encoding: Encoding): void;
  onProgress(done: number, total: number): void;
}

/**
 * The input of a run; null for a text without tokens. At most one run is on the GPU: it begins when the former one has
 * stopped.
 * @throws what the tokenizer throws; the signal's reason.
 */
export async function runInput(
  { tokenizer, loaded }: OpenModel,
  wish: Wish,
  former: Promise<void>,
  { onEncoded, onProgress }: InputEvents,
  signal: AbortSignal,
): Promise<RunInput | null> {
  const encoding = windowed(await encode(tokenizer, wish, signal), wish, loaded.maxTokens);
  signal.throwIfAborted();
  // What follows of many tokens in the window, and their run, are tasks of their own.
  const isLong = encoding.tokens.length > MANY;
  if (isLong) await breath(signal);
  onEncoded(encoding);
  if (isLong) await breath(signal);
  await former;
  signal.throwIfAborted();
  const { text, tokens } = encoding;
  if (tokens.length === 0) return null;
  const { decode } = wish;
  const vocabulary = (id: number) => tokenizer.token(id);
  return { text, tokens, vocabulary, onProgress, ...(decode === null ? {} : { decode }) };
}

/** The window that is wished for, of a text, or of a pair's second one, that has more tokens than the model takes. */
function windowed(encoding: Encoding, { excerpt, isChat }: Wish, most: number | null): Encoding {
  const { text, tokens } = encoding;
  if (excerpt === null || most === null || isChat || tokens.length <= most) return encoding;
  const { count, around, ofPair } = movable(tokens);
  const room = most - around;
  // Nothing fits beside what stays: the run says so.
  if (room < 1) return encoding;
  // A text that became shorter has its last tokens in the window.
  const window = { size: most, at: Math.min(excerpt, Math.max(0, count - room)) };
  const cut = excerptOf(text, tokens, window);
  return {
    ...{ text: cut.text, tokens: cut.tokens },
    typed: { text, shift: ofPair ? 0 : -cut.start },
    excerpt: { at: cut.at, shown: cut.shown, of: cut.of },
  };
}

/** An empty message is no chat: there is nothing to run. */
async function encode(
  tokenizer: Tokenizer,
  { text, pair, isChat }: Pick<Wish, 'text' | 'pair' | 'isChat'>,
  signal?: AbortSignal,
): Promise<Encoding> {
  if (!isChat || tokenizer.chat === undefined)
    return { text, tokens: await tokenizer.encode(text, signal, pair ?? undefined) };
  if (text.trim() === '') return { text, tokens: [] };
  const { text: written, tokens, shift } = await tokenizer.chat(text, signal);
  return { text: written, tokens, typed: { text, shift } };
}

/** Whether a run is of the text that is wished for. @param encoding the latest text whose tokens are known */
export function isRunOf(run: Run, { text, isChat }: Wish, encoding: Encoding | null): boolean {
  if (!isChat && encoding?.excerpt === undefined) return run.text === text;
  return encoding?.typed?.text === text && run.text === encoding.text;
}

/** Options that are about one text are none for another. */
export function withoutText(decode: DecodeOptions | null): DecodeOptions | null {
  return decode === null ? null : without(decode, 'prefix', 'forcedAttention', 'target');
}

/** Cutting a token in two can leave more of them than were counted; each further cut takes at least one away. */
const MOST_CUTS = 16;

/**
 * The texts of a wish, cut so that they have at most `most` tokens.
 * @returns null when they can't be cut that far
 * @throws what the tokenizer throws
 */
export async function fitTexts(
  tokenizer: Tokenizer,
  wish: Pick<Wish, 'text' | 'pair' | 'isChat'>,
  most: number,
): Promise<Texts | null> {
  let texts: Texts = wish;
  for (let cuts = 0; cuts < MOST_CUTS; cuts++) {
    const { tokens, typed } = await encode(tokenizer, { ...wish, ...texts });
    if (tokens.length <= most) return texts;
    const shift = typed === undefined ? 0 : typed.shift;
    const cut = shift === null ? null : cutToFit(texts, tokens, shift, most);
    if (cut === null || (cut.text === texts.text && cut.pair === texts.pair)) return null;
    texts = cut;
  }
  return null;
}
