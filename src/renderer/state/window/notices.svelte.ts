import type { ApiError } from '../../../common/contract.ts';

/** What went wrong when: a newer notice of the same origin and slot takes the older one's place. */
export type Origin = 'open' | 'run' | 'gpu' | 'settings' | 'window' | 'command' | 'files' | 'memory';

export interface Notice {
  readonly origin: Origin;
  /** The slot that it happened in; null: it is about the window. */
  readonly slot: string | null;
  readonly error: ApiError;
  /** What the user can do about it at once; its label and action. */
  readonly action: { readonly label: string; run(): void } | null;
}

/** What is the same whatever was being done when it happened: it is told once. */
const OF_THE_WINDOW: readonly string[] = ['host-unreachable'];

/** The one list of errors that the window shows. Nothing here blocks. */
export class Notices {
  list = $state.raw<readonly Notice[]>([]);

  show(
    origin: Origin,
    { code, message, hint }: ApiError,
    action: Notice['action'] = null,
    slot: string | null = null,
  ): void {
    const same = this.list.find((notice) => notice.error.code === code && OF_THE_WINDOW.includes(code));
    const others = this.list.filter((notice) => notice !== same);
    this.list = others.filter((notice) => notice.origin !== origin || notice.slot !== slot);
    // Told again by what can't be tried again, it keeps what can.
    const keeps = action === null && same !== undefined && same.action !== null;
    const about = keeps ? same : { origin, slot, action };
    this.list = [...this.list, { ...about, error: { code, message, hint } }];
  }

  /** Says what is true of the files of a slot's model and changes the outputs: sentences, or nothing. */
  tellOfFiles(model: string, [first, ...others]: readonly string[], slot: string | null): void {
    if (first === undefined) this.dismiss('files', slot);
    else {
      const error = { code: 'files-and-outputs', message: `${model}: ${first}`, hint: others.join(' ') };
      this.show('files', error, null, slot);
    }
  }

  dismiss(origin: Origin, slot: string | null = null): void {
    const rest = this.list.filter((notice) => notice.origin !== origin || notice.slot !== slot);
    if (rest.length < this.list.length) this.list = rest;
  }
}
