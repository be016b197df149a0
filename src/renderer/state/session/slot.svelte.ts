import { tick } from 'svelte';
import { HeadgateError, toApiError } from '../../../common/error.ts';
import type { ModelDetail } from '../../../common/contract.ts';
import type { Profile } from '../../gpu/profile.ts';
import type { DecodeOptions } from '../../runs/run-input.ts';
import type { WeightSource } from '../../models/weights.ts';
import type { Run } from '../../runs/run.ts';
import type { DeviceUser } from '../device/window-device.svelte.ts';
import { fitSelection } from '../window/selection.svelte.ts';
import type { Notice } from '../window/notices.svelte.ts';
import { Chat } from './chat.svelte.ts';
import type { Kept } from './continuation.ts';
import { SlotDecoding } from './decoding.svelte.ts';
import type { Dropped } from './drop.ts';
import { runOnce } from './elsewhere.ts';
import { exampleFor } from './example.ts';
import { GoldenCheck } from './golden.svelte.ts';
import { Interventions } from './interventions.svelte.ts';
import { InvalidCheck } from './invalid-check.svelte.ts';
import type { Letter } from './letters.ts';
import { Masking } from './masking.svelte.ts';
import { Opening } from './opening.svelte.ts';
import { withoutText } from './run-input.ts';
import type { SavedSlot } from './saved-slot.ts';
import { Running } from './running.svelte.ts';
import { Screen } from './screen.svelte.ts';
import { SecondText } from './second-text.svelte.ts';
import type { Encoding, Loading, OpenModel, Phase, Wish } from './session-state.ts';
import { SlotSelection } from './slot-selection.ts';
import type { SlotOwner } from './slot-owner.ts';
import type { SlotWindow } from './slot-window.ts';
import { remedyOf } from './too-long.ts';
import { Writing } from './writing.svelte.ts';

/**
 * A place for a model with its text, its changes and its run. The latest wish wins: a new text cancels the run before, a
 * new model the load before. What was there stays until the new is ready.
 */
export class Slot implements SlotOwner, DeviceUser {
  model = $state.raw<OpenModel | null>(null);
  text = $state('');
  /** The second text of a pair; null: one text. */
  pair = $state.raw<string | null>(null);
  /** The text is that of the other linked slots. */
  linked = $state(true);
  /** What the slot is to show once its model is found, which is not where it was; null: nothing is missing. */
  missing = $state.raw<SavedSlot | null>(null);
  /** How the output is found; null: the model's own way. What is about one text goes with it. */
  decode = $state.raw<DecodeOptions | null>(null);
  /** One quiet line for the status line. */
  quiet = $state.raw<string | null>(null);
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

  /** The last wish ended in an error. */
  #hasFailed = $state(false);
  readonly #golden = new GoldenCheck();
  readonly #opening: Opening;
  readonly #running = new Running(this);

