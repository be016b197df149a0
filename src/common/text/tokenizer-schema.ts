/**
 * The form of tokenizer.json, as Hugging Face's Rust library (`tokenizers` 0.22) reads it: what it refuses is refused here,
 * by the same rules. test/fixtures/make_tokenizer_mutants.py asks it about every field.
 */
import { quote } from '../error.ts';
import { isObject, type Json } from '../json.ts';
import {
  badPlace,
  character,
  count,
  fields,
  flag,
  id,
  listOf,
  nullable,
  oneOf,
  optional,
  rule,
  tableOf,
  text,
  tuple,
  typed,
  type Rule,
} from './schema.ts';
import { checkModel } from './model-schema.ts';

const none = fields({});
const pattern: Rule = (value, place) => {
  if (!isObject(value) || Object.keys(value).length !== 1)
    throw badPlace(place, value, 'an object with a “String” or a “Regex”');
  fields('Regex' in value ? { Regex: text } : { String: text })(value, place);
};
const behavior = oneOf('Removed', 'Isolated', 'MergedWithPrevious', 'MergedWithNext', 'Contiguous');
const byteLevel = fields({ add_prefix_space: flag, trim_offsets: flag, use_regex: optional(flag) });
const replace = fields({ pattern, content: text });

const metaspace: Rule = (value, place) => {
  fields({
    replacement: character,
    add_prefix_space: nullable(flag),
    prepend_scheme: optional(oneOf('first', 'never', 'always')),
    split: nullable(flag),
  })(value, place);
  const { add_prefix_space: isPrefixed, prepend_scheme: scheme } = value as Json;
  if (isPrefixed === false && scheme !== undefined && scheme !== 'never')
    throw badPlace(`${place}.prepend_scheme`, scheme, '“never” where “add_prefix_space” is false');
};

export const NORMALIZERS: Readonly<Record<string, Rule>> = {
  Sequence: (value, place) => fields({ normalizers: listOf(normalizer) })(value, place),
  ...{ NFC: none, NFD: none, NFKC: none, NFKD: none, Lowercase: none, Nmt: none, StripAccents: none },
  ByteLevel: none,
  Strip: fields({ strip_left: flag, strip_right: flag }),
  Prepend: fields({ prepend: text }),
  Replace: replace,
  Precompiled: fields({ precompiled_charsmap: text }),
  BertNormalizer: fields({
    clean_text: flag,
    handle_chinese_chars: flag,
    strip_accents: nullable(flag),
    lowercase: flag,
  }),
};
const normalizer = typed(NORMALIZERS);

const preTokenizer: Rule = typed({
  Sequence: (value, place) => fields({ pretokenizers: listOf(preTokenizer) })(value, place),
  ...{ BertPreTokenizer: none, Whitespace: none, WhitespaceSplit: none, UnicodeScripts: none },
  ByteLevel: byteLevel,
  Metaspace: metaspace,
  Split: fields({ pattern, behavior, invert: flag }),
  Punctuation: fields({ behavior: optional(behavior) }),
  Digits: fields({ individual_digits: flag }),
  CharDelimiterSplit: fields({ delimiter: character }),
  FixedLength: fields({ length: optional(rule('a whole number above 0', (value) => isAbove0(value))) }),
});

function isAbove0(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= 2 ** 63;
}

const named = tuple(text, id);
const item: Rule = (value, place) => {
  const kinds: Readonly<Record<string, Rule>> = {
    Sequence: fields({ id: oneOf('A', 'B'), type_id: id }),
    SpecialToken: fields({ id: text, type_id: id }),
  };
  const [kind, ...others] = isObject(value) ? Object.keys(value) : [];
  const inner = kinds[kind ?? ''];
  if (!isObject(value) || kind === undefined || inner === undefined || others.length > 0)
    throw badPlace(place, value, 'an object with a “Sequence” or a “SpecialToken”');
  inner(value[kind], `${place}.${kind}`);
};
const specialToken = fields({ id: text, ids: listOf(id), tokens: listOf(text) });

export const PROCESSORS: Readonly<Record<string, Rule>> = {
  Sequence: (value, place) => fields({ processors: listOf(processor) })(value, place),
  ByteLevel: byteLevel,
  BertProcessing: fields({ sep: named, cls: named }),
  RobertaProcessing: fields({
    sep: named,
    cls: named,
    trim_offsets: flag,
    add_prefix_space: flag,
  }),
  TemplateProcessing: fields({
    single: listOf(item),
    pair: listOf(item),
    special_tokens: tableOf(specialToken),
  }),
};
const processor = typed(PROCESSORS);

export const DECODERS: Readonly<Record<string, Rule>> = {
  Sequence: (value, place) => fields({ decoders: listOf(decoder) })(value, place),
  ...{ Fuse: none, ByteFallback: none },
  ByteLevel: byteLevel,
  WordPiece: fields({ prefix: text, cleanup: flag }),
  Metaspace: metaspace,
  BPEDecoder: fields({ suffix: text }),
  CTC: fields({ pad_token: text, word_delimiter_token: text, cleanup: flag }),
  Replace: replace,
  Strip: fields({ content: character, start: count, stop: count }),
};
const decoder = typed(DECODERS);

const addedToken = fields({
  id,
  content: text,
  single_word: flag,
  lstrip: flag,
  rstrip: flag,
  normalized: flag,
  special: flag,
});

const direction = oneOf('Left', 'Right');
const truncation = fields({
  direction: optional(direction),
  max_length: count,
  strategy: oneOf('LongestFirst', 'OnlyFirst', 'OnlySecond'),
  stride: count,
});
const paddingStrategy: Rule = (value, place) =>
  isObject(value) ? fields({ Fixed: count })(value, place) : oneOf('BatchLongest')(value, place);
const padding = fields({
  strategy: paddingStrategy,
  direction,
  pad_to_multiple_of: nullable(count),
  pad_id: id,
  pad_type_id: id,
  pad_token: text,
});

const RULES: Readonly<Record<string, Rule>> = {
  version: optional(oneOf('1.0')),
  truncation: nullable(truncation),
  padding: nullable(padding),
  added_tokens: optional(listOf(addedToken)),
  normalizer: nullable(normalizer),
  pre_tokenizer: nullable(preTokenizer),
  post_processor: nullable(processor),
  decoder: nullable(decoder),
  model: checkModel,
};

/** @throws Error that names the field and the rule; its text goes on from “tokenizer.json: ”. */
export function checkTokenizerJson(json: Json): void {
  const other = Object.keys(json).find((name) => !Object.hasOwn(RULES, name));
  if (other !== undefined)
    throw new Error(
      `${quote(other)} is no field of a tokenizer; it may have ${Object.keys(RULES).join(', ')}`,
    );
  for (const [name, inner] of Object.entries(RULES)) inner(json[name], name);
}
