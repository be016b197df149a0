/** What can be done about a text that has more tokens than the model has positions. */
import { HeadgateError, toApiError } from '../../../common/error.ts';
import { excerptOf, movable } from '../../../common/text/excerpt.ts';
import { counted } from '../../common/numbers.ts';
import { fitTexts } from './run-input.ts';
import type { Notice, Notices } from '../window/notices.svelte.ts';
import type { Encoding, OpenModel, Wish } from './session-state.ts';

/** Each further cut takes at least one token away. */
const MOST_CUTS = 16;

/** What this needs of the slot. */
interface Owner {
  readonly letter: string;
  readonly model: OpenModel | null;
  readonly wish: Wish;
  setText(text: string, pair: string | null): void;
  runAgain(): Promise<void>;
}

/** What is offered for a run that failed: to cut the text where it was too long, else to run it again. */
export function remedyOf(slot: Owner, notices: Notices, error: unknown): NonNullable<Notice['action']> {
  const most = slot.model?.loaded.maxTokens ?? null;
  if (most === null || toApiError(error).code !== 'input-too-long')
    return { label: 'Run again', run: () => void slot.runAgain() };
  return {
    label: `Cut to ${counted(most, 'token')}`,
    run: () => {
      cutTexts(slot, most).catch((failure: unknown) =>
        notices.show('run', toApiError(failure), null, slot.letter),
      );
    },
  };
}

/** The error of a run, with what helps here: a chat has no windows, as its template puts the message into a longer text. */
export function toldFor({ wish }: Pick<Owner, 'wish'>, error: unknown): unknown {
  const { code, message } = toApiError(error);
  return code === 'input-too-long' && wish.isChat
    ? new HeadgateError(
        code,
        message,
        'Shorten the message, or turn “Chat” off to look at it window by window.',
      )
    : error;
}

/** Of a text that is too long: what the model takes, how many tokens there are, and the window that is looked at. */
export interface LongText {
  /** Tokens that the model takes. */
  readonly most: number;
  /** Tokens of the whole text without what is put around it; of a pair, of its second text. */
  readonly of: number;
  /** Tokens of the text that a window holds. */
  readonly room: number;
  /** The first token of the window; null: the whole text is wished for, which does not run. */
  readonly at: number | null;
  /** Windows are of a pair's second text. */
  readonly ofPair: boolean;
}

/** Null: the model takes the text as it is, or there are no windows: of a chat, or where what stays leaves no room. */
export function longText(slot: Pick<Owner, 'model' | 'wish'>, encoding: Encoding | null): LongText | null {
  const most = slot.model?.loaded.maxTokens ?? null;
  if (most === null || encoding === null || slot.wish.isChat) return null;
  const { tokens, excerpt } = encoding;
  const { count, around, ofPair } = movable(tokens);
  const room = most - around;
  if (excerpt !== undefined) return { most, of: excerpt.of, room, at: excerpt.at, ofPair };
  return tokens.length > most && room > 0 ? { most, of: count, room, at: null, ofPair } : null;
}

/** Where the window after (1) or before (−1) the present one begins; null: there is none. */
export function nextWindow({ at, of, room }: LongText, direction: 1 | -1): number | null {
  if (at === null) return direction === 1 ? 0 : Math.max(0, of - room);
  const next = Math.min(Math.max(0, at + direction * room), Math.max(0, of - room));
  return next === at ? null : next;
}

/**
 * Cuts the text, of a pair the second one, to its first tokens, or to its last, so that the model can take it; the run follows.
 * @throws what the tokenizer throws
 */
export async function keepEnd(slot: Owner, which: 'first' | 'last', most: number): Promise<void> {
  const { model, wish } = slot;
  if (model === null) return;
  const { tokenizer } = model;
  const whole = await tokenizer.encode(wish.text, undefined, wish.pair ?? undefined);
  const { count, around, ofPair } = movable(whole);
  const room = most - around;
  // What is cut off may leave other tokens at the cut than there were.
  for (let fewer = 0; fewer < Math.min(room, MOST_CUTS); fewer++) {
    const window = {
      first: { size: most - fewer, at: 0 },
      last: { size: most, at: Math.max(0, count - room + fewer) },
    }[which];
    const { text, start, end } = excerptOf(wish.text, whole, window);
    const pair = ofPair ? (wish.pair?.slice(start, end) ?? null) : wish.pair;
    if ((await tokenizer.encode(text, undefined, pair ?? undefined)).length > most) continue;
    // Something else may have been typed meanwhile.
    if (slot.wish.text === wish.text && slot.wish.pair === wish.pair) slot.setText(text, pair);
    return;
  }
}

/** Cuts the text, and the second one, so that the model can take them; the run follows. */
async function cutTexts(slot: Owner, most: number): Promise<void> {
  const { model, wish } = slot;
  if (model === null) return;
  const texts = await fitTexts(model.tokenizer, wish, most);
  // Something else may have been typed meanwhile.
  if (slot.wish.text !== wish.text || slot.wish.pair !== wish.pair) return;
  if (texts === null)
    throw new HeadgateError(
      'input-too-long',
      `The text can’t be cut to ${counted(most, 'token')}: what is put around it has as many.`,
      'Open a model with more positions, or turn “Chat” off.',
    );
  slot.setText(texts.text, texts.pair);
}