  constructor(
    readonly letter: Letter,
    private readonly window: SlotWindow,
  ) {
    this.chat = new Chat(this, window.settings);
    this.selection = new SlotSelection(window.selection, this, (letter) => window.find(letter));
    this.masking = new Masking(this, this.selection);
    this.#opening = new Opening(window, {
      begun: () => {
        this.#hasFailed = false;
        this.window.notices.dismiss('open', this.letter);
      },
      adopt: (model) => this.#adopt(model),
      failed: (error, retry) => this.#notOpened(error, retry),
    });
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

  get running(): boolean {
    return this.#running.running;
  }

  get progress(): number | null {
    return this.#running.progress;
  }

  get generating(): boolean {
    return this.#running.generating;
  }

  get encoding(): Encoding | null {
    return this.#running.encoding;
  }

  get isStale(): boolean {
    return this.#running.isStale;
  }

  get phase(): Phase {
    const { state } = this.window.device;
    if (state.kind === 'unsupported' || state.kind === 'failed') return 'error';
    if (this.loading !== null || state.kind === 'recovering') return 'loading';
    if (!this.window.isStarted) return 'starting';
    if (this.running) return 'running';
    return this.#hasFailed ? 'error' : 'ready';
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
    const { model, text, pair, decode, chat } = this;
    return { model, text, pair, isChat: chat.isOn, decode };
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
  async openSaved(saved: SavedSlot, then: () => Promise<void>): Promise<boolean> {
    this.#saved = { saved, then };
    this.missing = null;
    this.text = saved.text;
    this.pair = saved.pair;
    await this.#opening.byId(saved.model.id, saved.model.name);
    if (this.#saved === null) await this.#arranged;
    return this.#saved === null;
  }

  /** A slot without a model, as a document has it. */
  restoreEmpty({ text, pair, linked }: Pick<SavedSlot, 'text' | 'pair' | 'linked'>): void {
    this.text = text;
    this.pair = pair;
    this.linked = linked;
  }

  /** The text and how its output is found, as a document has them; the other slots do not follow. */
  restoreText(text: string, pair: string | null, decode: DecodeOptions | null): Promise<void> {
    this.text = text;
    this.pair = pair;
    this.decode = decode;
    this.quiet = null;
    return this.runAgain();
  }

  /** Runs the text with tokens that were written behind it once. */
  rewrite(ids: readonly number[]): Promise<void> {
    return this.#running.rewrite(ids);
  }

  /** A run of another text on the open model, which the caller gives back. */
  hold(text: string): Promise<Run> {
    return this.#running.hold(text);
  }

  /** The model's files are not those that a document was made with. */
  tellChanged(name: string): void {
    this.window.notices.show(
      'open',
      {
        code: 'model-changed',
        message: `${name} of slot ${this.letter} has changed since the session was saved: its numbers may differ.`,
        hint: 'Go on with it as it is, or open the folder with the weights of then.',
      },
      { label: 'Open folder…', run: () => this.window.pointAt(this) },
      this.letter,
    );
  }

  /** Opens a model whose bytes are at hand. */
  openSource(source: WeightSource): Promise<void> {
    return this.#opening.source(source);
  }

  /** Opens the model again under another config, such as one that the user corrected. */
  async correct(config: Readonly<Record<string, unknown>>): Promise<void> {
    const source = this.model?.source;
    if (source === undefined) return;
    const type = config['model_type'];
    const model = { ...source.model, config, modelType: typeof type === 'string' ? type : null };
    await this.#opening.source({ ...source, model });
  }

  cancelLoading(): void {
    this.#opening.cancel();
  }

  /** The text, and the second one of a pair (null: none); the run follows, and so do slots that are linked. */
  setText(text: string, pair = this.pair): void {
    if (text === this.text && pair === this.pair) return;
    this.take({ text, pair });
    if (this.linked) this.window.share(this, { text, pair });
  }

  /** The second text of a pair, or none; the run follows. */
  setPair(pair: string | null): void {
    this.setText(this.text, pair);
  }

  /** Takes another slot's text over. */
  take({ text, pair }: { readonly text: string; readonly pair: string | null }): void {
    if (text === this.text && pair === this.pair) return;
    if (text !== this.text) this.decode = withoutText(this.decode);
    this.text = text;
    this.pair = pair;
    this.quiet = null;
    void this.runAgain();
  }

  /** Links the text with that of the other linked slots, which it then has, or lets it go its own way. */
  setLinked(linked: boolean): void {
    if (linked === this.linked) return;
    this.linked = linked;
    const texts = linked ? this.window.textFor(this) : null;
    if (texts !== null) this.take(texts);
  }

  /** How the output is found: beams, a given target, a forced beginning, attention set by hand; the run follows. */
  setDecode(decode: DecodeOptions | null): Promise<void> {
    this.decode = decode;
    return this.runAgain();
  }

  /** Writes token by token, see `Running.generate`. */
  generate(options: DecodeOptions, from: Kept | null): Promise<void> {
    return this.#running.generate(options, from);
  }

  /** Makes the run on screen one with the present changes; only what follows the first of them is computed. */
  applyChanges(): Promise<void> {
    return this.#running.applyChanges();
  }

  /**
   * Runs the text on another model of the library, beside the open ones, and gives everything back.
   * @throws what loading and running throw; the signal's reason.
   */
  async runElsewhere<Result>(
    id: string,
    text: string,
    use: (run: Run) => Promise<Result>,
    signal: AbortSignal,
  ): Promise<Result> {
    const { device, shelf } = this.window;
    return runOnce(device.backend, await device.ready, await shelf.source(id, signal), text, use, signal);
  }

  /** Runs another text on the open model, behind the work that is under way. @throws as `runText` */
  runBeside<Result>(text: string, use: (run: Run) => Promise<Result>, signal: AbortSignal): Promise<Result> {
    return this.#running.beside(text, use, signal);
  }

  cancelRun(): void {
    this.#running.cancel();
  }

  measure(profile: Profile): Promise<boolean> {
    return this.#running.measure(profile);
  }

  runAgain(): Promise<void> {
    return this.#running.again();
  }

  lose(): void {
    this.#opening.lose(this.model);
    this.#running.cancel();
    this.quiet = 'The GPU was lost: starting it again…';
  }

  async restore(): Promise<void> {
    try {
      if (this.model !== null) await this.#opening.restore(this.model);
    } catch (error) {
      this.#hasFailed = true;
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
    await this.#running.stop();
    this.interventions.reset(false);
    const { model } = this;
    this.model = null;
    // Views let go of the run first.
    await tick();
    this.screen.clear(model);
    for (const origin of ['open', 'files', 'run'] as const) this.window.notices.dismiss(origin, this.letter);
  }

  /** Tells what went wrong. */
  fail(origin: 'open' | 'run', thrown: unknown, action: Notice['action'] = null): void {
    const error = toApiError(thrown);
    // Told elsewhere, once: no device on its page, a lost device in the quiet line.
    if (this.window.device.state.kind === 'unsupported' || error.code === 'device-lost') return;
    this.#hasFailed = true;
    this.window.notices.show(origin, error, action, this.letter);
  }

  begun(): void {
    this.#hasFailed = false;
    this.window.device.engine.cancelTuning();
  }

  failed(error: unknown): void {
    this.fail('run', error, remedyOf(this, this.window.notices, error));
  }

  showing(run: Run): void {
    fitSelection(this.window.selection, this.letter, this.run, run);
    this.window.notices.dismiss('run', this.letter);
    this.window.device.engine.rest();
    const typed = this.encoding?.typed?.text ?? run.text;
    if (this.model !== null) this.window.settings.setText(this.model.source.model.id, typed);
  }

  shown(run: Run): void {
    void this.invalid.follow(run, this.model?.invalid ?? []).then(() => {
      const { error } = this.invalid;
      if (error !== null && this.run === run) this.window.notices.show('run', error, null, this.letter);
    });
  }

  /** What was there stays, and that is said quietly. */
  emptied(): void {
    this.window.notices.dismiss('run', this.letter);
    this.quiet = this.run === null ? null : 'The text is empty: the last run stays on screen.';
  }

  /** What a document has of the model that is on its way, and what follows when it is there. */
  #saved: { readonly saved: SavedSlot; readonly then: () => Promise<void> } | null = null;

  /** Resolves when what follows the opening of a document's model is done. */
  #arranged: Promise<void> = Promise.resolve();

  /** A model of a document that is not found can be pointed at; others are tried again. */
  #notOpened(thrown: unknown, retry: () => void): void {
    const saved = this.#saved?.saved;
    if (saved === undefined) {
      this.fail('open', thrown, { label: 'Try again', run: retry });
      return;
    }
    this.missing = saved;
    const { message } = toApiError(thrown);
    const error = new HeadgateError(
      'model-moved',
      `${saved.model.name} of slot ${this.letter} is not where it was when the session was saved. ${message}`,
      'Point at its folder, or drop it on the window; everything else is open.',
    );
    this.fail('open', error, { label: 'Point at it…', run: () => this.window.pointAt(this) });
  }

  /** Puts a model in the place of the former one, which stays until the new one's run is on screen. */
  #adopt(model: OpenModel): void {
    const former = this.model;
    const { source, tokenizer } = model;
    this.model = model;
    if (former !== null) this.screen.retire(former);
    this.interventions.reset(former?.source === source);
    const restored = this.#saved;
    this.#saved = null;
    this.missing = null;
    if (restored !== null) {
      const { text, pair, chat, linked, decode } = restored.saved;
      Object.assign(this, { text, pair, linked, decode });
      this.chat.restore(chat);
    } else if (former?.source.model.id !== source.model.id) {
      this.decode = null;
      const shared = this.linked ? this.window.textFor(this) : null;
      this.pair = shared?.pair ?? null;
      this.text =
        shared?.text ?? this.window.settings.textOf(source.model.id) ?? exampleFor(source.model, tokenizer);
      this.chat.follow(source.model.id);
    }
    this.window.notices.tellOfFiles(source.model.name, model.remarks.sentences, this.letter);
    this.#running.encoding = null;
    if (restored === null) void this.runAgain();
    else this.#arranged = restored.then();
    this.#running.follow((former) => this.#golden.follow(model, former));
  }
}
