/** What stands around a text, or around a pair of texts: the post-processor of tokenizer.json. */
import { quote } from '../error.ts';
import { isObject, type Json } from '../json.ts';

/** A special token, or one of the texts; `segment` is its token type. */
export type TemplateItem =
  | { readonly kind: 'token'; readonly id: number; readonly segment: number }
  | { readonly kind: 'text' | 'pair'; readonly segment: number };

export interface Template {
  readonly single: readonly TemplateItem[];
  /** @throws Error where the template of pairs can't be used. */
  pair(): readonly TemplateItem[];
}

/** A text with what stands around it so far. */
type Part = readonly TemplateItem[];
/** One step: the parts before it, one for each text, become those behind it. */
type Step = (parts: readonly Part[]) => Part[];
type IdOf = (piece: string) => number | undefined;

const TEXT: Part = [{ kind: 'text', segment: 0 }];
const PAIR: Part = [{ kind: 'pair', segment: 1 }];

/**
 * @param idOf the vocabulary
 * @throws Error that says what is wrong with it.
 */
export function createTemplate(config: unknown, idOf: IdOf): Template {
  const steps = stepsFor(config, idOf);
  const through = (parts: readonly Part[]) => steps.reduce((before, step) => step(before), parts).flat();
  const single = through([TEXT]);
  if (!single.some(({ kind }) => kind === 'text')) throw new Error('its post-processor leaves the text out');
  return {
    single,
    pair: () => {
      const pair = through([TEXT, PAIR]);
      for (const [kind, which] of [
        ['text', 'first'],
        ['pair', 'second'],
      ] as const)
        if (!pair.some((item) => item.kind === kind))
          throw new Error(`its post-processor leaves the ${which} text of a pair out`);
      return pair;
    },
  };
}

function stepsFor(config: unknown, idOf: IdOf): Step[] {
  if (!isObject(config)) return [];
  switch (config['type']) {
    case 'ByteLevel':
      return [];
    case 'Sequence':
      return Array.isArray(config['processors'])
        ? config['processors'].flatMap((inner) => stepsFor(inner, idOf))
        : [];
    case 'TemplateProcessing':
      return [templateProcessing(config, idOf)];
    case 'BertProcessing':
      return [classic(config, idOf, 'bert')];
    case 'RobertaProcessing':
      return [classic(config, idOf, 'roberta')];
    default:
      throw new Error(`its post-processor “${String(config['type'])}” is unknown`);
  }
}

/** `[CLS] A [SEP] B [SEP]`, the last of type 1, or `<s> A </s></s> B </s>`, all of type 0. */
function classic(config: Json, idOf: IdOf, kind: 'bert' | 'roberta'): Step {
  const token = (field: 'cls' | 'sep', segment = 0): TemplateItem => {
    const value = config[field];
    const [piece, given] = Array.isArray(value) ? value : [];
    const id = typeof given === 'number' ? given : idOf(String(piece));
    if (id === undefined) throw new Error(`its post-processor has no “${field}”`);
    return { kind: 'token', id, segment };
  };
  const [cls, sep] = [token('cls'), token('sep')];
  if (kind === 'bert')
    return (parts) =>
      parts.map((part, index) => (index === 0 ? [cls, ...part, sep] : [...part, token('sep', 1)]));
  return (parts) => parts.map((part, index) => [index === 0 ? cls : sep, ...withSegment(part, 0), sep]);
}

function withSegment(part: Part, segment: number): Part {
  return part.map((item) => ({ ...item, segment }));
}

/** Each item becomes a part of its own. */
function templateProcessing(config: Json, idOf: IdOf): Step {
  const special = isObject(config['special_tokens']) ? config['special_tokens'] : {};
  const partOf = (value: unknown, parts: readonly Part[]): Part => {
    const { Sequence: text, SpecialToken: token } = isObject(value) ? value : {};
    if (isObject(text)) {
      const part = parts[text['id'] === 'B' ? 1 : 0];
      if (part === undefined) throw new Error('its post-processor asks for a second text in “single”');
      return withSegment(part, Number(text['type_id'] ?? 0));
    }
    if (!isObject(token))
      throw new Error('its post-processor has an item that is neither a text nor a token');
    const name = String(token['id']);
    const entry = special[name];
    const ids: readonly unknown[] =
      isObject(entry) && Array.isArray(entry['ids']) ? entry['ids'] : [idOf(name)];
    return ids.map((id) => {
      if (typeof id !== 'number')
        throw new Error(`its post-processor asks for ${quote(name)}, which has no id`);
      return { kind: 'token', id, segment: Number(token['type_id'] ?? 0) };
    });
  };
  return (parts) => {
    if (parts.length > 2)
      throw new Error('its post-processor has a template behind a step that makes more than two parts');
    const items = config[parts.length === 1 ? 'single' : 'pair'];
    return Array.isArray(items) ? items.map((item) => partOf(item, parts)) : [];
  };
}
