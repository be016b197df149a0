import type { OpenModel } from './session-state.ts';
import type { Settings } from '../window/settings.svelte.ts';

/** What this needs of the session. */
interface Owner {
  readonly model: OpenModel | null;
  runAgain(): Promise<void>;
}

/** Whether the text is a user's message, which the open model's chat template writes; kept for each model. */
export class Chat {
  #isOn = $state(false);

  constructor(
    private readonly session: Owner,
    private readonly settings: Settings,
  ) {}

  /** The open model has a chat template. */
  get isPossible(): boolean {
    return this.session.model?.tokenizer.chat !== undefined;
  }

  get isOn(): boolean {
    return this.#isOn && this.isPossible;
  }

  /** The run follows. */
  set(isOn: boolean): void {
    const { model } = this.session;
    if (isOn === this.#isOn || model === null) return;
    this.#isOn = isOn;
    this.settings.setChat(model.source.model.id, isOn);
    void this.session.runAgain();
  }

  /** As a document has it; whoever calls runs. */
  restore(isOn: boolean): void {
    this.#isOn = isOn;
  }

  /** For a model that is opened: as it was left. */
  follow(model: string): void {
    this.#isOn = this.settings.chatOf(model);
  }
}
