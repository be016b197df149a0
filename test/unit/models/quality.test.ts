import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseQuality } from '../../../src/renderer/models/quality.ts';

const length = { words: [1, 8], bleu: 50, exact: 3, sentences: 9 };
const second = { ...length, words: [9, 16] };
const system = (...lengths: unknown[]) => ({ model: 'm', name: 'M', lengths });
const card = (systems: unknown) => JSON.stringify({ quality_by_length: { about: 'BLEU', systems } });

test('the card of a bundled translator is a chart', () => {
  const text = readFileSync('assets/models/headgate-en-es-lstm/card.json', 'utf8');
  expect(parseQuality(text)?.systems.map(({ lengths }) => lengths.length)).toEqual([5, 5, 5]);
  expect(parseQuality(card([system(length, second), system(length, second)]))?.systems).toHaveLength(2);
});

test.each([
  ['no JSON', '{'],
  ['no quality', '{}'],
  ['no system', card([])],
  ['no length', card([system()])],
  ['more exact than there are', card([system({ ...length, exact: 10 })])],
  ['words the wrong way round', card([system({ ...length, words: [8, 1] })])],
  ['BLEU above 100', card([system({ ...length, bleu: 101 })])],
  ['BLEU as text', card([system({ ...length, bleu: '50' })])],
  ['half a sentence', card([system({ ...length, exact: 0.5 })])],
  ['lengths of their own', card([system(length, second), system(length)])],
  ['other ranges', card([system(length), system(second)])],
  ['a system too many', card(Array.from({ length: 9 }, () => system(length)))],
])('a card with %s is no chart', (_, text) => {
  expect(parseQuality(text)).toBeNull();
});
