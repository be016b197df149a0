import { textNotes } from '../../../common/text/text-notes.ts';
import type { Run } from '../../runs/run.ts';
import { fitSelection } from '../window/selection.svelte.ts';
import type { InvalidCheck } from './invalid-check.svelte.ts';
import type { Masking } from './masking.svelte.ts';
import type { RunningEvents } from './running.svelte.ts';
import type { SlotNotices } from './slot-notices.svelte.ts';
import type { SlotOwner } from './slot-owner.ts';
import type { SlotWindow } from './slot-window.ts';
import { remedyOf, toldFor } from './too-long.ts';

interface Running extends Omit<SlotOwner, 'screen' | 'interventions'> {
  quiet: string | null;
  readonly invalid: InvalidCheck;
  readonly masking: Pick<Masking, 'found'>;
  readonly notices: SlotNotices;
}

/** What the rest of the window does when runs of a slot come and go. */
export class RunEvents implements RunningEvents {
  constructor(
    private readonly slot: Running,
    private readonly window: SlotWindow,
  ) {}

  begun(): void {
    this.slot.notices.hasFailed = false;
    this.window.device.engine.cancelTuning();
  }

  showing(run: Run): void {
    const { letter, model, encoding, notices } = this.slot;
    fitSelection(this.window.selection, letter, this.slot.run, run);
    notices.dismiss('run');
    this.window.device.engine.rest();
    if (model !== null)
      this.window.settings.setText(model.source.model.id, encoding?.typed?.text ?? run.text);
  }

  shown(run: Run): void {
    const { invalid, masking, model, letter } = this.slot;
    masking.found(run);
    const notes = textNotes(run.tokens);
    if (notes.length > 0) this.slot.quiet = notes.join(' ');
    void invalid.follow(run, model?.invalid ?? []).then(() => {
      const { error } = invalid;
      if (error !== null && this.slot.run === run) this.window.notices.show('run', error, null, letter);
    });
  }

  /** What was there stays, and that is said quietly. */
  emptied(): void {
    this.slot.notices.dismiss('run');
    this.slot.quiet = this.slot.run === null ? null : 'The text is empty: the last run stays on screen.';
  }

  failed(error: unknown): void {
    this.slot.notices.fail('run', toldFor(this.slot, error), remedyOf(this.slot, this.window.notices, error));
  }
}
