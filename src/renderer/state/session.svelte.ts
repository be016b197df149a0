import { tick } from 'svelte';
import type { ApiError, AppState, ModelDetail, ModelSummary } from '../../main/api/contract.ts';
import type { Api } from '../api.ts';
import { toApiError } from '../error.ts';
import type { LoadedModel, LoadProgress } from '../models/family.ts';
import type { WeightSource } from '../models/weights.ts';
import type { Run, Token } from '../runs/run.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import type { Backend, Device } from './backend.ts';
import { readDropped, type Dropped } from './drop.ts';
import { EXAMPLE_TEXT } from './example.ts';
import type { Notices } from './notices.svelte.ts';
import { fitSelection, type Selection } from './selection.svelte.ts';
import type { Settings } from './settings.svelte.ts';
import { fileSource, hostSource } from './weight-source.ts';

/** What the window waits for; also `data-state` of the document, which tests wait for. */
export type Phase = 'starting' | 'loading' | 'running' | 'ready' | 'error';

export type DeviceState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'ready'; readonly device: Device }
  | { readonly kind: 'recovering' }
  /** There is none to begin with: a page says what to do. */
  | { readonly kind: 'unsupported'; readonly error: ApiError }
  /** It was lost and did not come back. */
  | { readonly kind: 'failed' };

/** A model whose weights are on the GPU. */
export interface OpenModel {
  readonly source: WeightSource;
  readonly family: string;
  readonly loaded: LoadedModel;
  readonly tokenizer: Tokenizer;
}

export interface Loading extends LoadProgress {
  readonly name: string;
  readonly model: string | null;
}

/** A text with its tokens. */
export interface Encoding {
  readonly text: string;
  readonly tokens: readonly Token[];
}

