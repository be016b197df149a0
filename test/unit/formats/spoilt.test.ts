/** Spoilt files of every format: read within their bytes, or refused by one error. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HeadgateError } from '../../../src/common/error.ts';
import { format as capture } from '../../../src/common/formats/capture/index.ts';
import { format as fasttext } from '../../../src/common/formats/fasttext/index.ts';
import type { Format } from '../../../src/common/formats/format.ts';
import { format as gensim } from '../../../src/common/formats/gensim/index.ts';
import { format as gguf } from '../../../src/common/formats/gguf/index.ts';
import { format as keras } from '../../../src/common/formats/keras/index.ts';
import { format as numpy } from '../../../src/common/formats/numpy/index.ts';
import { format as onnx } from '../../../src/common/formats/onnx/index.ts';
import { format as projector } from '../../../src/common/formats/projector/index.ts';
import { format as pytorch } from '../../../src/common/formats/pytorch/index.ts';
import { format as safetensors } from '../../../src/common/formats/safetensors/index.ts';
import { format as word2vec } from '../../../src/common/formats/word2vec-binary/index.ts';
import { format as words } from '../../../src/common/formats/word-table/index.ts';
import { folderOf } from './folder.ts';
import { captureOf, good, npyOf, npyTexts, npzOf } from './make-capture.ts';
import { entry, ggufOf, tensorEntry } from './make-gguf.ts';
import { mutated, mutations } from './mutations.ts';

/** Mutations of each format's files: the same at every run, or as many others as are asked for. */
const { HEADGATE_MUTATIONS: asked } = process.env;
const RUNS = asked === undefined ? { numRuns: 20_000, seed: 14 } : { numRuns: Number(asked) };

type File = readonly [name: string, bytes: Uint8Array];
const fixture = (name: string, path: string): File => [
  name,
  new Uint8Array(readFileSync(`test/fixtures/${path}`)),
];
const text = (name: string, content: string): File => [name, new TextEncoder().encode(content)];

const source = JSON.stringify(['a', 'b', 'c']);
const run = {
  ...{ 'hidden_states.0': [2, 3], 'attentions.0': [2, 2, 2], cross_attentions: [1, 2, 2, 3], logits: [2, 4] },
  ...{ 'rnn.0.hidden': [2, 3], 'encoder.embeddings': [3, 2] },
};
/** Something of everything. */
const smallGguf = ggufOf({
  entries: [
    entry('general.architecture', 'llama'),
    entry('llama.attention.head_count', 2),
    entry('llama.embedding_length', 4),
    entry('llama.block_count', 1),
    entry('llama.feed_forward_length', 4),
    entry('tokenizer.ggml.model', 'gpt2'),
    entry('tokenizer.ggml.tokens', ['a', 'b', 'ab']),
    entry('tokenizer.ggml.merges', ['a b']),
    entry('tokenizer.ggml.add_bos_token', true),
  ],
  tensors: [
    tensorEntry({ name: 'blk.0.attn_q.weight', dimensions: [4, 4] }),
    tensorEntry({ name: 'blk.0.ffn_up.weight', dimensions: [32, 2], type: 8, offset: 64 }),
  ],
  data: 160,
});
/** The words beside the projector's rows: the second mutation on is theirs too. */
const WORDS = new TextEncoder().encode(Array.from({ length: 30 }, (_, row) => `word ${row}\n`).join(''));
const table = 'king 0.5 -1 2\nnew york 1 2 3\nqueen 1e-3 0 7\n';

test.each<[Format, head: number, files: readonly File[]]>([
  [
    capture,
    700,
    [
      ['run.safetensors', captureOf(run, { ...good, source_tokens: source })],
      [
        'run.npz',
        npzOf({
          hidden_states: npyOf([2, 1, 2, 3]),
          'attentions.0': npyOf([2, 2, 2]),
          tokens: npyTexts(['the', ' whale']),
          input_ids: npyOf([2], '<i4'),
        }),
      ],
    ],
  ],
  [
    safetensors,
    300,
    [
      ['model.safetensors', captureOf({ 'wte.weight': [4, 2], 'h.0.bias': [2] }, { format: 'pt' })],
      ['half.safetensors', captureOf({ weight: [3], scale: [] }, {}, 'I32')],
    ],
  ],
  [
    gguf,
    600,
    [
      ['m.gguf', smallGguf],
      fixture('types.gguf', 'gguf/types.gguf'),
      fixture('tokens.gguf', 'gguf/tokenizer-llama2.gguf'),
      fixture('gpt2.gguf', 'gguf/gpt2.gguf'),
    ],
  ],
  [
    pytorch,
    900,
    [
      fixture('plain.pt', 'pytorch/plain.pt'),
      fixture('deflated.pt', 'pytorch/deflated.pt'),
      fixture('legacy.pt', 'pytorch/legacy.pt'),
      fixture('module.pt', 'pytorch/module-legacy.pth'),
      fixture('tar.pt', 'pytorch/parts.tar.pt'),
    ],
  ],
  [
    keras,
    3000,
    [
      fixture('model.keras', 'keras/lstm/model.keras'),
      fixture('model.h5', 'keras/keras2-lstm/model.h5'),
      fixture('weights.h5', 'keras/keras2-weights-only/weights.h5'),
    ],
  ],
  [
    onnx,
    1500,
    [
      fixture('model.onnx', 'onnx/lstm-bidirectional-tagger/model.onnx'),
      fixture('typed.onnx', 'onnx/rnn-typed-fields/model.onnx'),
    ],
  ],
  [word2vec, 20, [fixture('words.bin', 'words/word2vec.bin')]],
  [fasttext, 120, [fixture('fasttext.bin', 'words/fasttext.bin')]],
  [gensim, 400, [fixture('inside.kv', 'words/inside.kv')]],
  [numpy, 200, [fixture('packed.npz', 'numpy/packed.npz'), fixture('one.npy', 'numpy/one.npy')]],
  [words, 20, [text('words.txt', `3 3\n${table}`), text('glove.txt', table)]],
  [
    projector,
    20,
    [text('vectors.tsv', Array.from({ length: 30 }, (_, row) => `${row}\t0.5\t-1e-3\n`).join(''))],
  ],
])(
  'spoilt files of $id are read or refused by one error',
  async (format, head, files) => {
    const codes = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...files), mutations(head), async ([name, bytes], how) => {
        const folder = folderOf({
          [name]: how.reduce(mutated, bytes),
          'metadata.tsv': how.slice(1).reduce(mutated, WORDS),
        });
        try {
          // What is not claimed any more must be refused in the same way.
          const entry = (await format.claims(folder, name)) ?? name;
          const { tensors, files: held } = await format.read(folder, entry);
          for (const { file, begin, end } of tensors) {
            const bytesOf = held.get(file);
            expect(end).toBeLessThanOrEqual(bytesOf?.size ?? -1);
            if (end - begin < 2 ** 20) expect(await bytesOf?.read(begin, end)).toHaveLength(end - begin);
          }
        } catch (error) {
          if (!(error instanceof HeadgateError)) throw error;
          codes.add(error.code);
        }
      }),
      RUNS,
    );
    expect(codes.size).toBeGreaterThan(1);
  },
  3_600_000,
);
