import type { DecodeOptions } from '../../models/family.ts';
import type { Session } from './session.svelte.ts';

/** How views change the way in which an output is found. */
class Decoding {
  #session = $state.raw<Pick<Session, 'decode' | 'setDecode'> | null>(null);

  attach(session: Pick<Session, 'decode' | 'setDecode'>): void {
    this.#session = session;
  }

  get options(): DecodeOptions {
    return this.#session?.decode ?? {};
  }

  /** The run follows. */
  set(options: DecodeOptions): void {
    void this.#session?.setDecode(options);
  }
}

/** The window's decoding. */
export const decoding = new Decoding();
