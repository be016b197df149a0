import type { DecodeOptions } from '../../runs/run-input.ts';
import type { SlotOwner } from './slot-owner.ts';

/** How views change the way in which the output of a slot is found. */
export class SlotDecoding {
  constructor(private readonly slot: Pick<SlotOwner, 'decode' | 'setDecode'>) {}

  get options(): DecodeOptions {
    return this.slot.decode ?? {};
  }

  /** The run follows. */
  set(options: DecodeOptions): void {
    void this.slot.setDecode(options);
  }
}
