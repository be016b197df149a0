import type { ModelDetail } from '../../../common/contract.ts';
import { withRecognisedConfig } from '../../../common/configs/recognised.ts';
import { withTokenizer } from '../../../common/load-report.ts';
import type { LoadProgress } from '../../models/family.ts';
import type { WeightSource } from '../../models/weights.ts';
import type { Dropped } from './drop.ts';
import { exampleFor } from './example.ts';
import type { Loading, OpenModel } from './session-state.ts';
import type { SlotWindow } from './slot-window.ts';
import { hostSource } from './weight-source.ts';

type Find = (signal: AbortSignal) => Promise<WeightSource>;

/** A load under way. */
interface Load {
  readonly abort: AbortController;
  /** Begins it anew; null: it brings back what was there. */
  readonly again: (() => Promise<void>) | null;
}

/** What becomes of a slot's wish for a model. */
interface OpeningEvents {
  /** It is begun. */
  begun(): void;
  /** Its weights are on the GPU. */
  adopt(model: OpenModel): void;
  /** @param source what was read before it failed; null: nothing */
  failed(error: unknown, retry: () => void, source: WeightSource | null): void;
}

/** Opening models in a slot: the latest wish wins, and the model before stays until the new one is there. */
export class Opening {
  loading = $state.raw<Loading | null>(null);
  #load: Load | null = null;
  /** Opens what was being opened when the device was lost. */
  #interrupted: (() => Promise<void>) | null = null;

  constructor(
    private readonly window: SlotWindow,
    private readonly events: OpeningEvents,
  ) {}

  /** Opens a model of the library. */
  byId(id: string, name = 'model'): Promise<void> {
    const { shelf } = this.window;
    const summary = shelf.models.find((model) => model.id === id);
    return this.open(summary?.name ?? name, id, (signal) => shelf.source(id, signal));
  }

  /** Opens a model that the host found, such as one of its folder dialog. */
  detail(detail: ModelDetail): Promise<void> {
    const source = hostSource(this.window.api, detail);
    return this.open(detail.name, detail.id, () => Promise.resolve(source));
  }

  /** Opens a folder that was dropped on (or picked in) the window. */
  dropped(dropped: Dropped): Promise<void> {
    return this.open(dropped.name, null, (signal) => this.window.shelf.add(dropped, signal));
  }

  /** Opens a model whose bytes are at hand. */
  source(source: WeightSource): Promise<void> {
    return this.open(source.model.name, source.model.id, () => Promise.resolve(source));
  }

  /** Opens a model again under another config. */
  correct(source: WeightSource, config: Readonly<Record<string, unknown>>): Promise<void> {
    const type = config['model_type'];
    const model = { ...source.model, config, modelType: typeof type === 'string' ? type : null };
    return this.source({ ...source, model });
  }

  cancel(): void {
    this.#load?.abort.abort();
  }

  /** The device is gone; `resume` goes on with what was being opened. */
  lose(): void {
    this.#interrupted = this.#load?.again ?? this.#interrupted;
    this.cancel();
  }

  /** Puts a model on a new device. Rejects when it can't be put there. */
  async restore({ source }: OpenModel): Promise<void> {
    const load: Load = { abort: new AbortController(), again: null };
    this.#load = load;
    try {
      await this.window.device.ready;
      this.loading = { name: source.model.name, model: source.model.id, done: 0, total: 0 };
      await this.#adopt(source, load.abort.signal);
    } catch (error) {
      if (!load.abort.signal.aborted) throw error;
    } finally {
      this.#end(load);
    }
  }

  /** Opens what was being opened when the device was lost, unless something else was wished for since. */
  async resume(): Promise<void> {
    const again = this.#interrupted;
    if (again === null || this.#load !== null) return;
    this.#interrupted = null;
    await again();
  }

  /** @param find gives the model's files; it is asked again when the user tries again */
  async open(name: string, id: string | null, find: Find): Promise<void> {
    this.cancel();
    this.#interrupted = null;
    const again = () => this.open(name, id, find);
    const load: Load = { abort: new AbortController(), again };
    const { signal } = load.abort;
    let source: WeightSource | null = null;
    this.#load = load;
    this.loading = { name, model: id, done: 0, total: 0 };
    this.events.begun();
    try {
      source = await find(signal);
      signal.throwIfAborted();
      await this.#adopt(source, signal);
    } catch (error) {
      if (!signal.aborted) this.events.failed(error, () => void again(), source);
    } finally {
      this.#end(load);
    }
    await this.window.shelf.refresh();
  }

  async #adopt(source: WeightSource, signal: AbortSignal): Promise<void> {
    const device = await this.window.device.ready;
    const { backend } = this.window.device;
    signal.throwIfAborted();
    const tokenizer = await backend.openTokenizer(source, signal);
    try {
      const progress = ({ done, total }: LoadProgress) => {
        if (!signal.aborted) this.loading = { name: source.model.name, model: source.model.id, done, total };
      };
      const held = await this.window.weights.hold(device, source, progress, signal);
      const example = await exampleFor(source.model, tokenizer, held.loaded.maxTokens);
      if (signal.aborted) {
        held.release();
        signal.throwIfAborted();
      }
      const { invalid = [] } = held;
      const release = () => {
        held.release();
        tokenizer.dispose();
      };
      const report =
        held.report === undefined ? null : withTokenizer(held.report, source.model.config, tokenizer);
      const { recognised } = withRecognisedConfig(source.model);
      this.events.adopt({ ...held, source, tokenizer, example, recognised, report, invalid, release });
    } catch (error) {
      tokenizer.dispose();
      throw error;
    }
  }

  #end(load: object): void {
    if (this.#load !== load) return;
    this.#load = null;
    this.loading = null;
  }
}
