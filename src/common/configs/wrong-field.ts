/** Fields of a config.json that are read before a family reads the others. */
import { HeadgateError, isWhat } from '../error.ts';
import { isObject } from '../json.ts';
import { badField, type Config } from './config.ts';

/** Fields that hold the config of the language model inside of a larger one. */
export const LANGUAGE_PARTS = ['text_config', 'llm_config', 'language_config', 'thinker_config'] as const;

const RULE = 'the name of a family, such as "gpt2"';

/** The first of these fields that is of a wrong type; null: none is. A field that is null counts as absent. */
export function wrongField(config: Config | null): HeadgateError | null {
  if (config === null) return null;
  if (isWrong(config['model_type'])) return badField('model_type', config['model_type'], RULE);
  for (const name of LANGUAGE_PARTS) {
    const part = config[name] ?? null;
    if (part === null) continue;
    if (!isObject(part)) return badField(name, part, 'an object, the config of the language model');
    if (isWrong(part['model_type']))
      return new HeadgateError(
        'bad-config',
        `config.json: “model_type” in “${name}” ${isWhat(part['model_type'])}; it must be ${RULE}.`,
        'Save the model again with save_pretrained, or correct the field.',
      );
  }
  const pruned = config['pruned_heads'] ?? null;
  if (pruned !== null && !isHeadsByLayer(pruned))
    return badField('pruned_heads', pruned, 'an object of lists of heads by layer, such as {"0": [1, 3]}');
  return null;
}

function isHeadsByLayer(value: unknown): boolean {
  const isHead = (head: unknown) => Number.isInteger(head) && Number(head) >= 0;
  return (
    isObject(value) &&
    Object.entries(value).every(
      ([layer, heads]) => /^\d+$/.test(layer) && Array.isArray(heads) && heads.every(isHead),
    )
  );
}

function isWrong(modelType: unknown): boolean {
  return modelType !== undefined && modelType !== null && (typeof modelType !== 'string' || modelType === '');
}
