import type { ModelSummary } from '../../../common/contract.ts';
import type { Api } from '../../api.ts';
import type { WeightSource } from '../../models/weights.ts';
import { mayBeWeights } from '../../../common/file-kind.ts';
import { droppedSource, modelsOf, type Dropped } from './drop.ts';
import { hostSource } from './weight-source.ts';

/** A model that was seen in a dropped folder, and not read. */
interface Offered {
  readonly summary: ModelSummary;
  readonly dropped: Dropped;
}

/** They are numbered in this window. */
let offers = 0;

function summaryOf({ name, files }: Dropped): ModelSummary {
  const weights = files.filter((file) => mayBeWeights(file.name));
  const bytes = weights.reduce((sum, { file }) => sum + file.size, 0);
  return { id: `offered-${++offers}`, name, source: 'dropped', modelType: null, bytes };
}

/** The models that can be opened: the host's, and those that were dropped on the window. */
export class Shelf {
  #listed = $state.raw<readonly ModelSummary[]>([]);
  /** Models that were dropped on the window; it alone can read them, so they live as long as it does. */
  #dropped = $state.raw<readonly WeightSource[]>([]);

  /** What lies in dropped folders beside the model that was opened, and is read when somebody opens it. */
  #offered = $state.raw<readonly Offered[]>([]);

  constructor(private readonly api: Api) {}

  /** The host's models, and those that were dropped here, last first. */
  get models(): readonly ModelSummary[] {
    const dropped = this.#dropped.map(({ model }) => model);
    const names = dropped.map(({ name }) => name);
    const offered = this.#offered.filter(({ summary }) => !names.includes(summary.name));
    return [...this.#listed, ...dropped, ...offered.map(({ summary }) => summary)];
  }

  /** Reads the host's list. @throws {HeadgateError} what the host says. */
  async read(): Promise<void> {
    this.#listed = await this.api.models();
  }

  /** Reads the host's list again; it is a help, no more: when it can't be read, the one before stays. */
  async refresh(): Promise<void> {
    await this.read().catch(() => undefined);
  }

  /** Where a model's tensors are read. @throws {HeadgateError} what the host says; the signal's reason. */
  async source(id: string, signal: AbortSignal): Promise<WeightSource> {
    const dropped = this.#dropped.find(({ model }) => model.id === id);
    const offered = this.#offered.find(({ summary }) => summary.id === id);
    if (dropped === undefined && offered !== undefined) return this.#read(offered.dropped, signal);
    return dropped ?? hostSource(this.api, await this.api.model(id, signal));
  }

  /** Lists a folder that was dropped, in the place of one of the same name. @throws as `droppedSource` */
  add(dropped: Dropped, signal: AbortSignal): Promise<WeightSource> {
    const inside = modelsOf(dropped).map((model) => ({ dropped: model, summary: summaryOf(model) }));
    const names = inside.map(({ summary }) => summary.name);
    this.#offered = [...inside, ...this.#offered.filter(({ summary }) => !names.includes(summary.name))];
    return this.#read(dropped, signal);
  }

  async #read(dropped: Dropped, signal: AbortSignal): Promise<WeightSource> {
    const source = await droppedSource(dropped, signal);
    this.#dropped = [source, ...this.#dropped.filter(({ model }) => model.name !== source.model.name)];
    return source;
  }

  /** Takes a model off the list. @throws {HeadgateError} what the host says. */
  async forget(id: string): Promise<void> {
    if (this.#dropped.some(({ model }) => model.id === id)) {
      this.#dropped = this.#dropped.filter(({ model }) => model.id !== id);
      return;
    }
    if (this.#offered.some(({ summary }) => summary.id === id)) {
      this.#offered = this.#offered.filter(({ summary }) => summary.id !== id);
      return;
    }
    await this.api.forget(id);
    await this.refresh();
  }
}
