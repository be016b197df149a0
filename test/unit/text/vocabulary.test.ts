import { describe, expect, test } from 'vitest';
import { parseVocabulary, VocabularyTokenizer } from '../../../src/common/text/vocabulary.ts';
import { parseRecurrentConfig } from '../../../src/common/configs/recurrent.ts';
import { runningText } from '../../../src/renderer/text/running-text.ts';

function open(tokenizer: Record<string, unknown>, entries: string[]) {
  const { tokenizer: config } = parseRecurrentConfig({
    model_type: 'rnn-lm',
    vocab_size: 9,
    embedding_size: 4,
    rnn: { cell: 'gru', hidden_size: 4 },
    tokenizer,
  });
  if (config.kind === 'file' || config.kind === 'auto') throw new Error('not a list');
  return new VocabularyTokenizer(config, entries);
}

test('vocab.txt: one entry a line, escapes for what a line can’t hold', () => {
  expect(parseVocabulary('vocab.txt', 'a\n \n\\n\n\\t\n\\\\\n')).toEqual(['a', ' ', '\n', '\t', '\\']);
  expect(parseVocabulary('vocab.txt', 'a\r\nb')).toEqual(['a', 'b']);
});

describe('characters', () => {
  test('spans, also of characters outside the basic plane', async () => {
    const tokens = await open({ kind: 'characters' }, ['a', '🐋', ' ']).encode('a 🐋a');
    expect(tokens.map(({ id, span }) => [id, span])).toEqual([
      [0, [0, 1]],
      [2, [1, 2]],
      [1, [2, 4]],
      [0, [4, 5]],
    ]);
  });

  test('an unknown character is shown as unknown, and can be counted', async () => {
    const tokenizer = open({ kind: 'characters', unknown: '<unk>' }, ['<unk>', 'a']);
    const tokens = await tokenizer.encode('aßaé');
    expect(tokens.filter(({ unknown }) => unknown)).toHaveLength(2);
    expect(tokens[1]).toMatchObject({ id: 0, text: '<unk>', span: [1, 2] });
  });

  test('without an entry for unknown ones the sentence names and counts them', async () => {
    const tokenizer = open({ kind: 'characters' }, ['a']);
    await expect(tokenizer.encode('aßßé')).rejects.toMatchObject({
      code: 'unknown-character',
      message: expect.stringMatching(/3 characters.*“ß”, “é”/) as unknown,
    });
  });
});

describe('words', () => {
  test('words, inner apostrophes, numbers and marks; start and end', async () => {
    const entries = ['<s>', '</s>', '<unk>', "don't", 'go', '42', '!'];
    const tokenizer = open({ kind: 'words', start: '<s>', end: '</s>' }, entries);
    const tokens = await tokenizer.encode("Don't go 42 miles!");
    expect(tokens.map(({ id }) => id)).toEqual([0, 3, 4, 5, 2, 6, 1]);
    expect(tokens[4]).toMatchObject({ unknown: true, span: [12, 17] });
    expect(await tokenizer.encode('  ')).toEqual([]);
  });

  test('whole words between spaces come before their marks; what the config names is no word', async () => {
    const entries = ['<s>', '<unk>', '@-@', '...', '.', 'a', '<', 's', '>'];
    const tokenizer = open({ kind: 'words', start: '<s>' }, entries);
    expect((await tokenizer.encode('a @-@ a ... a. <s>')).map(({ id }) => id)).toEqual([
      0, 5, 2, 5, 3, 5, 4, 6, 7, 8,
    ]);
  });

  test('in running text spaces stand between words, not before marks', async () => {
    const tokens = await open({ kind: 'words' }, ['<unk>', 'go', '42', '!']).encode('go 42!');
    expect(runningText(tokens)).toBe('go 42!');
    const characters = open({ kind: 'characters' }, ['g', 'o']);
    expect(runningText([characters.token(0), characters.token(1)])).toBe('go');
  });

  test('an entry that the config names must be there', () => {
    expect(() => open({ kind: 'words', unknown: '[UNK]' }, ['a'])).toThrow('“tokenizer.unknown” is “[UNK]”');
  });
});
