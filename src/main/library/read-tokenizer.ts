import * as v from 'valibot';
import type { ByteSource } from '../files/byte-source.ts';
import { HeadgateError } from '../files/error.ts';

/** Bytes; the largest vocabularies of today take about 35 MiB. */
const MAX_TOKENIZER = 256 * 1024 * 1024;

const TokenizerSchema = v.object({
  model: v.object({
    type: v.optional(v.string(), 'BPE'),
    vocab: v.union([v.array(v.unknown()), v.record(v.string(), v.number())]),
  }),
  added_tokens: v.optional(v.array(v.object({ content: v.string() })), []),
});

/**
 * The kind of a `tokenizer.json` and the number of its tokens.
 * @throws HeadgateError `bad-tokenizer`
 */
export async function readTokenizer(source: ByteSource): Promise<{ type: string; vocabulary: number }> {
  const bad = (what: string) =>
    new HeadgateError('bad-tokenizer', `${source.name} ${what}.`, 'Save or download the tokenizer again.');
  if (source.size > MAX_TOKENIZER) throw bad(`has ${source.size} bytes; the limit is ${MAX_TOKENIZER}`);
  const bytes = await source.read(0, source.size);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw bad('is not valid JSON');
  }
  const result = v.safeParse(TokenizerSchema, json);
  if (!result.success) throw bad('does not hold a model with a vocabulary');
  const { model, added_tokens: added } = result.output;
  const known = (token: string) => !Array.isArray(model.vocab) && Object.hasOwn(model.vocab, token);
  const size = Array.isArray(model.vocab) ? model.vocab.length : Object.keys(model.vocab).length;
  // A Unigram vocabulary is a list of [token, score].
  const listed = new Set(
    Array.isArray(model.vocab) ? model.vocab.map((entry) => (entry as unknown[])[0]) : [],
  );
  const extra = added.filter(({ content }) => !known(content) && !listed.has(content)).length;
  return { type: model.type, vocabulary: size + extra };
}
