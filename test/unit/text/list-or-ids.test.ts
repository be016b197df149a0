import { describe, expect, test } from 'vitest';
import { listConfig, listOrIds } from '../../../src/common/text/list-or-ids.ts';

describe('a list is told by its entries', () => {
  test.each<[string, string[], object]>([
    ['characters', ['a', 'b', ' '], { kind: 'characters', unknown: null }],
    ['characters with marks', ['<pad>', '<unk>', 'a', '[SEP]'], { kind: 'characters', unknown: '<unk>' }],
    ['words', ['<eos>', '<unk>', 'the', 'a'], { kind: 'words', unknown: '<unk>', lowercase: true }],
    ['words with capitals', ['the', 'N', 'a'], { kind: 'words', unknown: null, lowercase: false }],
    ['one word among letters', ['a', 'b', 'the'], { kind: 'words' }],
  ])('%s', (_name, entries, expected) => {
    expect(listConfig(entries)).toMatchObject(expected);
  });
});

describe('vocab.json', () => {
  const ids = async (json: string, text: string) =>
    (await listOrIds({ name: 'vocab.json', text: json }, 9).encode(text)).map(({ id }) => id);

  test('a list, and ids by entry', async () => {
    expect(await ids('["the", "gate"]', 'gate the')).toEqual([1, 0]);
    // Keras' word_index begins with 1: 0 is padding.
    expect(await ids('{"the": 1, "gate": 2}', 'the gate')).toEqual([1, 2]);
    expect(listOrIds({ name: 'vocab.json', text: '{"b": 2}' }, 9).token(1).text).toBe('<1>');
  });

  test.each([
    ['{', 'vocab.json is not valid JSON'],
    ['3', 'vocab.json is neither a list nor an object'],
    ['["a", 2]', 'vocab.json has an entry 1 that is no text'],
    ['{"a": -1}', 'vocab.json has "a" with something that is no id'],
    ['{"a": 1e12}', 'vocab.json has "a" with something that is no id'],
  ])('%s is refused', (text, says) => {
    expect(() => listOrIds({ name: 'vocab.json', text }, 9)).toThrow(says);
  });
});

test('without a file a text is a list of ids', async () => {
  const list = listOrIds(null, 5);
  expect((await list.encode('4 0 3')).map(({ id }) => id)).toEqual([4, 0, 3]);
  await expect(list.encode('5')).rejects.toThrow('does not hold');
});
