import type { ApiError } from '../../../common/contract.ts';
import { toApiError } from '../../../common/error.ts';
import type { Notices } from '../window/notices.svelte.ts';
import type { Settings } from '../window/settings.svelte.ts';
import type { Backend, Device } from './backend.ts';
import { Losses, TOO_MANY_LOSSES } from './device-losses.ts';
import { Engine } from './engine.svelte.ts';

export type DeviceState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'ready'; readonly device: Device }
  | { readonly kind: 'recovering' }
  /** There is none to begin with: a page says what to do. */
  | { readonly kind: 'unsupported'; readonly error: ApiError }
  /** It was lost and did not come back. */
  | { readonly kind: 'failed' };

/** What has models and runs on the device, and brings them back on another one. */
export interface DeviceUser {
  /** The device is gone: loads and runs stop. */
  lose(): void;
  /** A new one is there. Rejects when what was on the former one can't be brought back. */
  restore(): Promise<void>;
  /** There is none and there will be none. */
  giveUp(): void;
}

/** The GPU of a window: opened once, lost now and then, opened again. */
export class WindowDevice {
  state = $state.raw<DeviceState>({ kind: 'starting' });
  readonly engine: Engine;
  readonly #losses = new Losses();
  readonly #restart = { label: 'Start the GPU again', run: () => void this.restart() };
  #ready: Promise<Device> = new Promise(() => undefined);

  constructor(
    readonly backend: Backend,
    private readonly settings: Settings,
    private readonly notices: Notices,
    private readonly users: () => readonly DeviceUser[],
    runner: ConstructorParameters<typeof Engine>[0],
  ) {
    this.engine = new Engine(runner, settings);
  }

  /** The device that is there or on its way. */
  get ready(): Promise<Device> {
    return this.#ready;
  }

  get #isReady(): boolean {
    return this.state.kind === 'ready';
  }

  /** GPU bytes held now. */
  get bytes(): number {
    return this.state.kind === 'ready' ? this.state.device.bytes() : 0;
  }

  /** Opens the first device of the window. */
  open(): void {
    this.#open((error) => {
      this.state = { kind: 'unsupported', error };
      for (const user of this.users()) user.giveUp();
    });
  }

  /** The window has nothing more to do on this device. */
  hasSettled(): void {
    this.#losses.hasSettled();
  }

  /** Tries to get a GPU again after it was lost for good. */
  async restart(): Promise<void> {
    this.#losses.forget();
    await this.#recover();
  }

  #open(failed: (error: ApiError) => void): void {
    const opening = this.backend.openDevice(() => void this.#recover(), this.settings.activationBudget);
    this.#ready = opening;
    opening.then(
      (device) => {
        this.state = { kind: 'ready', device };
        this.engine.attach(device.gpu ?? null);
      },
      (error: unknown) => failed(toApiError(error)),
    );
  }

  /** After a loss: a new device, and on it everything that was on the former one. */
  async #recover(): Promise<void> {
    const users = this.users();
    for (const user of users) user.lose();
    if (!this.#losses.add(Date.now())) {
      this.#giveUp(TOO_MANY_LOSSES);
      return;
    }
    this.state = { kind: 'recovering' };
    this.#open((error) => this.#giveUp(error));
    const opening = this.#ready;
    const restored = await Promise.allSettled(users.map((user) => user.restore()));
    const failure = restored.find((result) => result.status === 'rejected');
    if (failure !== undefined && this.#ready === opening && this.#isReady)
      this.notices.show('gpu', toApiError(failure.reason), this.#restart);
  }

  #giveUp(error: ApiError): void {
    this.state = { kind: 'failed' };
    for (const user of this.users()) user.giveUp();
    this.notices.show('gpu', error, this.#restart);
  }
}
