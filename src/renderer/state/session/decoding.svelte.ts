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

/** The window, whose active slot is decoded. */
interface Active {
  readonly session: Pick<SlotOwner, 'decode' | 'setDecode'>;
}

/** How views change the way in which an output is found. */
class Decoding {
  #window = $state.raw<Active | null>(null);

  attach(window: Active): void {
    this.#window = window;
  }

  get options(): DecodeOptions {
    return this.#window?.session.decode ?? {};
  }

  /** The run follows. */
  set(options: DecodeOptions): void {
    void this.#window?.session.setDecode(options);
  }
}

/** The window's decoding. */
export const decoding = new Decoding();
