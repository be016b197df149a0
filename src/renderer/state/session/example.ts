import { CAPTURE_TYPE } from '../../../common/configs/capture.ts';
import type { ModelDetail } from '../../../common/contract.ts';
import type { Tokenizer } from '../../../common/text/tokenizer.ts';

/** What runs when a model is opened for the first time: names and words come again, so that induction heads show. */
export const EXAMPLE_TEXT =
  'The captain looked at the sea, and the whale looked at the captain. The captain said nothing.';

/** Adjectives and the pronoun change their places in Spanish; without attention the horse is forgotten on the way. */
const SENTENCE = 'The poor farmer sold a black horse to the rich king because he did not want it.';

/** Bundled models that know few words or letters. */
const OF_BUNDLED: Readonly<Record<string, string>> = {
  'headgate-en-es-lstm': SENTENCE,
  'headgate-en-es-lstm-attention': SENTENCE,
  'headgate-en-es-transformer': SENTENCE,
  'headgate-phonemes': 'knowledge',
};

/** The example for a model; one that was trained to find hidden words has a word to find. */
export function exampleFor(
  { id, source, modelType, config }: Pick<ModelDetail, 'id' | 'source' | 'modelType' | 'config'>,
  { mask }: Pick<Tokenizer, 'mask'>,
): string {
  const own = source === 'bundled' ? OF_BUNDLED[id] : undefined;
  if (own !== undefined) return own;
  if (modelType === CAPTURE_TYPE) return String(config?.['text'] ?? '');
  if (modelType === 'word-vectors') return 'king - man + woman';
  const classes: unknown = config?.['architectures'];
  const fillsMasks = Array.isArray(classes) && classes.some((name) => /MaskedLM$/.test(String(name)));
  return mask === null || !fillsMasks ? EXAMPLE_TEXT : EXAMPLE_TEXT.replace('whale', mask.text);
}
