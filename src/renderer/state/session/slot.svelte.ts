import { tick } from 'svelte';
import type { ModelDetail } from '../../../common/contract.ts';
import type { WeightSource } from '../../models/weights.ts';
import type { Run } from '../../runs/run.ts';
import type { DeviceUser } from '../device/window-device.svelte.ts';
import { Chat } from './chat.svelte.ts';
import { SlotDecoding } from './decoding.ts';
import type { Dropped } from './drop.ts';
import { GoldenCheck } from './golden.svelte.ts';
import { Interventions } from './interventions.svelte.ts';
import { InvalidCheck } from './invalid-check.svelte.ts';
import type { Letter } from './letters.ts';
import { Masking } from './masking.svelte.ts';
import { Opening } from './opening.svelte.ts';
import type { SavedSlot } from './saved-slot.ts';
import { RunEvents } from './run-events.ts';
import { Running } from './running.svelte.ts';
import { SavedOpening } from './saved-opening.svelte.ts';
import { Screen } from './screen.svelte.ts';
import { SecondText } from './second-text.svelte.ts';
import { listingOf } from './listing.ts';
import type { Listing, Loading, OpenModel, Phase, Wish } from './session-state.ts';
import { SlotNotices } from './slot-notices.svelte.ts';
import { SlotRuns } from './slot-runs.ts';
import { SlotSelection } from './slot-selection.ts';
import type { SlotOwner } from './slot-owner.ts';
import type { SlotWindow } from './slot-window.ts';
import { Writing } from './writing.svelte.ts';

/**
 * A place for a model with its text, its changes and its run. The latest wish wins: a new text cancels the run before, a
 * new model the load before. What was there stays until the new is ready.
 */
export class Slot extends SlotRuns implements SlotOwner, DeviceUser {
  model = $state.raw<OpenModel | null>(null);
  /** A model that was read and can't run; null: there is none to look through. */
  listing = $state.raw<Listing | null>(null);
  readonly chat: Chat;
  readonly interventions: Interventions = new Interventions(this);
  readonly screen: Screen = new Screen((run) => this.interventions.keeps(run));
  readonly writing = new Writing(this);
  readonly invalid = new InvalidCheck();
  readonly masking: Masking;
  /** The window's selection in the tokens of this slot. */
  readonly selection: SlotSelection;
  readonly secondText = new SecondText(this);
  readonly decoding = new SlotDecoding(this);
  readonly notices: SlotNotices;

  readonly #golden = new GoldenCheck();
  readonly #opening: Opening;
  protected readonly work: Running;
  readonly #restoring = new SavedOpening();

  constructor(
    readonly letter: Letter,
    window: SlotWindow,
  ) {
    super(window);
    this.notices = new SlotNotices(this, window);
    this.work = new Running(this, new RunEvents(this, window));
    this.chat = new Chat(this, window.settings);
    this.selection = new SlotSelection(window.selection, this, (letter) => window.find(letter));
    this.masking = new Masking(this, this.selection);
    this.#opening = new Opening(window, {
      begun: () => {
        // What is written before there is a model waits for the first one.
        this.isWritten &&= this.model === null;
        this.notices.hasFailed = false;
        this.listing = null;
        this.notices.dismiss('open');
      },
      adopt: (model) => this.#adopt(model),
      failed: (error, retry, source) => {
        this.#restoring.miss();
        if (this.#restoring.saved === null) this.listing = listingOf(source, error, retry);
        this.notices.notOpened(error, retry, this.#restoring.saved);
      },
    });
  }

  /** What the slot is to show once its model is found, which is not where it was; null: nothing is missing. */
  get missing(): SavedSlot | null {
    return this.#restoring.missing;
  }

  /** Back from a model that can't run to what was there before. */
  leaveListing(): void {
    this.listing = null;
    this.notices.hasFailed = false;
    this.notices.dismiss('open');
  }

  /** What views show. */
  get run(): Run | null {
    return this.screen.run;
  }

  /** Name of the model whose output is on screen while another one takes its place; null: it is the open model's. */
  get former(): string | null {
    const { run, model, loading } = this;
    if (run === null) return null;
    const now = loading === null ? model?.source.model.id : loading.model;
    return now === run.model.id ? null : run.model.name;
  }

