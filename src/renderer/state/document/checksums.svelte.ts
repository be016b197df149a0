import { SvelteMap } from 'svelte/reactivity';
import type { Slot } from '../session/slot.svelte.ts';
import { checksumOf } from './model-checksum.ts';

/** The checksums of the open models, which are reckoned when somebody asks for the first time. */
export class Checksums {
  readonly #known = new SvelteMap<string, string>();
  readonly #asked = new WeakSet<object>();

  /** Null: it is not known yet; reactive. */
  of({ model }: Slot): string | null {
    const source = model?.source;
    if (source === undefined) return null;
    const { id } = source.model;
    if (!this.#asked.has(source)) {
      this.#asked.add(source);
      // A session without it is one that can't tell whether the model changed, no more.
      checksumOf(source).then(
        (sum) => this.#known.set(id, sum),
        () => undefined,
      );
    }
    return this.#known.get(id) ?? null;
  }
}
