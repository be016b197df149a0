import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HeadgateError } from '../../../src/common/error.ts';
import { format as fasttext } from '../../../src/common/formats/fasttext/index.ts';
import { format as gensim } from '../../../src/common/formats/gensim/index.ts';
import { format as keras } from '../../../src/common/formats/keras/index.ts';
import { format as numpy } from '../../../src/common/formats/numpy/index.ts';
import { format as onnx } from '../../../src/common/formats/onnx/index.ts';
import { format as pytorch } from '../../../src/common/formats/pytorch/index.ts';
import { format as word2vec } from '../../../src/common/formats/word2vec-binary/index.ts';
import { folderOf } from './folder.ts';

/** Set it to 20000 or more for a long search by hand. */
const RUNS = Number(process.env['HEADGATE_FUZZ_RUNS'] ?? 500);

const fixture = (name: string) => new Uint8Array(readFileSync(`test/fixtures/${name}`));

const mutation = fc.record({
  kind: fc.constantFrom('set', 'insert', 'remove', 'cut', 'word'),
  at: fc.nat(),
  byte: fc.nat({ max: 255 }),
});

function mutate(
  bytes: Uint8Array,
  { kind, at, byte }: { kind: string; at: number; byte: number },
): Uint8Array {
  const index = at % (bytes.length + 1);
  const [before, after] = [bytes.subarray(0, index), bytes.subarray(index)];
  if (kind === 'cut') return before;
  if (kind === 'insert') return Uint8Array.from([...before, byte, ...after]);
  if (kind === 'remove') return Uint8Array.from([...before, ...after.subarray(byte % 40)]);
  return Uint8Array.from([
    ...before,
    ...new Uint8Array(kind === 'word' ? 4 : 1).fill(byte),
    ...after.subarray(kind === 'word' ? 4 : 1),
  ]);
}

test.each([
  ['plain.pt', pytorch, 'pytorch/plain.pt'],
  ['deflated.pt', pytorch, 'pytorch/deflated.pt'],
  ['legacy.pt', pytorch, 'pytorch/legacy.pt'],
  ['module.pt', pytorch, 'pytorch/module-legacy.pth'],
  ['model.keras', keras, 'keras/lstm/model.keras'],
  ['model.h5', keras, 'keras/keras2-lstm/model.h5'],
  ['weights.h5', keras, 'keras/keras2-weights-only/weights.h5'],
  ['model.onnx', onnx, 'onnx/lstm-bidirectional-tagger/model.onnx'],
  ['typed.onnx', onnx, 'onnx/rnn-typed-fields/model.onnx'],
  ['words.bin', word2vec, 'words/word2vec.bin'],
  ['fasttext.bin', fasttext, 'words/fasttext.bin'],
  ['inside.kv', gensim, 'words/inside.kv'],
  ['packed.npz', numpy, 'numpy/packed.npz'],
  ['one.npy', numpy, 'numpy/one.npy'],
])(
  'a spoilt %s is read or refused by one error',
  async (name, format, path) => {
    const good = fixture(path);
    const codes = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 3 }), async (mutations) => {
        const folder = folderOf({ [name]: mutations.reduce(mutate, good) });
        try {
          const entry = await format.claims(folder, name);
          if (entry === null) return;
          const { tensors, files } = await format.read(folder, entry);
          for (const { file, begin, end } of tensors) {
            const source = files.get(file);
            expect(end).toBeLessThanOrEqual(source?.size ?? -1);
            if (end - begin < 2 ** 20) expect(await source?.read(begin, end)).toHaveLength(end - begin);
          }
        } catch (error) {
          if (!(error instanceof HeadgateError)) throw error;
          codes.add(error.code);
        }
      }),
      { numRuns: RUNS },
    );
    expect(codes.size).toBeGreaterThan(2);
  },
  3_600_000,
);
