import type { ApiError } from '../../../common/contract.ts';
import { toApiError } from '../../../common/error.ts';
import { Latest, isAbort } from '../../common/latest.ts';

/**
 * The answer to the newest question, asked of the GPU. The answer before stays until the next one is there; questions
 * that nobody waits for any more are skipped.
 */
export class Answer<Question, Value> {
  value = $state.raw<{ readonly question: Question; readonly value: Value } | null>(null);
  error = $state.raw<ApiError | null>(null);
  readonly #latest: Latest<Question>;

  constructor(ask: (question: Question) => Promise<Value>) {
    this.#latest = new Latest(
      async (question) => {
        const value = await ask(question);
        if (this.#latest.closed) return;
        this.value = { question, value };
        this.error = null;
      },
      (error) => {
        // A run that was disposed of meanwhile: the next question is about the next one.
        if (!isAbort(error)) this.error = toApiError(error);
      },
    );
  }

  ask(question: Question): void {
    this.#latest.ask(question);
  }

  close(): void {
    void this.#latest.close();
  }
}
