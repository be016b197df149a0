/** What the metadata of a model says, read with a type and a place for every mistake. */
import { HeadgateError, isWhat } from '../../error.ts';
import type { GgufTensor } from './file.ts';
import type { Metadata, Value } from './metadata.ts';

const HINT =
  'Convert the model again with a current llama.cpp (convert_hf_to_gguf.py), or download another file of it.';

export class Facts {
  readonly architecture: string;
  readonly #tensors: ReadonlyMap<string, GgufTensor>;

  /** @throws HeadgateError `bad-metadata` when no architecture is named. */
  constructor(
    readonly file: string,
    readonly metadata: Metadata,
    tensors: readonly GgufTensor[],
  ) {
    const architecture = metadata.get('general.architecture');
    if (typeof architecture !== 'string' || architecture === '')
      throw this.bad('general.architecture', architecture, 'the name of an architecture, such as “llama”');
    this.architecture = architecture;
    this.#tensors = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  }

  tensor(name: string): GgufTensor | null {
    return this.#tensors.get(name) ?? null;
  }

  has(name: string): boolean {
    return this.#tensors.has(name);
  }

  /** Of the model's own values: `block_count` is `llama.block_count`. */
  private own(key: string): { readonly name: string; readonly value: Value | undefined } {
    const name = `${this.architecture}.${key}`;
    return { name, value: this.metadata.get(name) };
  }

  /** A number; lists of one value for all layers count as that. */
  number(key: string): number | null {
    const { name, value } = this.own(key);
    if (value === undefined) return null;
    const all = typeof value === 'object' ? [...new Set<unknown>(value)] : [value];
    const [only] = all;
    if (all.length > 1)
      throw new HeadgateError(
        'unsupported-config',
        `${this.file}: “${name}” differs from layer to layer, which Headgate does not run.`,
        'Open a model whose layers are all alike.',
      );
    if (typeof only !== 'number' || !Number.isFinite(only)) throw this.bad(name, value, 'a number');
    return only;
  }

  /** @throws HeadgateError `bad-metadata` when it is missing. */
  needed(key: string): number {
    const number = this.number(key);
    if (number === null || !Number.isInteger(number) || number < 1)
      throw this.bad(`${this.architecture}.${key}`, number ?? undefined, 'a whole number above 0');
    return number;
  }

  flag(key: string): boolean | null {
    const { name, value } = this.own(key);
    if (value === undefined) return null;
    if (typeof value !== 'boolean') throw this.bad(name, value, 'true or false');
    return value;
  }

  text(key: string): string | null {
    const { name, value } = this.own(key);
    if (value === undefined) return null;
    if (typeof value !== 'string') throw this.bad(name, value, 'a text');
    return value;
  }

  bad(name: string, value: unknown, wanted: string): HeadgateError {
    return new HeadgateError(
      'bad-metadata',
      `${this.file}: “${name}” ${isWhat(value)}; it must be ${wanted}.`,
      HINT,
    );
  }
}
