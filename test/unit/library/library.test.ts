import { renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Library } from '../../../src/main/library/library.ts';
import { Recents } from '../../../src/main/library/recents.ts';
import { must } from '../../helpers/must.ts';
import { temporaryFolder } from '../files/temporary.ts';
import { safetensorsOf } from '../formats/make-safetensors.ts';

const weights = safetensorsOf({ 'wte.weight': [4, 2] });
const index = JSON.stringify({ weight_map: { 'wte.weight': 'model-00001-of-00001.safetensors' } });

async function libraryOf(root: string): Promise<Library> {
  return Library.load({ bundled: join(root, 'bundled'), recents: await Recents.load(join(root, 'config')) });
}

/** A library without bundled models, and the model's folder with these files. */
async function withModel(files: Readonly<Record<string, string | Uint8Array>>) {
  const root = temporaryFolder();
  const folder = temporaryFolder(files);
  return { root, folder, library: await libraryOf(root) };
}

describe('opening', () => {
  test('a folder tells what is in it', async () => {
    const { library, folder } = await withModel({
      'model.safetensors': weights,
      'config.json': '{"model_type": "gpt2"}',
      'tokenizer.json': '{}',
      'vocab.json': '{}',
      'merges.txt': '',
      'golden.safetensors': weights,
      'README.md': '#',
      'notes.txt': 'private',
    });
    const model = await library.open(folder);
    expect(model).toMatchObject({ source: 'opened', modelType: 'gpt2', bytes: 32, format: 'safetensors' });
    expect(model.files.map(({ name }) => name)).not.toContain('notes.txt');
    expect(Object.keys(model.tokenizer)).toEqual(['tokenizer.json', 'vocab.json', 'merges.txt']);
    const card = await library.file(model.id, must(model.card));
    expect(new TextDecoder().decode(await card.read(0, card.size))).toBe('#');
  });

  test('a folder whose files were written since has another version', async () => {
    const { library, folder } = await withModel({ 'model.safetensors': weights, 'config.json': '{}' });
    const versions = [await library.open(folder), await library.open(folder)].map(({ version }) => version);
    expect(versions[1]).toBe(must(versions[0]));
    writeFileSync(join(folder, 'model.safetensors'), weights);
    expect((await library.open(folder)).version).not.toBe(versions[0]);
  });

  test('a folder without a config is a model of no type', async () => {
    const { library, folder } = await withModel({ 'model.safetensors': weights });
    expect(await library.open(folder)).toMatchObject({
      config: null,
      modelType: null,
      tokenizer: {},
      card: null,
      metadata: {},
      notes: [],
    });
  });

  test.each(['model.safetensors', 'config.json', 'README.md'])(
    '%s in a folder stands for the folder',
    async (file) => {
      const { library, folder } = await withModel({
        'model.safetensors': weights,
        'config.json': '{}',
        'README.md': '',
      });
      expect((await library.open(join(folder, file))).id).toBe((await library.open(folder)).id);
    },
  );

  test('a file of weights with a name of its own is a model of its own', async () => {
    const { library, folder } = await withModel({
      'model.safetensors': weights,
      'mine.safetensors': safetensorsOf({ x: [3] }),
    });
    const mine = await library.open(join(folder, 'mine.safetensors'));
    expect(mine.tensors.map(({ name }) => name)).toEqual(['x']);
    expect((await library.detail(mine.id)).tensors.map(({ name }) => name)).toEqual(['x']);
    expect(mine.id).not.toBe((await library.open(folder)).id);
  });

  test('a shard of an index stands for the folder; without an index it stands alone', async () => {
    const { library, folder } = await withModel({
      'model.safetensors.index.json': index,
      'model-00001-of-00001.safetensors': weights,
    });
    const shard = join(folder, 'model-00001-of-00001.safetensors');
    expect((await library.open(shard)).id).toBe((await library.open(folder)).id);
    rmSync(join(folder, 'model.safetensors.index.json'));
    expect((await library.open(shard)).id).not.toBe((await library.open(folder)).id);
  });

  test('links in the path are followed, links out of the folder are not', async () => {
    const { library, folder, root } = await withModel({ 'model.safetensors': weights });
    symlinkSync(folder, join(root, 'link'));
    expect((await library.open(join(root, 'link'))).id).toBe((await library.open(folder)).id);
    writeFileSync(join(root, 'config.json'), '{}');
    symlinkSync(join(root, 'config.json'), join(folder, 'config.json'));
    await expect(library.open(folder)).rejects.toMatchObject({ code: 'unsafe-name' });
  });
});

