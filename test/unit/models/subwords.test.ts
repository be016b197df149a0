import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseWordVectorsConfig, wordVectorsSpec } from '../../../src/common/configs/word-vectors.ts';
import { bucketsOf } from '../../../src/common/text/subwords.ts';
import { unlistedVector } from '../../../src/renderer/models/word-vectors/subwords.ts';
import { memoryModel } from '../../helpers/fixture-model.ts';
import { must } from '../../helpers/must.ts';

const ROOT = 'test/fixtures/words';
const { signal } = new AbortController();

test('a word that fastText does not list has the vector of its parts, as gensim gives it', async () => {
  const bytes = new Uint8Array(readFileSync(`${ROOT}/fasttext.bin`));
  const source = await memoryModel('m', new Map([['fasttext.bin', bytes]]), 7);
  const config = source.model.config ?? {};
  const { subwords, width } = parseWordVectorsConfig(config);
  const check = wordVectorsSpec.check(config, source.model.tensors);
  expect([check.missing, check.misshapen, check.unexpected]).toEqual([[], [], []]);
  const table = must(check.found.get('subword.weight'));
  const { beyond } = must(
    (
      JSON.parse(readFileSync(`${ROOT}/expected.json`, 'utf8')) as Record<
        string,
        { beyond: Record<string, number[]> }
      >
    )['fasttext.bin'],
  );
  expect(Object.keys(beyond).length).toBeGreaterThan(2);
  for (const [word, expected] of Object.entries(beyond)) {
    const vector = await unlistedVector(source, table, { word, width, rules: must(subwords) }, signal);
    for (const [d, value] of expected.entries()) expect(vector[d]).toBeCloseTo(value, 6);
  }
});

test('parts of a word: characters, not bytes, with the marks of its ends', () => {
  const rules = { min_n: 2, max_n: 3, buckets: 2_000_000 };
  // <東, <東京, 東京, 東京>, 京>
  expect(bucketsOf('東京', rules)).toHaveLength(5);
  expect(bucketsOf('a', { ...rules, min_n: 1, max_n: 1 })).toHaveLength(1);
  expect(bucketsOf('a', { ...rules, buckets: 0 })).toEqual([]);
});

test.each([[{ min_n: 1 }], [{ min_n: -1, max_n: 3, buckets: 4 }], ['x']])(
  'subwords %j is refused',
  (subwords) => {
    expect(() => parseWordVectorsConfig({ vocab_size: 2, embedding_size: 2, subwords })).toThrow(
      '“subwords”',
    );
  },
);
