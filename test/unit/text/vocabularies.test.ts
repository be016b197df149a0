/** Vocabularies that stand alone in a folder, against sentencepiece and tiktoken (test/fixtures/make_vocabularies.py). */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TokenizerCore } from '../../../src/common/text/tokenizer-core.ts';

const ROOT = join(import.meta.dirname, '../../fixtures/vocabularies');
const read = (kind: string, name: string) => new Uint8Array(readFileSync(join(ROOT, kind, name)));

function filesOf(kind: string): Record<string, string | Uint8Array> {
  const names = readdirSync(join(ROOT, kind)).filter((name) => name !== 'cases.json');
  return Object.fromEntries(
    names.map((name) => {
      const bytes = read(kind, name);
      return [name, name.endsWith('.json') ? new TextDecoder().decode(bytes) : bytes];
    }),
  );
}

describe.each(['llama', 'gemma', 'unigram', 't5', 'xlmr', 'tiktoken'])('%s', (kind) => {
  const core = new TokenizerCore(filesOf(kind));
  const cases = JSON.parse(new TextDecoder().decode(read(kind, 'cases.json'))) as {
    readonly text: string;
    readonly ids: number[];
  }[];

  test.each(cases.map(({ text, ids }) => [JSON.stringify(text), text, ids] as const))(
    '%s',
    (_, text, ids) => {
      const tokens = core.encode(text);
      expect(tokens.map(({ id }) => id)).toEqual(ids);
      for (const { span } of tokens)
        if (span !== null) expect(span[0] >= 0 && span[1] <= text.length && span[0] <= span[1]).toBe(true);
    },
  );
});

test('special tokens that are typed are found, and T5 has its hundred more', () => {
  const llama = new TokenizerCore(filesOf('llama')).encode('a<s>b');
  expect(llama.filter(({ special }) => special).map(({ id, span }) => [id, span])).toEqual([
    [1, null],
    [1, [1, 4]],
  ]);
  const t5 = new TokenizerCore(filesOf('t5'));
  const pieces = t5.texts.length - 100;
  expect(t5.encode('a <extra_id_0> b').some(({ id }) => id === pieces + 99)).toBe(true);
});

test.each([
  ['of another kind', { 'tokenizer.model': new TextEncoder().encode('hello') }, /tokenizer.model: /],
  [
    'with a bad line',
    { 'tokenizer.model': new TextEncoder().encode('IQ== 0\nnonsense\n') },
    /tokenizer.model: its line 2/,
  ],
  [
    'with a token twice',
    { 'x.tiktoken': new TextEncoder().encode('IQ== 0\nIQ== 1\n') },
    /x.tiktoken: its line 2/,
  ],
])('a vocabulary %s is refused', (_, files, message) => {
  expect(() => new TokenizerCore(files)).toThrow(message);
});
