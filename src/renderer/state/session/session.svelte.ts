import type { ApiError, AppState, ModelDetail, ModelSummary } from '../../../common/contract.ts';
import type { Api } from '../../api.ts';
import { toApiError } from '../../../common/error.ts';
import type { Profile } from '../../gpu/profile.ts';
import type { DecodeOptions, LoadProgress, RunInput } from '../../models/family.ts';
import { withRecognisedConfig } from '../../../common/configs/recognised.ts';
import type { WeightSource } from '../../models/weights.ts';
import type { Run } from '../../runs/run.ts';
import type { Backend, Device } from '../device/backend.ts';
import { withChanges, writeChanged } from './changed-model.ts';
import { Chat } from './chat.svelte.ts';
import { startOf, type Kept } from './continuation.ts';
import type { Dropped } from './drop.ts';
import { runOnce, runText } from './elsewhere.ts';
import { exampleFor } from './example.ts';
import type { Notices } from '../window/notices.svelte.ts';
import { Engine } from '../device/engine.svelte.ts';
import { GoldenCheck } from './golden.svelte.ts';
import { Interventions } from './interventions.svelte.ts';
import { Losses, TOO_MANY_LOSSES } from '../device/device-losses.ts';
import { isRunOf, runInput, withoutText } from './run-input.ts';
import { fitSelection, type Selection } from '../window/selection.svelte.ts';
import type { DeviceState, Encoding, Loading, OpenModel, Phase, Wish } from './session-state.ts';
import type { Settings } from '../window/settings.svelte.ts';
import { Screen } from './screen.svelte.ts';
import { Shelf } from './shelf.svelte.ts';
import { remedyOf } from './too-long.ts';
import { hostSource } from './weight-source.ts';
import { Work } from './work.svelte.ts';

/**
 * What the window works on: the GPU, the library, one model, one text, one run. The latest wish wins: a new text cancels
 * the run before, a new model the load before. What was there stays until the new is ready.
 */
export class Session {
  device = $state.raw<DeviceState>({ kind: 'starting' });
  app = $state.raw<AppState | null>(null);
  model = $state.raw<OpenModel | null>(null);
  loading = $state.raw<Loading | null>(null);
  text = $state('');
  /** The second text of a pair; null: one text. */
  pair = $state.raw<string | null>(null);
  /** How the output is found; null: the model's own way. What is about one text goes with it. */
  decode = $state.raw<DecodeOptions | null>(null);
  /** Tokens are being written, one after another. */
  generating = $state(false);
  /** The latest text whose tokens are known; newer than the run's while that is computed. */
  encoding = $state.raw<Encoding | null>(null);
  /** The last wish ended in an error. */
  failed = $state(false);
  /** One quiet line for the status line. */
  quiet = $state.raw<string | null>(null);
  readonly engine: Engine;
  readonly chat: Chat;
  readonly interventions: Interventions;
  readonly screen: Screen;

  #started = $state(false);
  readonly #restart = { label: 'Start the GPU again', run: () => void this.restartDevice() };
  #deviceReady: Promise<Device> = new Promise(() => undefined);
  readonly #losses = new Losses();
  #load: { readonly abort: AbortController; source: WeightSource | null } | null = null;
  readonly #work = new Work();
  readonly #shelf: Shelf;
  readonly #golden = new GoldenCheck();

  constructor(
    private readonly api: Api,
    private readonly backend: Backend,
    private readonly settings: Settings,
    private readonly selection: Selection,
    readonly notices: Notices,
  ) {
    this.engine = new Engine(this, settings);
    this.chat = new Chat(this, settings);
    this.interventions = new Interventions(this);
    this.screen = new Screen((run) => this.interventions.keeps(run));
    this.#shelf = new Shelf(api);
  }

  /** What views show. */
  get run(): Run | null {
    return this.screen.run;
  }

  get running(): boolean {
    return this.#work.running;
  }

  /** How far a long run is, as a share; null: nothing is known of it. */
  get progress(): number | null {
    return this.#work.progress;
  }

  get phase(): Phase {
    if (this.device.kind === 'unsupported') return 'error';
    if (this.loading !== null || this.device.kind === 'recovering') return 'loading';
    if (!this.#started) return 'starting';
    if (this.running) return 'running';
    return this.failed ? 'error' : 'ready';
  }

  /** The host's models, and those that were dropped here, last first. */
  get library(): readonly ModelSummary[] {
    return this.#shelf.models;
  }

  /** The example that came with the weights, run again; null: there is none. */
  get golden(): GoldenCheck['state'] {
    return this.#golden.state;
  }

  get #hasDevice(): boolean {
    return this.device.kind === 'ready';
  }

