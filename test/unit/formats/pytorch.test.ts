import { readFileSync } from 'node:fs';
import { zipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { format } from '../../../src/common/formats/pytorch/index.ts';
import { described, type Described } from './described.ts';
import { folderOf } from './folder.ts';
import { rejection } from './make-safetensors.ts';

const FOLDER = 'test/fixtures/pytorch';

const expected = JSON.parse(readFileSync(`${FOLDER}/expected.json`, 'utf8')) as Record<
  string,
  Record<string, Described>
>;

const fixture = (name: string) => new Uint8Array(readFileSync(`${FOLDER}/${name}`));

async function read(files: Readonly<Record<string, string | Uint8Array>>, wanted: string | null = null) {
  const folder = folderOf(files);
  const entry = await format.claims(folder, wanted);
  if (entry === null) throw new Error('The format did not claim the files.');
  return format.read(folder, entry);
}

describe('files that torch.save wrote', () => {
  test.each(Object.keys(expected))('%s holds what PyTorch reads from it', async (name) => {
    const model = await read({ [name]: fixture(name) });
    expect(await described(model)).toEqual(expected[name]);
  });

  test('are read in pieces, too, where their bytes are put in order', async () => {
    const { tensors, files } = await read({ 'plain.pt': fixture('plain.pt') });
    for (const { file, begin, end } of tensors) {
      const source = files.get(file);
      const whole = await source?.read(begin, end);
      for (let at = begin; at < end; at += 7) {
        const piece = await source?.read(at, Math.min(at + 7, end));
        expect(piece).toEqual(whole?.slice(at - begin, at - begin + 7));
      }
    }
  });

  test('tell what was chosen, left aside and refused', async () => {
    const { notes } = await read({ 'lightning.ckpt': fixture('lightning.ckpt') });
    expect(notes).toEqual([
      'The weights are what the checkpoint holds under "state_dict"; left aside: "epoch", "optimizer_states", "hyper_parameters".',
      'Python classes were not built, only looked into for tensors: "argparse.Namespace".',
      'The checkpoint\'s hyper_parameters: {"dim":3,"layers":1,"name":"cell","rate":0.001}.',
    ]);
    const parts = await read({ 'parts.tar.pt': fixture('parts.tar.pt') });
    expect(parts.notes).toEqual(['The state of an optimizer was left aside: "en_opt".']);
    const module = await read({ 'module.pt': fixture('module.pt') });
    expect(module.notes?.join(' ')).toContain('"training.network.Cell"');
  });

  test('are claimed by their bytes, not by their names', async () => {
    const plain = fixture('plain.pt');
    const claims = (files: Record<string, string | Uint8Array>, wanted: string | null = null) =>
      format.claims(folderOf(files), wanted);
    expect(await claims({ 'training_args.bin': plain, 'pytorch_model.bin': plain })).toBe(
      'pytorch_model.bin',
    );
    expect(await claims({ 'optimizer.pt': plain, 'best.pth': plain })).toBe('best.pth');
    // TorchScript begins with its tensors.
    const script = zipSync({ 'm/data/0': new Uint8Array(8), 'm/data.pkl': new Uint8Array(2) });
    expect(await claims({ 'scripted.pt': script })).toBe('scripted.pt');
    for (const name of ['checkpoint.pth.tar', 'best.th']) expect(await claims({ [name]: plain })).toBe(name);
    expect(await claims({ 'best of all': plain }, 'best of all')).toBe('best of all');
    expect(await claims({ 'model.bin': 'GGUF' })).toBe(null);
    expect(await claims({ 'a.txt': plain }, 'a.txt')).toBe('a.txt');
    expect(await claims({ 'a.txt': plain })).toBe(null);
    expect(await claims({ 'training_args.bin': plain }, 'training_args.bin')).toBe('training_args.bin');
    expect(await rejection(claims({ 'a.pt': plain, 'b.pt': plain }))).toMatchObject({
      code: 'ambiguous-weights',
    });
  });

  test('may be shards with an index or without', async () => {
    const index = (map: Record<string, string>) => JSON.stringify({ weight_map: map });
    const files = { 'one.bin': fixture('module.pt'), 'two.bin': fixture('parts.tar.pt') };
    const name = 'pytorch_model.bin.index.json';
    const model = await read({ ...files, [name]: index({ 'gate.bias': 'one.bin', 'en.weight': 'two.bin' }) });
    expect(await described(model)).toEqual({ ...expected['module.pt'], ...expected['parts.tar.pt'] });
    const set = {
      'pytorch_model-00001-of-00002.bin': fixture('module.pt'),
      'pytorch_model-00002-of-00002.bin': fixture('parts.tar.pt'),
    };
    const without = await read(set);
    expect(await described(without)).toEqual({ ...expected['module.pt'], ...expected['parts.tar.pt'] });
    expect(without.notes).toContain('There is no index of the shards: all 2 files of the set were opened.');
    const pointer = read({
      ...set,
      'pytorch_model-00002-of-00002.bin': 'version https://git-lfs.github.com/spec/v1\noid sha256:0\n',
    });
    expect(await rejection(pointer)).toMatchObject({
      code: 'not-the-file',
      message: '"pytorch_model-00002-of-00002.bin" is a pointer of Git LFS, not the file that it stands for.',
    });
    const wrong = read({ ...files, [name]: index({ 'gate.bias': 'two.bin' }) });
    expect(await rejection(wrong)).toMatchObject({ code: 'tensor-not-in-shard' });
    const outside = read({ ...files, [name]: index({ 'gate.bias': '../two.bin' }) });
    expect(await rejection(outside)).toMatchObject({ code: 'unsafe-name' });
  });
});
