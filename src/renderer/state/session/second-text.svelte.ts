import type { Run } from '../../runs/run.ts';
import type { SlotOwner } from './slot-owner.ts';
import { hasEmbedding, similarityOf } from './similarity.ts';

/** What a second text is there for: it is read together with the first, or its meaning is compared with the first's. */
export type Use = 'pair' | 'comparison';

/** The second text of models that only read. */
export class SecondText {
  /** Null: the user has not said; the model's kind decides. */
  #wanted = $state.raw<Use | null>(null);
  #compared = $state.raw<string | null>(null);

  constructor(private readonly slot: Pick<SlotOwner, 'model' | 'run' | 'pair' | 'setPair' | 'runBeside'>) {}

  /** The model makes one vector of a text, so that two texts can be compared. */
  get canCompare(): boolean {
    return hasEmbedding(this.slot.run);
  }

  /** The model was trained to compare texts: its folder is one of sentence-transformers. */
  get isMadeToCompare(): boolean {
    return this.slot.model?.source.model.files.some(({ name }) => name === 'modules.json') === true;
  }

  get use(): Use {
    if (!this.canCompare) return 'pair';
    return this.#wanted ?? (this.isMadeToCompare ? 'comparison' : 'pair');
  }

  get value(): string | null {
    return this.use === 'pair' ? this.slot.pair : this.#compared;
  }

  /** The text that is compared with; null: none. */
  get compared(): string | null {
    return this.use === 'comparison' ? this.#compared : null;
  }

  set(value: string | null): void {
    if (this.use === 'pair') this.slot.setPair(value);
    else this.#compared = value;
  }

  /** The text goes along. */
  setUse(use: Use): void {
    const { value } = this;
    if (use === this.use) return;
    this.set(null);
    this.#wanted = use;
    this.set(value);
  }

  /**
   * Similarity of a run's text and another one, which is run beside it: the cosine, from −1 to 1.
   * @throws what the run throws; the signal's reason.
   */
  similarity(run: Run, text: string, signal: AbortSignal): Promise<number> {
    return this.slot.runBeside(text, (other) => similarityOf(run, other), signal);
  }
}