  get loading(): Loading | null {
    return this.#opening.loading;
  }

  get phase(): Phase {
    const { state } = this.window.device;
    if (state.kind === 'unsupported' || state.kind === 'failed') return 'error';
    if (this.loading !== null || state.kind === 'recovering') return 'loading';
    if (!this.window.isStarted) return 'starting';
    if (this.running) return 'running';
    return this.notices.hasFailed ? 'error' : 'ready';
  }

  /** The example that came with the weights, run again; null: there is none. */
  get golden(): GoldenCheck['state'] {
    return this.#golden.state;
  }

  /** The run on screen lies on a device that is gone. */
  get isLost(): boolean {
    const { run } = this;
    const { state } = this.window.device;
    if (run === null || state.kind === 'starting') return false;
    return state.kind !== 'ready' || (state.device.gpu !== undefined && state.device.gpu !== run.gpu);
  }

  /** What the next run is made of. */
  get wish(): Wish {
    const { model, text, pair, excerpt, decode, chat } = this;
    return { model, text, pair, excerpt, isChat: chat.isOn, decode };
  }

  openById(id: string): Promise<void> {
    return this.#opening.byId(id);
  }

  openDetail(detail: ModelDetail): Promise<void> {
    return this.#opening.detail(detail);
  }

  openDropped(dropped: Dropped): Promise<void> {
    return this.#opening.dropped(dropped);
  }

  /**
   * Opens the model of a document.
   * @param then is done once it is open, now or when the user has found it; it must not reject
   * @returns when that is done; false when the model can't be opened now, which is told
   */
  openSaved(saved: SavedSlot, then: () => Promise<void>): Promise<boolean> {
    this.text = saved.text;
    this.pair = saved.pair;
    const { id, name } = saved.model;
    return this.#restoring.open({ saved, then }, () => this.#opening.byId(id, name));
  }

  /** Opens a model whose bytes are at hand. */
  openSource(source: WeightSource): Promise<void> {
    return this.#opening.source(source);
  }

  /** Opens the model again under another config, such as one that the user corrected. */
  async correct(config: Readonly<Record<string, unknown>>): Promise<void> {
    if (this.model !== null) await this.#opening.correct(this.model.source, config);
  }

  cancelLoading(): void {
    this.#opening.cancel();
  }

  lose(): void {
    this.#opening.lose();
    this.work.cancel();
    this.quiet = 'The GPU was lost: starting it again…';
  }

  async restore(): Promise<void> {
    try {
      if (this.model !== null) await this.#opening.restore(this.model);
    } catch (error) {
      this.notices.hasFailed = true;
      throw error;
    }
    this.quiet = 'The GPU was lost and is back; the run was repeated.';
    await this.#opening.resume();
  }

  giveUp(): void {
    this.quiet = null;
    this.cancelLoading();
  }

  /** Gives everything back: the slot is closed. */
  async close(): Promise<void> {
    this.cancelLoading();
    await this.work.stop();
    this.interventions.reset(false);
    const { model } = this;
    this.model = null;
    // Views let go of the run first.
    await tick();
    this.screen.clear(model);
    this.notices.dismiss('open', 'files', 'run');
  }

  /** Puts a model in the place of the former one, which stays until the new one's run is on screen. */
  #adopt(model: OpenModel): void {
    const former = this.model;
    const { source, example } = model;
    this.model = model;
    if (former !== null) this.screen.retire(former);
    this.interventions.reset(former?.source === source);
    const restored = this.#restoring.found();
    if (restored !== null) {
      const { text, pair, excerpt, chat, linked, decode } = restored.saved;
      Object.assign(this, { text, pair, excerpt, linked, decode });
      this.chat.restore(chat);
    } else if (former?.source.model.id !== source.model.id) {
      this.decode = null;
      if (!this.isWritten) {
        const shared = this.linked ? this.window.textFor(this) : null;
        this.pair = shared?.pair ?? null;
        this.text = shared?.text ?? this.window.settings.textOf(source.model.id) ?? example;
      }
      this.chat.follow(source.model.id);
    }
    this.isWritten = false;
    this.notices.tellOfFiles();
    this.work.encoding = null;
    if (restored === null) void this.runAgain();
    else this.#restoring.arrange(restored);
    this.work.follow((former) => this.#golden.follow(model, former));
  }
}
