/** Sentencepiece's models in a Marian folder, against MarianTokenizer (test/fixtures/make_sentencepiece.py). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TokenizerCore } from '../../../src/common/text/tokenizer-core.ts';
import type { TokenizerFiles } from '../../../src/common/text/tokenizer-files.ts';

const ROOT = join(import.meta.dirname, '../../fixtures/sentencepiece/marian');
const bytesOf = (name: string) => new Uint8Array(readFileSync(join(ROOT, name)));
const textOf = (name: string) => readFileSync(join(ROOT, name), 'utf8');
const cases = JSON.parse(textOf('cases.json')) as Record<
  'source' | 'target',
  { readonly text: string; readonly ids: number[] }[]
>;

function filesOf(side: 'source' | 'target'): Record<string, string | Uint8Array> {
  return { [`${side}.spm`]: bytesOf(`${side}.spm`), 'vocab.json': textOf('vocab.json') };
}

describe.each(['source', 'target'] as const)('%s', (side) => {
  const core = new TokenizerCore(filesOf(side));

  test.each(cases[side].map(({ text, ids }) => [JSON.stringify(text), text, ids] as const))(
    '%s',
    (_name, text, ids) => {
      const tokens = core.encode(text);
      expect(tokens.map(({ id }) => id)).toEqual(ids);
      expect(tokens.at(-1)).toMatchObject({ text: '</s>', span: null, special: true });
    },
  );
});

test('tokens know their stretch of the text, and a code is one of them', () => {
  const text = '>>fra<< The sea.';
  const tokens = new TokenizerCore(filesOf('source')).encode(text);
  expect(text.slice(...(tokens[0]?.span ?? [0, 0]))).toBe('>>fra<<');
  const covered = tokens.slice(1).flatMap(({ span }) => (span === null ? [] : [text.slice(...span)]));
  expect(covered.join('').replaceAll(' ', '')).toBe('Thesea.');
});

test('vocabularies of their own: the target reads target_vocab.json', () => {
  const vocab = { '</s>': 3, '<unk>': 5, Ignored: 0 };
  const core = new TokenizerCore({
    ...filesOf('target'),
    'target_vocab.json': JSON.stringify(vocab),
    'tokenizer_config.json': '{"separate_vocabs": true}',
  });
  expect(new Set(core.encode('matin').map(({ id }) => id))).toEqual(new Set([5, 3]));
});

/** A length-delimited field of a message. */
const field = (number: number, ...bytes: number[]) => [number * 8 + 2, bytes.length, ...bytes];
const piece = (text: string, kind: number, ...score: number[]) =>
  field(
    1,
    ...field(1, ...new TextEncoder().encode(text)),
    ...(score.length > 0 ? [0x15, ...score] : []),
    0x18,
    kind,
  );
const unknown = piece('<unk>', 2);

describe('a damaged file is one sentence that names it', () => {
  const whole = bytesOf('source.spm');
  test.each<[string, TokenizerFiles, RegExp]>([
    ['cut off', { 'source.spm': whole.slice(0, 1000) }, /^source\.spm: it ends in the middle of a field\.$/],
    ['empty', { 'source.spm': new Uint8Array() }, /^source\.spm: it has no pieces\.$/],
    ['text', { 'source.spm': new TextEncoder().encode('{"a": 1}') }, /^source\.spm: it is damaged/],
    [
      'a length beyond the file',
      { 'source.spm': Uint8Array.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]) },
      /^source\.spm: it ends in the middle of a field\.$/,
    ],
    [
      'no unknown piece',
      { 'source.spm': Uint8Array.from(piece('a', 1)) },
      /^source\.spm: it has 0 unknown pieces, where one is needed\.$/,
    ],
    [
      'the same piece twice',
      { 'source.spm': Uint8Array.from([...unknown, ...piece('a', 1), ...piece('a', 1)]) },
      /^source\.spm: its piece 2, "a", is its piece 1 again\.$/,
    ],
    [
      'no finite score',
      { 'source.spm': Uint8Array.from([...unknown, ...piece('a', 1, 0, 0, 0xc0, 0x7f)]) },
      /^source\.spm: its piece 1, "a", has no finite score\.$/,
    ],
    [
      'a BPE',
      { 'source.spm': Uint8Array.from([...unknown, ...piece('a', 1), ...field(2, 0x18, 2)]) },
      /^source\.spm: it is of the kind “BPE”/,
    ],
    [
      'ids that are none',
      { 'vocab.json': '{"<unk>": -1}' },
      /^vocab\.json: it gives "<unk>" an id that is -1; it must be a whole number below 4194304.$/,
    ],
    ['no unknown id', { 'vocab.json': '{"</s>": 0}' }, /^source\.spm: vocab\.json has no “<unk>”/],
  ])('%s', (_name, files, message) => {
    let error: unknown;
    try {
      new TokenizerCore({ ...filesOf('source'), ...files });
    } catch (caught) {
      error = caught;
    }
    expect(error).toMatchObject({ code: 'bad-tokenizer', message: expect.stringMatching(message) as string });
  });

  test('no vocab.json', () => {
    expect(() => new TokenizerCore({ 'source.spm': whole })).toThrow(
      /^source\.spm: vocab\.json must stand beside it/,
    );
  });
});
