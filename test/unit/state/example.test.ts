import { expect, test } from 'vitest';
import { VocabularyTokenizer } from '../../../src/common/text/vocabulary.ts';
import { exampleFor } from '../../../src/renderer/state/session/example.ts';
import { detail, FakeBackend } from './stand-ins.ts';

/** A model of a folder, with a token for each word. */
async function example(most: number | null): Promise<string> {
  return exampleFor(detail('mine', 'opened'), await new FakeBackend().openTokenizer(), most);
}

test.each([
  [null, 'The captain looked at the sea, and the whale looked at the captain. The captain said nothing.'],
  [17, 'The captain looked at the sea, and the whale looked at the captain. The captain said nothing.'],
  [16, 'The captain looked at the sea, and the whale looked at the captain.'],
  [12, 'The captain saw the whale.'],
  [3, 'The captain saw '],
])('the first text of a model that takes %s tokens', async (most, text) => {
  expect(await example(most)).toBe(text);
});

test('a model that finds hidden words gets one to find in each length', async () => {
  const model = { ...detail('mine', 'opened'), config: { architectures: ['BertForMaskedLM'] } };
  const tokenizer = {
    ...(await new FakeBackend().openTokenizer()),
    mask: { id: 1, text: '[MASK]', span: null, special: true },
  };
  expect(await exampleFor(model, tokenizer, 5)).toBe('The captain saw the [MASK].');
});

/** A tokenizer that knows these pieces and nothing else. */
function few(kind: 'words' | 'characters', entries: readonly string[]) {
  const config = {
    kind,
    vocab: 'vocab.txt',
    unknown: null,
    lowercase: false,
    start: null,
    end: null,
  } as const;
  return new VocabularyTokenizer(config, entries);
}

test.each([
  ['small letters', 'characters', 'abcdefghijklmnopqrstuvwxyz ,.', /^the captain looked at the sea, and/],
  ['the words that it can spell', 'characters', 'abcdefghijklmnopq. ', /^looked and looked/],
  ['the letters that it has', 'characters', 'aeiou ', /^[aeio ]{4,}$/],
  ['the first of its own', 'characters', 'ACGT', /^ACGT$/],
  ['the words that it has', 'words', 'captain the at said', /^the captain at the the at the/],
  ['the first of its words', 'words', 'foo bar baz', /^foo bar baz$/],
] as const)('a model that knows little begins with %s', async (_, kind, held, text) => {
  const tokenizer = few(kind, kind === 'words' ? held.split(' ') : [...held]);
  const first = await exampleFor(detail('mine', 'opened'), tokenizer, null);
  expect(first).toMatch(text);
  expect((await tokenizer.encode(first)).length).toBeGreaterThan(0);
  expect((await exampleFor(detail('mine', 'opened'), tokenizer, 3)).length).toBeLessThanOrEqual(first.length);
});

test('a tokenizer that fails leaves the first text, whose run tells of it', async () => {
  const tokenizer = await new FakeBackend().openTokenizer();
  const fails = { ...tokenizer, encode: () => Promise.reject(new Error('stopped')) };
  expect(await exampleFor(detail('mine', 'opened'), fails, 4)).toContain('said nothing.');
});
