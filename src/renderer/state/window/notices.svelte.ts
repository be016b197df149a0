import type { ApiError } from '../../../common/contract.ts';

/** What went wrong when: a newer notice of the same origin takes the older one's place. */
export type Origin = 'open' | 'files' | 'run' | 'gpu' | 'settings' | 'command';

export interface Notice {
  readonly origin: Origin;
  readonly error: ApiError;
  /** What the user can do about it at once; its label and action. */
  readonly action: { readonly label: string; run(): void } | null;
}

/** The one list of errors that the window shows. Nothing here blocks. */
export class Notices {
  list = $state.raw<readonly Notice[]>([]);

  show(origin: Origin, { code, message, hint }: ApiError, action: Notice['action'] = null): void {
    this.list = [
      ...this.list.filter((other) => other.origin !== origin),
      { origin, error: { code, message, hint }, action },
    ];
  }

  /** Says what is true of a model's files and changes the outputs: sentences, or nothing. */
  tellOfFiles(model: string, [first, ...others]: readonly string[]): void {
    if (first === undefined) this.dismiss('files');
    else
      this.show('files', {
        code: 'files-and-outputs',
        message: `${model}: ${first}`,
        hint: others.join(' '),
      });
  }

  dismiss(origin: Origin): void {
    if (this.list.some((notice) => notice.origin === origin))
      this.list = this.list.filter((notice) => notice.origin !== origin);
  }
}
