import { expect, test } from 'vitest';
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

test('a tokenizer that fails leaves the first text, whose run tells of it', async () => {
  const tokenizer = await new FakeBackend().openTokenizer();
  const fails = { ...tokenizer, encode: () => Promise.reject(new Error('stopped')) };
  expect(await exampleFor(detail('mine', 'opened'), fails, 4)).toContain('said nothing.');
});
