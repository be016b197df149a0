/** What the kinds of tokenizers in GGUF files are made of. */
import type { Json } from '../../json.ts';
import type { Written } from '../../json-bytes.ts';
import type { Vocabulary } from './vocabulary.ts';

/** A tokenizer.json without the parts that all have; tables write themselves. */
export interface Made {
  readonly parts: Json;
  /** Special tokens before and after a text, where the metadata does not say. */
  readonly addsBos: boolean;
  readonly addsEos: boolean;
  readonly notes?: readonly string[];
}

/** The ids of the pieces. */
export const idsOf =
  (vocabulary: Vocabulary, ids = vocabulary.ids()): Written =>
  (to) => {
    vocabulary.writeIds(to, ids);
  };