  /** GPU bytes held now. */
  get gpuBytes(): number {
    return this.device.kind === 'ready' ? this.device.device.bytes() : 0;
  }

  /** The tokens of a text that is not the run's are on their way. */
  get isStale(): boolean {
    return this.run !== null && !isRunOf(this.run, this.wish, this.encoding);
  }

  /** Opens the GPU, reads the library and opens the model that the host names. */
  async start(state: Promise<AppState>): Promise<void> {
    this.#openDevice('unsupported');
    try {
      const [app] = await Promise.all([state, this.#shelf.read()]);
      this.app = app;
      if (app.startModel !== null) {
        const opened = this.openById(app.startModel);
        this.#started = true;
        await opened;
      }
      if (app.startError !== null) this.#fail('open', app.startError);
    } catch (error) {
      this.#fail('open', error);
    }
    await this.#deviceReady.catch(() => undefined);
    this.#started = true;
  }

  /** Opens a model of the library. */
  openById(id: string): Promise<void> {
    const summary = this.library.find((model) => model.id === id);
    return this.#open(summary?.name ?? 'model', id, (signal) => this.#shelf.source(id, signal));
  }

  /** Opens a model that the host found, such as one of its folder dialog. */
  openDetail(detail: ModelDetail): Promise<void> {
    return this.#open(detail.name, detail.id, () => Promise.resolve(hostSource(this.api, detail)));
  }

  /** Lets the host's folder dialog choose a model. */
  async pick(): Promise<void> {
    try {
      const { model } = await this.api.pick();
      if (model !== null) await this.openDetail(model);
    } catch (error) {
      this.#fail('open', error);
    }
  }

  /** Opens a folder that was dropped on (or picked in) the window. */
  openDropped(dropped: Dropped): Promise<void> {
    return this.#open(dropped.name, null, (signal) => this.#shelf.add(dropped, signal));
  }

  /** Takes a model out of the library; one that is open stays open. */
  async forget(id: string): Promise<void> {
    try {
      await this.#shelf.forget(id);
    } catch (error) {
      this.#fail('open', error);
    }
  }

  /** Opens the model again under another config, such as one that the user corrected. */
  async correct(config: Readonly<Record<string, unknown>>): Promise<void> {
    const source = this.model?.source;
    if (source === undefined) return;
    const type = config['model_type'];
    const model = { ...source.model, config, modelType: typeof type === 'string' ? type : null };
    await this.#open(model.name, model.id, () => Promise.resolve({ ...source, model }));
  }

  cancelLoading(): void {
    this.#load?.abort.abort();
  }

  /** The text of the window, and the second one of a pair (null: none); the run follows. */
  setText(text: string, pair = this.pair): void {
    if (text === this.text && pair === this.pair) return;
    if (text !== this.text) this.decode = withoutText(this.decode);
    this.text = text;
    this.pair = pair;
    this.quiet = null;
    void this.runAgain();
  }

  /** The second text of a pair, or none; the run follows. */
  setPair(pair: string | null): void {
    this.setText(this.text, pair);
  }

  /** How the output is found: beams, a given target, a forced beginning, attention set by hand; the run follows. */
  setDecode(decode: DecodeOptions | null): Promise<void> {
    this.decode = decode;
    return this.runAgain();
  }

  /**
   * Writes token by token; every token gives a run. `cancelRun` stops it: what is written stays.
   * @param from what of the run on screen is kept, and the token that is put behind it; null: the prompt
   */
  generate(options: DecodeOptions, from: Kept | null): Promise<void> {
    const run = this.run;
    const start = from === null || run === null ? null : startOf(run, this.model?.loaded, from, options);
    return this.#begin(async (model, former, signal) => {
      const input = await this.#input(model, former, signal);
      if (input === null) return;
      const { tokens, decode } = start ?? { tokens: input.tokens, decode: options };
      const { changes } = this.interventions;
      this.generating = true;
      try {
        for await (const next of writeChanged(model.loaded, changes, { ...input, tokens, decode }, signal))
          await this.#show(next, signal);
      } finally {
        this.generating = false;
      }
    });
  }

