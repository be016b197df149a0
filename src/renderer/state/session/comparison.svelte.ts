import type { ModelSummary } from '../../../common/contract.ts';
import type { Run } from '../../runs/run.ts';
import type { Shelf } from './shelf.svelte.ts';
import type { SlotOwner } from './slot-owner.ts';

/** Types of models with recurrent layers over one text. */
const RECURRENT = ['rnn-lm', 'rnn-tagger', 'rnn-classifier'];

/** The window with its library. */
interface Comparable {
  readonly slots: { readonly shelf: Pick<Shelf, 'models'> };
  readonly session: Pick<SlotOwner, 'runElsewhere'>;
}

/** How views look at other models of the library with the same text. */
class Comparison {
  #window = $state.raw<Comparable | null>(null);

  /** Without a window there is nothing to compare with. */
  attach(window: Comparable): void {
    this.#window = window;
  }

  /** Recurrent models of the library besides one. */
  othersThan(id: string): readonly ModelSummary[] {
    const models = this.#window?.slots.shelf.models ?? [];
    return models.filter((model) => model.id !== id && RECURRENT.includes(model.modelType ?? ''));
  }

  /** Runs the text on another model, beside the one that is open. @throws as `Slot.runElsewhere`. */
  run<Result>(
    id: string,
    text: string,
    use: (run: Run) => Promise<Result>,
    signal: AbortSignal,
  ): Promise<Result> {
    if (this.#window === null) throw new Error('There is no window to compare in.');
    return this.#window.session.runElsewhere(id, text, use, signal);
  }
}

/** The window's comparison. */
export const comparison = new Comparison();
