import { ReplaceNormalizer } from '@huggingface/tokenizers';
import { isObject } from '../json.ts';

/**
 * `{"String": …}` or `{"Regex": …}` of tokenizer.json as a global expression. Patterns are in Oniguruma's syntax, which
 * the library translates.
 * @throws Error for what is no pattern.
 */
export function patternOf(value: unknown): RegExp {
  if (!isObject(value) || (typeof value['String'] !== 'string' && typeof value['Regex'] !== 'string'))
    throw new Error('a pattern in it is neither a string nor a regular expression');
  const config = { type: 'Replace', pattern: value, content: '' };
  const { pattern } = new ReplaceNormalizer(config as ConstructorParameters<typeof ReplaceNormalizer>[0]);
  if (pattern === null) throw new Error('a pattern in it can’t be used');
  return pattern;
}
