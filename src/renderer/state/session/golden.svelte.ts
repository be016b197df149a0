import type { ApiError } from '../../../common/contract.ts';
import { toApiError } from '../../../common/error.ts';
import { checkGolden, type GoldenResult } from '../../models/golden.ts';
import type { OpenModel } from './session-state.ts';

/** How the example that came with the weights stands. */
type GoldenState =
  | { readonly kind: 'checking' }
  | { readonly kind: 'done'; readonly result: GoldenResult }
  | { readonly kind: 'failed'; readonly error: ApiError };

/** The example of golden.safetensors, run again and compared with what the framework gave. */
export class GoldenCheck {
  /** Null: the model has no example. */
  state = $state.raw<GoldenState | null>(null);
  #model: OpenModel | null = null;

  /** A model was opened; its example is run after `former`. @returns when that is done; never rejects. */
  async follow(model: OpenModel, former: Promise<void>): Promise<void> {
    const { source, loaded, tokenizer } = model;
    this.#model = model;
    this.state = null;
    if (!source.model.files.some(({ name }) => name === 'golden.safetensors')) return former;
    this.state = { kind: 'checking' };
    const set = (state: GoldenState | null) => {
      if (this.#model === model) this.state = state;
    };
    await former;
    if (this.#model !== model) return;
    try {
      const { signal } = new AbortController();
      const result = await checkGolden(loaded, source, (id) => tokenizer.token(id), signal);
      set(result === null ? null : { kind: 'done', result });
    } catch (error) {
      set({ kind: 'failed', error: toApiError(error) });
    }
  }
}
