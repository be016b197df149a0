import { describe, expect, test } from 'vitest';
import { droppedSource, type Dropped } from '../../../src/renderer/state/session/drop.ts';
import { safetensorsOf } from '../formats/make-safetensors.ts';

const none = new AbortController().signal;
const shard = (number: number) => `model-0000${number}-of-00002.safetensors`;

const dropped = (
  files: Readonly<Record<string, string | Uint8Array<ArrayBuffer>>>,
  name = 'mine',
): Dropped => ({
  name,
  files: Object.entries(files).map(([file, content]) => ({ name: file, file: new Blob([content]) })),
});

const sharded = {
  'config.json': '{"model_type": "gpt2"}',
  'model.safetensors.index.json': JSON.stringify({ weight_map: { a: shard(1), b: shard(2) } }),
  [shard(1)]: safetensorsOf({ a: [2] }),
  [shard(2)]: safetensorsOf({ b: [3] }),
  'tokenizer.json': '{}',
  'sub/notes.txt': 'x',
};

describe('a dropped folder', () => {
  test('is read in the window, its tensors from the files themselves', async () => {
    const source = await droppedSource(dropped(sharded), none);
    const { model } = source;
    expect([model.name, model.source, model.modelType, model.format]).toEqual([
      ...['mine', 'dropped', 'gpt2', 'safetensors'],
    ]);
    expect(model.tensors.map(({ name, shape }) => [name, shape])).toEqual([
      ['a', [2]],
      ['b', [3]],
    ]);
    expect(Object.keys(model.tokenizer)).toEqual(['tokenizer.json']);
    for (const { file, begin, end } of model.tensors) {
      let size = 0;
      for await (const piece of source.read(file, begin, end, none)) size += piece.length;
      expect(size).toBe(end - begin);
    }
  });

  test('every drop is a model of its own', async () => {
    const [one, two] = [
      await droppedSource(dropped(sharded), none),
      await droppedSource(dropped(sharded), none),
    ];
    expect(one.model.id).not.toBe(two.model.id);
  });

  test('a single file of weights is one', async () => {
    const { model } = await droppedSource(dropped({ 'w.safetensors': safetensorsOf({ a: [2] }) }), none);
    expect(model.tensors.map(({ name }) => name)).toEqual(['a']);
  });

  test('an abort ends it', async () => {
    const abort = new AbortController();
    abort.abort(new Error('stop'));
    await expect(droppedSource(dropped(sharded), abort.signal)).rejects.toThrow('stop');
  });

  test.each([
    ['no files', {}, 'empty-drop'],
    ['no weights', { 'notes.txt': 'x' }, 'no-weights'],
    ['a name that leads outside', { '../model.safetensors': 'x' }, 'unsafe-name'],
    ['a damaged file', { 'model.safetensors': new Uint8Array(10).fill(255) }, 'header-too-large'],
    [
      'too many files',
      Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`f${index}`, ''])),
      'too-many-files',
    ],
  ])('%s is refused', async (_, files, code) => {
    await expect(droppedSource(dropped(files), none)).rejects.toMatchObject({ code });
  });
});
