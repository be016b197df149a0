/**
 * Steps of tokenizer.json whose “type” is missing or wrong: the Rust library takes each for the first step whose fields are
 * there, in an order of its own. Of post-processors it never reads the type of those that have fields.
 */
import { isObject, type Json } from '../json.ts';
import type { Rule } from './schema.ts';
import { DECODERS, NORMALIZERS, PROCESSORS } from './tokenizer-schema.ts';

interface Slot {
  readonly kinds: Readonly<Record<string, Rule>>;
  /** Where a Sequence keeps its steps. */
  readonly inner: string;
  /** Kinds that are known by their fields alone, in the library's order. */
  readonly byFields: readonly string[];
  /** Kinds that their type settles: whatever fields are there. */
  readonly byType: (type: string) => boolean;
}

const SLOTS: Readonly<Record<string, Slot>> = {
  normalizer: {
    kinds: NORMALIZERS,
    inner: 'normalizers',
    byFields: ['BertNormalizer', 'Strip', 'Sequence', 'Precompiled', 'Replace', 'Prepend'],
    // The library knows this one by another name.
    byType: (type) => type !== 'BertNormalizer' && Object.hasOwn(NORMALIZERS, type),
  },
  post_processor: {
    kinds: PROCESSORS,
    inner: 'processors',
    byFields: ['RobertaProcessing', 'BertProcessing', 'TemplateProcessing'],
    byType: () => false,
  },
  decoder: {
    kinds: DECODERS,
    inner: 'decoders',
    byFields: ['BPEDecoder', 'WordPiece', 'CTC', 'Replace', 'Strip'],
    byType: (type) => Object.hasOwn(DECODERS, type),
  },
};

/** The file with the types that the library reads; what fits none is left as it is. */
export function withStepTypes(json: Json): Json {
  const slots = Object.entries(SLOTS).filter(([name]) => isObject(json[name]));
  return { ...json, ...Object.fromEntries(slots.map(([name, slot]) => [name, withType(json[name], slot)])) };
}

function withType(step: unknown, slot: Slot): unknown {
  if (!isObject(step)) return step;
  const { kinds, inner, byFields, byType } = slot;
  const list = step[inner];
  const whole = Array.isArray(list) ? { ...step, [inner]: list.map((entry) => withType(entry, slot)) } : step;
  const { type } = step;
  if (typeof type === 'string' && byType(type)) return whole;
  const found = byFields.find((kind) => fits(kinds[kind], whole));
  return found === undefined ? whole : { ...whole, type: found };
}

function fits(rule: Rule | undefined, step: Json): boolean {
  try {
    rule?.(step, '');
    return rule !== undefined;
  } catch {
    return false;
  }
}
