/** What can be done about a text that has more tokens than the model has positions. */
import { HeadgateError, toApiError } from '../../../common/error.ts';
import { counted } from '../../common/numbers.ts';
import { fitTexts } from './run-input.ts';
import type { Notice, Notices } from '../window/notices.svelte.ts';
import type { OpenModel, Wish } from './session-state.ts';

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
