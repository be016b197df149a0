import * as v from 'valibot';
import type { ByteSource } from '../../common/byte-source.ts';
import { HeadgateError } from '../../common/error.ts';

/** Bytes; the largest vocabularies of today take about 35 MiB. */
const MAX_TOKENIZER = 256 * 1024 * 1024;

const TokenizerSchema = v.object({
  model: v.object({
    type: v.optional(v.string(), 'BPE'),
    vocab: v.union([v.array(v.unknown()), v.record(v.string(), v.number())]),
  }),
  added_tokens: v.optional(v.array(v.object({ content: v.string() })), []),
});

/** The kind of a vocabulary and the number of its tokens. */
export interface TokenizerFacts {
  readonly type: string;
  readonly vocabulary: number;
}

/**
 * What the tokenizer files of a folder hold: tokenizer.json, else vocab.json with merges.txt or with sentencepiece's models,
 * else vocab.txt.
 * @param names the tokenizer files that there are
 * @returns null for files that Headgate makes no tokenizer of.
 * @throws HeadgateError `bad-tokenizer`
 */
export async function readTokenizer(
  names: readonly string[],
  open: (name: string) => Promise<ByteSource>,
): Promise<TokenizerFacts | null> {
  if (names.includes('tokenizer.json')) return readJson(await open('tokenizer.json'));
  if (names.includes('vocab.json') && (names.includes('merges.txt') || names.includes('source.spm'))) {
    const source = await open('vocab.json');
    const result = v.safeParse(v.record(v.string(), v.number()), await parse(source));
    if (!result.success) throw bad(source, 'does not hold an id for every piece');
    return {
      type: names.includes('merges.txt') ? 'BPE' : 'SentencePiece',
      vocabulary: Object.keys(result.output).length,
    };
  }
  if (!names.includes('vocab.txt')) return null;
  const lines = (await readText(await open('vocab.txt'))).split(/\r\n|\r|\n/);
  if (lines.at(-1) === '') lines.pop();
  return { type: 'WordPiece', vocabulary: lines.length };
}

async function readJson(source: ByteSource): Promise<TokenizerFacts> {
  const result = v.safeParse(TokenizerSchema, await parse(source));
  if (!result.success) throw bad(source, 'does not hold a model with a vocabulary');
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

async function parse(source: ByteSource): Promise<unknown> {
  const text = await readText(source);
  try {
    return JSON.parse(text);
  } catch {
    throw bad(source, 'is not valid JSON');
  }
}

async function readText(source: ByteSource): Promise<string> {
  if (source.size > MAX_TOKENIZER)
    throw bad(source, `has ${source.size} bytes; the limit is ${MAX_TOKENIZER}`);
  const bytes = await source.read(0, source.size);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw bad(source, 'is not valid UTF-8');
  }
}

function bad({ name }: ByteSource, what: string): HeadgateError {
  return new HeadgateError('bad-tokenizer', `${name} ${what}.`, 'Save or download the tokenizer again.');
}
