import type { ModelSummary } from '../../../common/contract.ts';
import type { Run } from '../../runs/run.ts';
import type { Session } from './session.svelte.ts';

/** Types of models with recurrent layers over one text. */
const RECURRENT = ['rnn-lm', 'rnn-tagger', 'rnn-classifier'];

/** How views look at other models of the library with the same text. */
class Comparison {
  #session = $state.raw<Pick<Session, 'library' | 'runElsewhere'> | null>(null);

  /** The window's session; without one there is nothing to compare with. */
  attach(session: Pick<Session, 'library' | 'runElsewhere'>): void {
    this.#session = session;
  }

  /** Recurrent models of the library besides one. */
  othersThan(id: string): readonly ModelSummary[] {
    const { library = [] } = this.#session ?? {};
    return library.filter((model) => model.id !== id && RECURRENT.includes(model.modelType ?? ''));
  }

  /** Runs the text on another model, beside the one that is open. @throws as `Session.runElsewhere`. */
  run<Result>(
    id: string,
    text: string,
    use: (run: Run) => Promise<Result>,
    signal: AbortSignal,
  ): Promise<Result> {
    if (this.#session === null) throw new Error('There is no session to compare in.');
    return this.#session.runElsewhere(id, text, use, signal);
  }
}

/** The window's comparison. */
export const comparison = new Comparison();
