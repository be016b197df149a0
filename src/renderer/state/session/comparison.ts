import { CAPTURE_TYPE } from '../../../common/configs/capture.ts';
import { findSpec } from '../../../common/configs/registry.ts';
import type { ModelSummary } from '../../../common/contract.ts';
import type { Run } from '../../runs/run.ts';
import type { Shelf } from './shelf.svelte.ts';
import type { SlotOwner } from './slot-owner.ts';

/** What a type of model does with a text: reads it, writes another one, or nothing that could be compared. */
function useOf(type: string | null): 'reads' | 'writes' | null {
  const spec = findSpec(type);
  if (spec === null || type === 'word-vectors' || type === CAPTURE_TYPE) return null;
  return type === 'seq2seq' || spec.generation?.start !== undefined ? 'writes' : 'reads';
}

/** The window, with its library and its active slot. */
interface Comparable {
  readonly slots: { readonly shelf: Pick<Shelf, 'models'> };
  readonly session: Pick<SlotOwner, 'runElsewhere'>;
}

/** How views look at other models of the library with the same text. */
export class Comparison {
  constructor(private readonly window: Comparable) {}

  /**
   * Models of the library that a model may be compared with: translators with translators, all others, recurrent or not,
   * with each other.
   */
  othersThan(id: string): readonly ModelSummary[] {
    const models = this.window.slots.shelf.models;
    const own = useOf(models.find((model) => model.id === id)?.modelType ?? null) ?? 'reads';
    return models.filter((model) => model.id !== id && useOf(model.modelType ?? null) === own);
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
