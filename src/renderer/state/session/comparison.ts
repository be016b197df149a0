import type { ModelSummary } from '../../../common/contract.ts';
import type { Run } from '../../runs/run.ts';
import type { Shelf } from './shelf.svelte.ts';
import type { SlotOwner } from './slot-owner.ts';

/** Types of models with recurrent layers: those over one text, and those that write another one. */
const RECURRENT = [['rnn-lm', 'rnn-tagger', 'rnn-classifier'], ['seq2seq']];

/** The window, with its library and its active slot. */
interface Comparable {
  readonly slots: { readonly shelf: Pick<Shelf, 'models'> };
  readonly session: Pick<SlotOwner, 'runElsewhere'>;
}

/** How views look at other models of the library with the same text. */
export class Comparison {
  constructor(private readonly window: Comparable) {}

  /** Recurrent models of the library besides one: its sisters, or all over one text where it is not in the library. */
  othersThan(id: string): readonly ModelSummary[] {
    const models = this.window.slots.shelf.models;
    const type = models.find((model) => model.id === id)?.modelType ?? '';
    const types = RECURRENT.find((kind) => kind.includes(type)) ?? RECURRENT[0] ?? [];
    return models.filter((model) => model.id !== id && types.includes(model.modelType ?? ''));
  }

  /** Runs the text on another model, beside the one that is open. @throws as `Slot.runElsewhere`. */
  run<Result>(
    id: string,
    text: string,
    use: (run: Run) => Promise<Result>,
    signal: AbortSignal,
  ): Promise<Result> {
    return this.window.session.runElsewhere(id, text, use, signal);
  }
}