describe('opening says what is wrong', () => {
  const cases: [code: string, files: Readonly<Record<string, string | Uint8Array>>, says: RegExp][] = [
    ['no-weights', {}, /no weights/],
    ['no-weights', { 'config.json': '{}' }, /no weights/],
    [
      'no-weights',
      { 'config.json': '{}', 'pytorch_model.bin': '\u0000\u0001' },
      /binary data.*pytorch_model\.bin/,
    ],
    ['truncated', { 'tiny.gguf': 'GGUF' }, /tiny\.gguf ends inside its version/],
    ['bad-config', { 'model.safetensors': weights, 'config.json': '{' }, /config\.json .*not valid JSON/],
    ['bad-config', { 'model.safetensors': weights, 'config.json': '[]' }, /not a JSON object/],
    ['bad-config', { 'model.safetensors': weights, 'config.json': 'null' }, /not a JSON object/],
    [
      'bad-config',
      { 'model.safetensors': weights, 'config.json': Uint8Array.of(0x22, 0xff, 0x22) },
      /not valid (JSON|UTF-8)/,
    ],
    [
      'bad-config',
      { 'model.safetensors': weights, 'config.json': `{"a":"${'x'.repeat(17_000_000)}"}` },
      /limit/,
    ],
    ['truncated', { 'model.safetensors': weights.subarray(0, -4) }, /model\.safetensors.*4 bytes/],
    ['missing-shard', { 'model.safetensors.index.json': index }, /model-00001-of-00001/],
    [
      'unsafe-name',
      { 'model.safetensors.index.json': '{"weight_map": {"a": "../x.safetensors"}}' },
      /\.\.\/x/,
    ],
    [
      'ambiguous-weights',
      { 'a.safetensors': weights, 'b.safetensors': weights },
      /a\.safetensors.*b\.safetensors/,
    ],
  ];
  test.each(cases)('%s for %j', async (code, files, says) => {
    const { library, folder } = await withModel(files);
    await expect(library.open(folder)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(says) as unknown,
    });
    expect(await library.list()).toEqual([]);
  });

  test('not-found, with the bundled models, for what is neither a path nor a name', async () => {
    const root = temporaryFolder({ 'bundled/tiny/model.safetensors': weights });
    await expect((await libraryOf(root)).open('nothing')).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('"nothing"') as unknown,
      hint: expect.stringContaining('tiny') as unknown,
    });
  });
});

describe('bundled models', () => {
  const root = () =>
    temporaryFolder({
      'bundled/tiny/model.safetensors': weights,
      'bundled/headgate-gpt/model.safetensors': weights,
      'bundled/headgate-gpt/config.json': '{"model_type": "gpt2"}',
      'bundled/broken/model.safetensors': 'x',
    });

  test('are listed by name, broken ones too, and opened by name', async () => {
    const library = await libraryOf(root());
    expect(library.defaultModel).toBe('headgate-gpt');
    expect(
      (await library.list()).map(({ id, source, modelType, bytes }) => [id, source, modelType, bytes]),
    ).toEqual([
      ['broken', 'bundled', null, 0],
      ['headgate-gpt', 'bundled', 'gpt2', 32],
      ['tiny', 'bundled', null, 32],
    ]);
    expect((await library.open('tiny')).id).toBe('tiny');
    await expect(library.detail('broken')).rejects.toMatchObject({ code: 'file-too-small' });
  });

  test('stay', async () => {
    await expect((await libraryOf(root())).forget('tiny')).rejects.toMatchObject({ code: 'bundled' });
  });

  test('need not be there', async () => {
    const library = await libraryOf(temporaryFolder());
    expect([library.defaultModel, await library.list()]).toEqual([null, []]);
  });
});

describe('opened models', () => {
  test('are there at the next start, under the same id', async () => {
    const { root, folder, library } = await withModel({
      'model.safetensors': weights,
      'config.json': '{"model_type": "x"}',
    });
    const { id, name } = await library.open(folder);
    const again = await libraryOf(root);
    expect(await again.list()).toEqual([{ id, name, source: 'opened', modelType: 'x', bytes: 32 }]);
    expect((await again.detail(id)).tensors).toHaveLength(1);
    const file = must((await again.detail(id)).files[0]);
    expect((await (await libraryOf(root)).file(id, file.id)).size).toBe(file.size);
  });

  test('whose folder is gone are listed, and opening them says so', async () => {
    const { root, folder, library } = await withModel({ 'sub/model.safetensors': weights });
    const { id } = await library.open(join(folder, 'sub'));
    renameSync(join(folder, 'sub'), join(folder, 'moved'));
    const again = await libraryOf(root);
    expect(await again.list()).toHaveLength(1);
    await expect(again.detail(id)).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('sub') as unknown,
    });
  });

  test('can be forgotten; the files stay', async () => {
    const { root, folder, library } = await withModel({ 'model.safetensors': weights });
    const { id } = await library.open(folder);
    await library.forget(id);
    await expect(library.detail(id)).rejects.toMatchObject({ code: 'not-found' });
    await expect(library.forget(id)).rejects.toMatchObject({ code: 'not-found' });
    expect(await (await libraryOf(root)).list()).toEqual([]);
    expect((await library.open(folder)).id).toBe(id);
  });

  test('that break are still listed', async () => {
    const { folder, library } = await withModel({ 'model.safetensors': weights });
    const { id } = await library.open(folder);
    writeFileSync(join(folder, 'model.safetensors'), 'x');
    await expect(library.open(folder)).rejects.toMatchObject({ code: 'file-too-small' });
    expect((await library.list()).map((model) => model.id)).toEqual([id]);
    writeFileSync(join(folder, 'model.safetensors'), weights);
    expect((await library.detail(id)).bytes).toBe(32);
  });
});
