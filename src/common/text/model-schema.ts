/** The rules of “model” in tokenizer.json: WordLevel, WordPiece, BPE and Unigram. */
import { quote } from '../error.ts';
import { isObject, type Json } from '../json.ts';
import {
  badPlace,
  count,
  fields,
  flag,
  id,
  nullable,
  oneOf,
  optional,
  rule,
  tableOf,
  text,
} from './schema.ts';

export type ModelKind = 'WordLevel' | 'WordPiece' | 'BPE' | 'Unigram';
const KINDS = ['WordLevel', 'WordPiece', 'BPE', 'Unigram'] as const;

/** Pieces of a vocabulary; the largest of today has 902,000. */
const MOST_PIECES = 2 ** 20;
const idByPiece = tableOf(id);
const share = rule('a number from 0 to 1', (value) => typeof value === 'number' && value >= 0 && value <= 1);
const FIELDS = {
  WordLevel: fields({ vocab: idByPiece, unk_token: text }),
  WordPiece: fields({
    vocab: idByPiece,
    unk_token: text,
    continuing_subword_prefix: text,
    max_input_chars_per_word: count,
  }),
  BPE: fields({
    vocab: idByPiece,
    dropout: nullable(share),
    unk_token: nullable(text),
    continuing_subword_prefix: nullable(text),
    end_of_word_suffix: nullable(text),
    fuse_unk: nullable(flag),
    byte_fallback: nullable(flag),
    ignore_merges: nullable(flag),
  }),
  Unigram: fields({ unk_id: nullable(count), byte_fallback: optional(flag) }),
} as const;

/** The kind of a model; old files leave it to the fields. */
export function kindOf(model: Json): ModelKind {
  const { type } = model;
  if (type === undefined) {
    if (Array.isArray(model['vocab'])) return 'Unigram';
    if ('merges' in model) return 'BPE';
    return 'continuing_subword_prefix' in model ? 'WordPiece' : 'WordLevel';
  }
  oneOf(...KINDS)(type, 'model.type');
  return type as ModelKind;
}

/** @throws Error that names the field and the rule. */
export function checkModel(model: unknown, place: string): void {
  if (!isObject(model)) throw badPlace(place, model, 'an object with a vocabulary');
  const kind = kindOf(model);
  const { vocab } = model;
  const pieces = isObject(vocab) ? Object.keys(vocab).length : Array.isArray(vocab) ? vocab.length : 0;
  if (pieces > MOST_PIECES) {
    const [size, most] = [pieces, MOST_PIECES].map((count) => count.toLocaleString('en-US'));
    throw new Error(`“${place}.vocab” has ${size} pieces; the limit is ${most}`);
  }
  FIELDS[kind](model, place);
  if (pieces === 0 && (isObject(vocab) || Array.isArray(vocab))) throw new Error(`“${place}.vocab” is empty`);
  if (kind === 'BPE') checkMerges(model, place);
  if (kind === 'Unigram') checkPieces(model, place);
}

function checkPieces({ vocab, unk_id: unknown }: Json, place: string): void {
  if (!Array.isArray(vocab)) throw badPlace(`${place}.vocab`, vocab, 'a list of [piece, score]');
  for (const [index, entry] of vocab.entries())
    if (!isPiece(entry)) throw badPlace(`${place}.vocab[${index}]`, entry, 'a list of a piece and its score');
  if (typeof unknown === 'number' && unknown >= vocab.length)
    throw badPlace(`${place}.unk_id`, unknown, `below ${vocab.length}, the number of pieces`);
}

function isPiece(value: unknown): boolean {
  return (
    Array.isArray(value) && value.length === 2 && typeof value[0] === 'string' && Number.isFinite(value[1])
  );
}

/** Both parts of a merge, and what they become, are pieces of the vocabulary. */
function checkMerges({ vocab, merges, continuing_subword_prefix: prefix }: Json, place: string): void {
  if (!Array.isArray(merges)) throw badPlace(`${place}.merges`, merges, 'a list of pairs of pieces');
  const ids = new Set(Object.keys(vocab as Json));
  const isOld = typeof merges[0] === 'string';
  const skipped = typeof prefix === 'string' ? prefix : '';
  for (const [index, merge] of merges.entries()) {
    const at = `${place}.merges[${index}]`;
    if (isOld && typeof merge === 'string' && merge.startsWith('#version')) continue;
    const pair = isOld && typeof merge === 'string' ? merge.split(' ') : merge;
    if (isOld !== (typeof merge === 'string') || !isPair(pair))
      throw badPlace(at, merge, isOld ? 'two pieces with a space between them' : 'a list of two pieces');
    const [first, second] = pair;
    const rest = withoutBytes(second, skipped);
    if (rest === null)
      throw new Error(
        `“${at}” has the second piece ${quote(second)}, which is shorter than “continuing_subword_prefix”`,
      );
    for (const piece of [first, second, first + rest])
      if (!ids.has(piece))
        throw new Error(`“${at}” needs the piece ${quote(piece)}, which is not in “${place}.vocab”`);
  }
}

function isPair(value: unknown): value is readonly [string, string] {
  return Array.isArray(value) && value.length === 2 && value.every((piece) => typeof piece === 'string');
}

/** The library drops as many bytes as the prefix has, whatever they are; null: there are fewer. */
function withoutBytes(piece: string, prefix: string): string | null {
  if (piece.startsWith(prefix)) return piece.slice(prefix.length);
  const [bytes, skipped] = [piece, prefix].map((text) => new TextEncoder().encode(text));
  if (bytes === undefined || skipped === undefined || bytes.length < skipped.length) return null;
  return new TextDecoder().decode(bytes.subarray(skipped.length));
}