/** So many losses within this time, ms, are no accident: the user decides about another try. */
const MOST_LOSSES = 3;
const LOSS_WINDOW = 60_000;

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
  /** The latest text whose tokens are known; newer than the run's while that is computed. */
  encoding = $state.raw<Encoding | null>(null);
  run = $state.raw<Run | null>(null);
  running = $state(false);
  /** How far a long run is, as a share; null: nothing is known of it. */
  progress = $state.raw<number | null>(null);
  /** The last wish ended in an error. */
  failed = $state(false);
  /** One quiet line for the status line. */
  quiet = $state.raw<string | null>(null);

  #started = $state(false);
  readonly #restart = { label: 'Start the GPU again', run: () => void this.restartDevice() };
  #deviceReady: Promise<Device>;
  #losses: number[] = [];
  #load: { readonly abort: AbortController; source: WeightSource | null } | null = null;
  #runAbort: AbortController | null = null;
  #lastRun: Promise<void> = Promise.resolve();
  #retired: OpenModel[] = [];
  #listed = $state.raw<readonly ModelSummary[]>([]);
  /** Models that were dropped on the window; it alone can read them, so they live as long as it does. */
  #dropped = $state.raw<readonly WeightSource[]>([]);

  constructor(
    private readonly api: Api,
    private readonly backend: Backend,
    private readonly settings: Settings,
    private readonly selection: Selection,
    readonly notices: Notices,
  ) {
    this.#deviceReady = new Promise(() => undefined);
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
    return [...this.#listed, ...this.#dropped.map(({ model }) => model)];
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
    return this.run !== null && this.run.text !== this.text;
  }

  /** Opens the GPU, reads the library and opens the model that the host names. */
  async start(state: Promise<AppState>): Promise<void> {
    this.#openDevice('unsupported');
    try {
      const [app, library] = await Promise.all([state, this.api.models()]);
      this.app = app;
      this.#listed = library;
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
    const dropped = this.#dropped.find(({ model }) => model.id === id);
    return this.#open(summary?.name ?? 'model', id, async (signal) => {
      return dropped ?? hostSource(this.api, await this.api.model(id, signal));
    });
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
    return this.#open(dropped.name, null, async (signal) => {
      const detail = await readDropped(this.api, dropped, signal);
      const files = dropped.files.map(({ file }) => file);
      const source = fileSource(detail, files);
      this.#dropped = [source, ...this.#dropped.filter(({ model }) => model.name !== detail.name)];
      return source;
    });
  }

  /** Takes a model out of the library; one that is open stays open. */
  async forget(id: string): Promise<void> {
    if (this.#dropped.some(({ model }) => model.id === id)) {
      this.#dropped = this.#dropped.filter(({ model }) => model.id !== id);
      return;
    }
    try {
      await this.api.forget(id);
      await this.#readLibrary();
    } catch (error) {
      this.#fail('open', error);
    }
  }

  cancelLoading(): void {
    this.#load?.abort.abort();
  }

  /** The text of the window; the run follows. */
  setText(text: string): void {
    if (text === this.text) return;
    this.text = text;
    this.quiet = null;
    void this.#rerun();
  }

  /** Stops the run under way; the one before stays on screen. */
  cancelRun(): void {
    this.#runAbort?.abort();
  }

  /** Repeats the run of the same text. */
  runAgain(): Promise<void> {
    return this.#rerun();
  }

  /** Tries to get a GPU again after it was lost for good. */
  async restartDevice(): Promise<void> {
    this.#losses = [];
    await this.#recover();
  }

  /** The list is a help, no more: when it can't be read, the one before stays. */
  async #readLibrary(): Promise<void> {
    this.#listed = await this.api.models().catch(() => this.#listed);
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
    await this.#readLibrary();
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
      const { loaded, family } = await this.backend.load(device, source, progress, signal);
      if (signal.aborted) {
        loaded.dispose();
        signal.throwIfAborted();
      }
      const former = this.model;
      this.model = { source, family, loaded, tokenizer };
      if (former !== null) this.#retired.push(former);
      if (former?.source.model.id !== source.model.id)
        this.text = this.settings.textOf(source.model.id) ?? EXAMPLE_TEXT;
      this.encoding = null;
      void this.#rerun();
    } catch (error) {
      tokenizer.dispose();
      throw error;
    }
  }

  async #rerun(): Promise<void> {
    this.#runAbort?.abort();
    const model = this.model;
    if (model === null) return;
    const abort = new AbortController();
    const { signal } = abort;
    this.#runAbort = abort;
    this.running = true;
    this.progress = null;
    this.failed = false;
    const work = this.#compute(model, this.text, this.#lastRun, signal);
    this.#lastRun = work.then(
      () => undefined,
      () => undefined,
    );
    try {
      const run = await work;
      if (signal.aborted) run?.dispose();
      else if (run !== null) await this.#show(run);
      else this.#showNothing();
    } catch (error) {
      if (!signal.aborted) this.#fail('run', error, { label: 'Run again', run: () => void this.#rerun() });
    } finally {
      if (this.#runAbort === abort) {
        this.#runAbort = null;
        this.running = false;
      }
    }
  }

  /** Null for a text without tokens. At most one run is on the GPU: it begins when the former one has stopped. */
  async #compute(
    { loaded, tokenizer }: OpenModel,
    text: string,
    former: Promise<void>,
    signal: AbortSignal,
  ): Promise<Run | null> {
    const tokens = await tokenizer.encode(text, signal);
    signal.throwIfAborted();
    this.encoding = { text, tokens };
    await former;
    signal.throwIfAborted();
    if (tokens.length === 0) return null;
    const onProgress = (done: number, total: number) => {
      if (!signal.aborted) this.progress = total > 0 ? done / total : null;
    };
    return loaded.run({ text, tokens, vocabulary: (id) => tokenizer.token(id), onProgress }, signal);
  }

  async #show(run: Run): Promise<void> {
    const old = this.run;
    fitSelection(this.selection, old, run);
    this.run = run;
    this.notices.dismiss('run');
    const retired = this.#retired;
    this.#retired = [];
    if (this.model !== null) this.settings.setText(this.model.source.model.id, run.text);
    // Views let go of the old run first.
    await tick();
    old?.dispose();
    for (const { loaded, tokenizer } of retired) {
      loaded.dispose();
      tokenizer.dispose();
    }
  }

  /** The text is empty: what was there stays, and that is said quietly. */
  #showNothing(): void {
    this.notices.dismiss('run');
    this.quiet = this.run === null ? null : 'The text is empty: the last run stays on screen.';
  }

  #openDevice(otherwise: 'unsupported' | 'failed'): void {
    const opening = this.backend.openDevice(() => void this.#recover(), this.settings.activationBudget);
    this.#deviceReady = opening;
    opening.then(
      (device) => {
        this.device = { kind: 'ready', device };
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
    this.#runAbort?.abort();
    const now = Date.now();
    this.#losses = [...this.#losses.filter((time) => now - time < LOSS_WINDOW), now];
    if (this.#losses.length > MOST_LOSSES) {
      this.#giveUp({
        code: 'device-lost',
        message: 'The graphics device was lost again and again.',
        hint: 'A shorter text or a smaller model asks less of it; a newer graphics driver may help.',
      });
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
    const error = isApiError(thrown) ? thrown : toApiError(thrown);
    // Told elsewhere, once: no device on its page, a lost device in the quiet line.
    if (this.device.kind === 'unsupported') return;
    if (error.code === 'device-lost' && origin !== 'gpu') return;
    this.failed = true;
    this.notices.show(origin, error, action);
  }
}

function isApiError(value: unknown): value is ApiError {
  return (
    typeof value === 'object' && value !== null && 'code' in value && 'hint' in value && 'message' in value
  );
}
