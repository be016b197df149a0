import { CAPTURE_TYPE } from '../../../common/configs/capture.ts';
import type { ModelDetail } from '../../../common/contract.ts';
import type { Tokenizer } from '../../../common/text/tokenizer.ts';
import { knownText } from './known-text.ts';
import { fitTexts } from './run-input.ts';

/** What runs when a model is opened for the first time: names and words come again, so that induction heads show. */
const EXAMPLE_TEXT =
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

/** Texts that a model may show first, the longest first; one that was trained to find hidden words has a word to find. */
function examplesFor(
  { id, source, modelType, config }: Pick<ModelDetail, 'id' | 'source' | 'modelType' | 'config'>,
  { mask }: Pick<Tokenizer, 'mask'>,
): readonly string[] {
  const own = source === 'bundled' ? OF_BUNDLED[id] : undefined;
  if (own !== undefined) return [own];
  if (modelType === CAPTURE_TYPE) return [String(config?.['text'] ?? '')];
  if (modelType === 'word-vectors') return ['king - man + woman'];
  const classes: unknown = config?.['architectures'];
  const fillsMasks = Array.isArray(classes) && classes.some((name) => /MaskedLM$/.test(String(name)));
  const texts = [EXAMPLE_TEXT, EXAMPLE_TEXT.split(/(?<=\.) /)[0] ?? '', 'The captain saw the whale.'];
  return mask === null || !fillsMasks ? texts : texts.map((text) => text.replace('whale', mask.text));
}

/**
 * What a model runs when it is opened for the first time: the longest example that it can take, else the beginning of the
 * shortest; of one that knows few letters or words, what it can read.
 * @param most tokens that the model takes; null: any number
 */
export async function exampleFor(
  model: Parameters<typeof examplesFor>[0],
  tokenizer: Tokenizer,
  most: number | null,
): Promise<string> {
  const texts = examplesFor(model, tokenizer);
  const [whole = ''] = texts;
  try {
    // What a model has for itself it knows.
    const known = texts.length === 1 ? whole : await knownText(whole, tokenizer);
    if (most === null) return known;
    // What was left of it is no text that shorter ones could stand for.
    const ways = known === whole ? texts : [known];
    for (const text of ways) if ((await tokenizer.encode(text)).length <= most) return text;
    const cut = await fitTexts(tokenizer, { text: ways.at(-1) ?? '', pair: null, isChat: false }, most);
    return cut?.text ?? whole;
  } catch {
    // Its run tells what the tokenizer can't do.
    return whole;
  }
}
