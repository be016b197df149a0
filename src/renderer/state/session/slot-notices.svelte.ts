import { HeadgateError, toApiError } from '../../../common/error.ts';
import type { Notice } from '../window/notices.svelte.ts';
import type { SavedSlot } from './saved-slot.ts';
import type { SlotOwner } from './slot-owner.ts';
import type { SlotWindow } from './slot-window.ts';

/** What a slot tells the user: what failed, what is missing, what is true of the model's files. */
export class SlotNotices {
  /** The last wish ended in an error. */
  hasFailed = $state(false);

  constructor(
    private readonly slot: Pick<SlotOwner, 'letter' | 'model'>,
    private readonly window: SlotWindow,
  ) {}

  /** Tells what went wrong. */
  fail(origin: 'open' | 'run', thrown: unknown, action: Notice['action'] = null): void {
    const error = toApiError(thrown);
    // Told elsewhere, once: no device on its page, a lost device in the quiet line or in its own notice.
    const { kind } = this.window.device.state;
    const isGone = kind === 'failed' || kind === 'recovering';
    if (kind === 'unsupported' || error.code === 'device-lost' || (isGone && error.code === 'internal'))
      return;
    this.hasFailed = true;
    this.window.notices.show(origin, error, action, this.slot.letter);
  }

  /** A model of a document that is not found can be pointed at; others are tried again. */
  notOpened(thrown: unknown, retry: () => void, saved: SavedSlot | null): void {
    if (saved === null) {
      this.fail('open', thrown, { label: 'Try again', run: retry });
      return;
    }
    const { message } = toApiError(thrown);
    const error = new HeadgateError(
      'model-moved',
      `${saved.model.name} of slot ${this.slot.letter} is not where it was when the session was saved. ${message}`,
      'Point at its folder, or drop it on the window; everything else is open.',
    );
    this.fail('open', error, { label: 'Point at it…', run: () => this.window.pointAt(this.slot) });
  }

  /** The model's files are not those that a document was made with. */
  tellChanged(name: string): void {
    this.window.notices.show(
      'open',
      {
        code: 'model-changed',
        message: `${name} of slot ${this.slot.letter} has changed since the session was saved: its numbers may differ.`,
        hint: 'Go on with it as it is, or open the folder with the weights of then.',
      },
      { label: 'Open folder…', run: () => this.window.pointAt(this.slot) },
      this.slot.letter,
    );
  }

  /** Says what is true of the model's files and changes the outputs. */
  tellOfFiles(): void {
    const { source, remarks } = this.slot.model ?? {};
    this.window.notices.tellOfFiles(source?.model.name ?? '', remarks?.sentences ?? [], this.slot.letter);
  }

  /** Takes away what was said. */
  dismiss(...origins: readonly ('open' | 'files' | 'run')[]): void {
    for (const origin of origins) this.window.notices.dismiss(origin, this.slot.letter);
  }
}
