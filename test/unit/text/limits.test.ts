/** Files that would fill the memory are stopped before, each with one sentence. */
import { expect, test } from 'vitest';
import { readText } from '../../../src/common/model-files.ts';
import { parseJson } from '../../../src/common/json.ts';
import { checkModel } from '../../../src/common/text/model-schema.ts';
import type { ModelDetail } from '../../../src/common/contract.ts';
import { readTokenizerFiles } from '../../../src/common/text/open-files.ts';
import { TokenizerCore } from '../../../src/common/text/tokenizer-core.ts';
import { byteLevel } from './fixtures.ts';

const MEBI = 2 ** 20;
const base = JSON.parse(byteLevel()) as object;
const withSteps = (steps: object) =>
  new TokenizerCore({ 'tokenizer.json': JSON.stringify({ ...base, ...steps }) });
const replace = (content: string) => ({ type: 'Replace', pattern: { String: 'a' }, content });
const growing = { type: 'Sequence', normalizers: Array.from({ length: 40 }, () => replace('a'.repeat(64))) };
const bytes = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false };

test.each([
  ['a normalizer that writes 64 letters for each, forty times', { normalizer: growing }, 'a'],
  ['a replacement of eight million characters', { normalizer: replace('b'.repeat(8 * MEBI)) }, 'a'],
  ['a long replacement at every place', { normalizer: replace('b'.repeat(MEBI)) }, 'a'.repeat(1000)],
  [
    'a prefix of eight million characters',
    { normalizer: { type: 'Prepend', prepend: 'b'.repeat(8 * MEBI) } },
    'a',
  ],
  [
    'a hundred prefixes',
    {
      normalizer: {
        type: 'Sequence',
        normalizers: Array.from({ length: 100 }, () => ({ type: 'Prepend', prepend: 'b'.repeat(40_000) })),
      },
    },
    'a',
  ],
  [
    'bytes of bytes of bytes',
    {
      pre_tokenizer: { type: 'Sequence', pretokenizers: [bytes, bytes, bytes] },
    },
    'é'.repeat(1_100_000),
  ],
])('%s', (_name, steps, text) => {
  expect(() => withSteps(steps).encode(text)).toThrowError(
    expect.objectContaining({
      code: 'too-many-characters',
      message: expect.stringMatching(/2,097,152 characters/),
    }),
  );
});

test('a text longer than the limit', () => {
  expect(() => withSteps({}).encode('a'.repeat(5 * MEBI))).toThrowError(
    expect.objectContaining({ code: 'too-many-characters' }),
  );
});

test('a template that repeats the text', () => {
  const item = { Sequence: { id: 'A', type_id: 0 } };
  const template = Array.from({ length: 2000 }, () => item);
  const core = withSteps({
    post_processor: { type: 'TemplateProcessing', single: template, pair: [], special_tokens: {} },
  });
  expect(() => core.encode('a'.repeat(1000))).toThrowError(
    expect.objectContaining({ code: 'too-many-tokens', message: expect.stringMatching(/1,048,576 tokens/) }),
  );
});

test('a vocabulary of too many lines', () => {
  expect(() => new TokenizerCore({ 'vocab.txt': '\n'.repeat(5 * MEBI) })).toThrowError(
    expect.objectContaining({
      code: 'bad-tokenizer',
      message: expect.stringMatching(/^vocab\.txt: it has 5,242,880 lines/),
    }),
  );
});

test('a vocabulary of too many pieces', () => {
  const vocab = Array.from({ length: MEBI + 1 }, () => ['a', 0]);
  expect(() => checkModel({ type: 'Unigram', unk_id: 0, vocab }, 'model')).toThrowError(
    '“model.vocab” has 1,048,577 pieces; the limit is 1,048,576',
  );
});

const token = { id: 1, single_word: false, lstrip: true, rstrip: true, normalized: true, special: false };
test('an added token that is longer than a text', () => {
  expect(() => withSteps({ added_tokens: [{ ...token, content: 'x'.repeat(MEBI) }] })).toThrowError(
    'tokenizer.json: “added_tokens[0].content” has more than 16,384 characters.',
  );
});

test('a space that takes all spaces around it is found in many at once', () => {
  const core = withSteps({ added_tokens: [{ ...token, content: ' ' }] });
  expect(core.encode(' '.repeat(200_000))).toHaveLength(1);
});

test.each([
  ['('.repeat(20_000) + 'a' + ')'.repeat(20_000)],
  ['((a{1000}){1000}){1000}(((b'],
  ['(?<n>a)(?<n>b)('],
])('an expression that can’t be used is cut short: %#', (Regex) => {
  const split = { type: 'Split', pattern: { Regex }, behavior: 'Isolated', invert: false };
  const sentence =
    /^tokenizer\.json: the regular expression "\(.{1,130}" in it can’t be used: [a-z][^(/]*\.$/;
  expect(() => withSteps({ pre_tokenizer: split })).toThrowError(sentence);
});

test('a file that is too large is not read', async () => {
  const file = { id: '0', name: 'vocab.txt', size: 300_000_000 };
  const read = () => Promise.reject(new Error('it was read'));
  await expect(readText(file, read, 'bad-tokenizer')).rejects.toMatchObject({
    code: 'bad-tokenizer',
    message: 'vocab.txt: it has 300,000,000 bytes; the limit is 67,108,864.',
  });
});

test('a byte order mark stays before a tokenizer, which has none', async () => {
  const read = () => Promise.resolve(new TextEncoder().encode('\ufeff{}'));
  const names = ['tokenizer.json', 'vocab.txt'];
  const files = names.map((name) => ({ id: name, name, size: 5 }));
  const tokenizer = Object.fromEntries(names.map((name) => [name, name]));
  const model = { files, tokenizer, config: {} } as unknown as ModelDetail;
  expect(await readTokenizerFiles(model, read)).toMatchObject({ 'tokenizer.json': '\ufeff{}' });
  const bare = { ...model, tokenizer: { 'vocab.txt': 'vocab.txt' } };
  expect(await readTokenizerFiles(bare, read)).toMatchObject({ 'vocab.txt': '{}' });
});

test('JSON of too many values, or too deep, is not read', () => {
  expect(() => parseJson(`[${'0,'.repeat(9 * MEBI)}0]`)).toThrowError(
    /more than 8,388,608 values \(line 1, column/,
  );
  expect(() => parseJson(`{"a":\n${'['.repeat(200)}`)).toThrowError(
    /deeper than 128 levels \(line 2, column 128\)/,
  );
  expect(parseJson(`["${'['.repeat(200)}\\"${'['.repeat(200)}"]`)).toHaveLength(1);
});

test.each([
  ['version https://git-lfs.github.com/spec/v1\noid sha256:0\n', /^is a pointer of Git LFS, not the file/],
  ['\ufeff{}', /^begins with a byte order mark, which tokenizers refuses/],
  ['\n<!DOCTYPE html><html>Not found', /^is a web page, not the file/],
])('what stands in place of a file is named: %j', (text, what) => {
  expect(() => parseJson(text)).toThrowError(what);
});

test('a long text of one stretch does not end the stack', () => {
  const pieces = ['<unk>', 'a', 'b'].map((piece, i) => [piece, -i]);
  const core = new TokenizerCore({
    'tokenizer.json': JSON.stringify({ model: { type: 'Unigram', unk_id: 0, vocab: pieces } }),
  });
  expect(core.encode('ab'.repeat(200_000))).toHaveLength(400_000);
});
