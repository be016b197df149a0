import type { ModelDetail } from '../../main/api/contract.ts';
import type { Tokenizer } from '../text/tokenizer.ts';

/** What runs when a model is opened for the first time: names and words come again, so that induction heads show. */
export const EXAMPLE_TEXT =
  'The captain looked at the sea, and the whale looked at the captain. The captain said nothing.';

/** The example for a model; one that was trained to find hidden words has a word to find. */
export function exampleFor(
  { config }: Pick<ModelDetail, 'config'>,
  { mask }: Pick<Tokenizer, 'mask'>,
): string {
  const classes: unknown = config?.['architectures'];
  const fillsMasks = Array.isArray(classes) && classes.some((name) => /MaskedLM$/.test(String(name)));
  return mask === null || !fillsMasks ? EXAMPLE_TEXT : EXAMPLE_TEXT.replace('whale', mask.text);
}
