/** What stands around a text, or around a pair of texts: the post-processor of tokenizer.json. */
import { isObject, type Json } from '../json.ts';

/** A special token, or one of the texts; `segment` is its token type. */
export type TemplateItem =
  | { readonly kind: 'token'; readonly id: number; readonly segment: number }
  | { readonly kind: 'text' | 'pair'; readonly segment: number };

export interface Template {
  readonly single: readonly TemplateItem[];
  readonly pair: readonly TemplateItem[];
}

const PLAIN: Template = {
  single: [{ kind: 'text', segment: 0 }],
  pair: [
    { kind: 'text', segment: 0 },
    { kind: 'pair', segment: 1 },
  ],
};

/**
 * @param idOf the vocabulary
 * @throws Error that says what is wrong with it.
 */
export function createTemplate(config: unknown, idOf: (piece: string) => number | undefined): Template {
  if (!isObject(config)) return PLAIN;
  switch (config['type']) {
    case 'ByteLevel':
      return PLAIN;
    case 'Sequence': {
      const steps = Array.isArray(config['processors']) ? config['processors'].filter(isObject) : [];
      const own = steps.filter(({ type }) => type !== 'ByteLevel');
      if (own.length > 1) throw new Error('its post-processor has more than one step that adds tokens');
      return createTemplate(own[0], idOf);
    }
    case 'TemplateProcessing':
      return templateProcessing(config, idOf);
    case 'BertProcessing':
      return classic(config, idOf, 'bert');
    case 'RobertaProcessing':
      return classic(config, idOf, 'roberta');
    default:
      throw new Error(`its post-processor “${String(config['type'])}” is unknown`);
  }
}

/** `[CLS] A [SEP] B [SEP]`, the second text with type 1, or `<s> A </s></s> B </s>`, all of type 0. */
function classic(
  config: Json,
  idOf: (piece: string) => number | undefined,
  kind: 'bert' | 'roberta',
): Template {
  const named = (field: 'cls' | 'sep') => {
    const value = config[field];
    const [piece, id] = Array.isArray(value) ? value : [];
    const found = typeof id === 'number' ? id : idOf(String(piece));
    if (found === undefined) throw new Error(`its post-processor has no “${field}”`);
    return found;
  };
  const token = (field: 'cls' | 'sep', segment = 0): TemplateItem => ({
    kind: 'token',
    id: named(field),
    segment,
  });
  const single: TemplateItem[] = [token('cls'), { kind: 'text', segment: 0 }, token('sep')];
  const second = kind === 'bert' ? 1 : 0;
  const between = kind === 'bert' ? [] : [token('sep')];
  return { single, pair: [...single, ...between, { kind: 'pair', segment: second }, token('sep', second)] };
}

function templateProcessing(config: Json, idOf: (piece: string) => number | undefined): Template {
  const special = isObject(config['special_tokens']) ? config['special_tokens'] : {};
  const item = (value: unknown): TemplateItem[] => {
    const { Sequence: text, SpecialToken: token } = isObject(value) ? value : {};
    if (isObject(text))
      return [{ kind: text['id'] === 'B' ? 'pair' : 'text', segment: Number(text['type_id'] ?? 0) }];
    if (!isObject(token))
      throw new Error('its post-processor has an item that is neither a text nor a token');
    const name = String(token['id']);
    const entry = special[name];
    const ids: readonly unknown[] =
      isObject(entry) && Array.isArray(entry['ids']) ? entry['ids'] : [idOf(name)];
    return ids.map((id) => {
      if (typeof id !== 'number') throw new Error(`its post-processor asks for “${name}”, which has no id`);
      return { kind: 'token', id, segment: Number(token['type_id'] ?? 0) };
    });
  };
  const items = (value: unknown) => (Array.isArray(value) ? value.flatMap(item) : []);
  const single = items(config['single']);
  const pair = items(config['pair']);
  const has = (list: readonly TemplateItem[], kind: 'text' | 'pair') =>
    list.some((entry) => entry.kind === kind);
  if (!has(single, 'text')) throw new Error('its post-processor leaves the text out');
  if (has(single, 'pair')) throw new Error('its post-processor asks for a second text in “single”');
  return {
    single,
    pair: has(pair, 'text') && has(pair, 'pair') ? pair : [...single, ...PLAIN.pair.slice(1)],
  };
}