  /** Makes the run on screen one with the present changes; only what follows the first of them is computed. */
  applyChanges(): Promise<void> {
    return this.#begin(async (model, former, signal) => {
      await former;
      signal.throwIfAborted();
      const { base } = this.screen;
      if (base === null || !this.screen.isOf(this.wish)) await this.#compute(model, former, signal);
      else await this.#showChanged(model, base, signal);
    });
  }

  /**
   * Runs a text on another model of the library, beside the one that is open, and gives everything back.
   * @throws what loading and running throw; the signal's reason.
   */
  async runElsewhere<Result>(
    id: string,
    text: string,
    use: (run: Run) => Promise<Result>,
    signal: AbortSignal,
  ): Promise<Result> {
    const device = await this.#deviceReady;
    return runOnce(this.backend, device, await this.#shelf.source(id, signal), text, use, signal);
  }

  /** Runs another text on the open model, behind the work that is under way. @throws as `runText` */
  runBeside<Result>(text: string, use: (run: Run) => Promise<Result>, signal: AbortSignal): Promise<Result> {
    return this.#work.queue(() => runText(this.model, text, use, signal));
  }

  /** Stops the run under way; the one before stays on screen. */
  cancelRun(): void {
    this.#work.stop();
  }

  /** Runs the same text again and files what its kernels took. @returns false when there was nothing to run. */
  async measure(profile: Profile): Promise<boolean> {
    let done = false;
    await this.#begin(async (model, former, signal) => {
      done = await this.#compute(model, former, signal, profile);
    });
    return done;
  }

  /** Runs the text, whatever was there before. */
  runAgain(): Promise<void> {
    return this.#begin(async (model, former, signal) => {
      await this.#compute(model, former, signal);
    });
  }

  /** Tries to get a GPU again after it was lost for good. */
  async restartDevice(): Promise<void> {
    this.#losses.forget();
    await this.#recover();
  }

  async #open(
    name: string,
    id: string | null,
    find: (signal: AbortSignal) => Promise<WeightSource>,
  ): Promise<void> {
    this.#load?.abort.abort();
    const load = { abort: new AbortController(), source: null as WeightSource | null };
    const { signal } = load.abort;
    this.#load = load;
    this.loading = { name, model: id, done: 0, total: 0 };
    this.failed = false;
    this.notices.dismiss('open');
    try {
      load.source = await find(signal);
      signal.throwIfAborted();
      await this.#adopt(load.source, signal);
    } catch (error) {
      if (!signal.aborted)
        this.#fail('open', error, { label: 'Try again', run: () => void this.#open(name, id, find) });
    } finally {
      if (this.#load === load) {
        this.#load = null;
        this.loading = null;
      }
    }
    await this.#shelf.refresh();
  }

  /** Loads a model and puts it in the place of the former one, which stays until the new one's run is on screen. */
  async #adopt(source: WeightSource, signal: AbortSignal): Promise<void> {
    const device = await this.#deviceReady;
    signal.throwIfAborted();
    const tokenizer = await this.backend.openTokenizer(source, signal);
    try {
      const progress = ({ done, total }: LoadProgress) => {
        if (!signal.aborted) this.loading = { name: source.model.name, model: source.model.id, done, total };
      };
      const { loaded, family, remarks } = await this.backend.load(device, source, progress, signal);
      if (signal.aborted) {
        loaded.dispose();
        signal.throwIfAborted();
      }
      const former = this.model;
      const { recognised } = withRecognisedConfig(source.model);
      const model = { source, family, loaded, tokenizer, recognised, remarks };
      this.model = model;
      this.notices.tellOfFiles(source.model.name, remarks.sentences);
      if (former !== null) this.screen.retire(former);
      this.interventions.reset(former?.source === source);
      if (former?.source.model.id !== source.model.id) {
        this.pair = null;
        this.decode = null;
        this.text = this.settings.textOf(source.model.id) ?? exampleFor(source.model, tokenizer);
        this.chat.follow(source.model.id);
      }
      this.encoding = null;
      void this.runAgain();
      this.#work.follow((former) => this.#golden.follow(model, former));
    } catch (error) {
      tokenizer.dispose();
      throw error;
    }
  }

  /** Does the work of the latest wish. */
  async #begin(
    job: (model: OpenModel, former: Promise<void>, signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    this.#work.stop();
    this.engine.cancelTuning();
    const model = this.model;
    if (model === null) return;
    this.failed = false;
    await this.#work.start(
      (former, signal) => job(model, former, signal),
      (error) => this.#fail('run', error, remedyOf(this, error)),
    );
  }

  /** Runs the text, with the changes that are wished for, and shows it. @returns false for a text without tokens */
  async #compute(
    model: OpenModel,
    former: Promise<void>,
    signal: AbortSignal,
    profile: Profile | null = null,
  ): Promise<boolean> {
    const input = await this.#input(model, former, signal);
    if (input === null) {
      // What was there stays, and that is said quietly.
      this.notices.dismiss('run');
      this.quiet = this.run === null ? null : 'The text is empty: the last run stays on screen.';
    } else await this.#showChanged(model, await model.loaded.run({ ...input, profile }, signal), signal);
    return input !== null;
  }

  /** Makes the changes that are wished for and shows the run; where they can't be made, the run without them. */
  async #showChanged({ loaded }: OpenModel, base: Run, signal: AbortSignal): Promise<void> {
    const changed = withChanges(loaded, base, this.interventions.changes, signal);
    await this.#show(await changed.catch(() => base), signal);
    await changed;
  }

  /** The input of the latest wish; null for a text without tokens. */
  #input(model: OpenModel, former: Promise<void>, signal: AbortSignal): Promise<RunInput | null> {
    const onEncoded = (encoding: Encoding) => (this.encoding = encoding);
    const onProgress = (done: number, total: number) => {
      if (!signal.aborted) this.#work.progress = total > 0 ? done / total : null;
    };
    return runInput(model, this.wish, former, { onEncoded, onProgress }, signal);
  }

  /** What the next run is made of. */
  get wish(): Wish {
    const { model, text, pair, decode, chat } = this;
    return { model, text, pair, isChat: chat.isOn, decode };
  }

  /** @throws the signal's reason, with the run given back: nobody waits for it. */
  async #show(run: Run, signal: AbortSignal): Promise<void> {
    if (signal.aborted) this.screen.release(run);
    signal.throwIfAborted();
    fitSelection(this.selection, this.run, run);
    this.notices.dismiss('run');
    this.engine.rest();
    const typed = this.encoding?.typed?.text ?? run.text;
    if (this.model !== null) this.settings.setText(this.model.source.model.id, typed);
    await this.screen.put(run, this.wish);
  }

  #openDevice(otherwise: 'unsupported' | 'failed'): void {
    const opening = this.backend.openDevice(() => void this.#recover(), this.settings.activationBudget);
    this.#deviceReady = opening;
    opening.then(
      (device) => {
        this.device = { kind: 'ready', device };
        this.engine.attach(device.gpu ?? null);
      },
      (error: unknown) => {
        if (otherwise === 'unsupported') {
          this.device = { kind: 'unsupported', error: toApiError(error) };
          this.cancelLoading();
        } else this.#giveUp(toApiError(error));
      },
    );
  }

  /** After a loss: a new device, the model on it again, the run again. What was being loaded starts over. */
  async #recover(): Promise<void> {
    const pending = this.#load;
    pending?.abort.abort();
    this.#work.stop();
    if (!this.#losses.add(Date.now())) {
      this.#giveUp(TOO_MANY_LOSSES);
      return;
    }
    this.device = { kind: 'recovering' };
    this.quiet = 'The GPU was lost: starting it again…';
    this.#openDevice('failed');
    const model = this.model;
    const load = { abort: new AbortController(), source: model?.source ?? null };
    this.#load = load;
    try {
      await this.#deviceReady;
      if (model !== null) {
        this.loading = { name: model.source.model.name, model: model.source.model.id, done: 0, total: 0 };
        await this.#adopt(model.source, load.abort.signal);
      }
      this.quiet = 'The GPU was lost and is back; the run was repeated.';
    } catch (error) {
      if (!load.abort.signal.aborted && this.#hasDevice) this.#fail('gpu', error, this.#restart);
    } finally {
      if (this.#load === load) {
        this.#load = null;
        this.loading = null;
      }
    }
    const source = pending?.source ?? null;
    if (source !== null && source !== model?.source && this.#load === null)
      await this.#open(source.model.name, source.model.id, () => Promise.resolve(source));
  }

  #giveUp(error: ApiError): void {
    this.device = { kind: 'failed' };
    this.quiet = null;
    this.#fail('gpu', error, this.#restart);
  }

  #fail(
    origin: 'open' | 'run' | 'gpu',
    thrown: unknown,
    action: { readonly label: string; run(): void } | null = null,
  ): void {
    const error = toApiError(thrown);
    // Told elsewhere, once: no device on its page, a lost device in the quiet line.
    if (this.device.kind === 'unsupported') return;
    if (error.code === 'device-lost' && origin !== 'gpu') return;
    this.failed = true;
    this.notices.show(origin, error, action);
  }
}
