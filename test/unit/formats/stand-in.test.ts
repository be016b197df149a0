/** What people have under the name of a model's weights, and what they are told. */
import { zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { readModel } from '../../../src/common/read-model.ts';
import { folderOf } from './folder.ts';
import { rejection, safetensorsOf } from './make-safetensors.ts';

const open = (files: Readonly<Record<string, string | Uint8Array>>, wanted: string | null = null) =>
  readModel(folderOf(files), { id: 'm', source: 'opened', wanted, fileId: (id) => id });

const POINTER = 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n';
const CONFIG = '{"model_type":"gpt2"}';

test.each([
  'model.safetensors',
  'pytorch_model.bin',
  'model.gguf',
  'model.onnx',
  'model.keras',
  'model.h5',
  'weights.npz',
])('%s that Git LFS has not fetched', async (name) => {
  const told = `"${name}"${name.endsWith('.bin') ? "), which Headgate can't read." : ' is a pointer of Git LFS, not the file that it stands for.'}`;
  const error = (await rejection(open({ 'config.json': CONFIG, [name]: POINTER }))) as Error;
  expect(error).toMatchObject({ hint: 'Run git lfs pull in its folder.' });
  expect(error.message).toContain(told);
});

test('a shard that Git LFS has not fetched', async () => {
  const files = {
    'model-00001-of-00002.safetensors': safetensorsOf({ a: [2] }),
    'model-00002-of-00002.safetensors': POINTER,
  };
  expect(await rejection(open(files))).toMatchObject({
    message: '"model-00002-of-00002.safetensors" is a pointer of Git LFS, not the file that it stands for.',
  });
});

test.each<[string, string | Uint8Array, what: string, hint: RegExp]>([
  ['model.safetensors', '<!DOCTYPE html><html>', 'is a web page', /Download the file again/],
  ['ggml-model.bin', 'lmgg' + 'x'.repeat(40), 'GGML’s format of before August 2023', /convert_llama_ggml/],
  ['llama.ggml', 'tjgg' + 'x'.repeat(40), 'GGML’s format of before August 2023', /as GGUF/],
  ['glove.6B.zip', zipSync({ 'glove.6B.50d.txt': new Uint8Array(4) }), 'a ZIP archive', /^Unpack it/],
  ['vectors.bin.gz', Uint8Array.of(0x1f, 0x8b, 8), 'a gzip archive', /^Unpack it/],
  ['words.csv', 'the,1,2\n', 'a table with commas', /write it with spaces/],
  ['m.nemo', `${'x'.repeat(257)}ustar`, 'a TAR archive', /^Unpack it/],
  ['__0_0.distcp', zipSync({ 'm/data.pkl': new Uint8Array(2) }), 'a distributed checkpoint', /dcp_to_torch/],
  [
    'optimizer.pt',
    zipSync({ 'm/data.pkl': new Uint8Array(2) }),
    'keeps beside its model',
    /model was saved in/,
  ],
  ['flax_model.msgpack', new Uint8Array([0x82, 0xa6]), 'Flax weights', /from_flax=True/],
  ['model.ckpt.data-00000-of-00001', new Uint8Array(40), 'a TensorFlow checkpoint', /from_tf=True/],
  ['saved_model.pb', new Uint8Array([8, 1, 18]), 'a TensorFlow graph', /model\.save/],
  [
    'm.pt2',
    zipSync({ 'm/data/weights/weight_0': new Uint8Array(4) }),
    'an exported program',
    /torch\.export\.load/,
  ],
  ['w.npy', new Uint8Array([0x93, ...Buffer.from('NUMPY'), 1, 0]), 'a NumPy array', /Name the file itself/],
])('%s alone in a folder', async (name, content, what, hint) => {
  const error = (await rejection(open({ [name]: content }))) as Error & { hint: string };
  expect(error.message).toContain(what);
  expect(error.hint).toMatch(hint);
});
