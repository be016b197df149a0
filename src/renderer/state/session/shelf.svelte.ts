import type { ModelSummary } from '../../../common/contract.ts';
import type { Api } from '../../api.ts';
import type { WeightSource } from '../../models/weights.ts';
import { droppedSource, type Dropped } from './drop.ts';
import { hostSource } from './weight-source.ts';

/** The models that can be opened: the host's, and those that were dropped on the window. */
export class Shelf {
  #listed = $state.raw<readonly ModelSummary[]>([]);
  /** Models that were dropped on the window; it alone can read them, so they live as long as it does. */
  #dropped = $state.raw<readonly WeightSource[]>([]);

  constructor(private readonly api: Api) {}

  /** The host's models, and those that were dropped here, last first. */
  get models(): readonly ModelSummary[] {
    return [...this.#listed, ...this.#dropped.map(({ model }) => model)];
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
    return dropped ?? hostSource(this.api, await this.api.model(id, signal));
  }

  /** Lists a folder that was dropped, in the place of one of the same name. @throws as `droppedSource` */
  async add(dropped: Dropped, signal: AbortSignal): Promise<WeightSource> {
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
    await this.api.forget(id);
    await this.refresh();
  }
}
