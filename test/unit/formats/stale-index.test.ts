import { describe, expect, test } from 'vitest';
import { format } from '../../../src/common/formats/safetensors/index.ts';
import { folderOf } from './folder.ts';
import { rejection, safetensorsOf } from './make-safetensors.ts';

const INDEX = 'model.safetensors.index.json';
const shard = (number: number, count: number) => `model-0000${number}-of-0000${count}.safetensors`;
const [one, two] = [safetensorsOf({ a: [2, 2], b: [3] }), safetensorsOf({ c: [1] })];
const set = { [shard(1, 2)]: one, [shard(2, 2)]: two };
const indexOf = (map: Readonly<Record<string, string>>) => JSON.stringify({ weight_map: map });

describe('an index of another save', () => {
  test('gives way to the one complete set beside it, and that is said', async () => {
    const folder = folderOf({ ...set, [INDEX]: indexOf({ a: shard(1, 4), b: shard(2, 4), c: shard(3, 4) }) });
    const { tensors, notes } = await format.read(folder, INDEX);
    expect(tensors.map(({ name, file }) => [name, file])).toEqual([
      ['a', shard(1, 2)],
      ['b', shard(1, 2)],
      ['c', shard(2, 2)],
    ]);
    expect(notes).toEqual([expect.stringMatching(/another save.*00001-of-00004.*00001-of-00002/)]);
  });

  test.each([
    ['a set that lacks a tensor', set, /00004.*lack the tensor "z"/],
    ['a set that is not whole', { [shard(1, 2)]: one }, /00001-of-00004.*there is "model-00001-of-00002/],
    [
      'two sets',
      { ...set, 'other-00001-of-00001.safetensors': one },
      /00001-of-00004.*"other-00001-of-00001.safetensors"/,
    ],
  ])('is told with %s', async (_, files, message) => {
    const folder = folderOf({ ...files, [INDEX]: indexOf({ a: shard(1, 4), z: shard(1, 4) }) });
    expect(await rejection(format.read(folder, INDEX))).toMatchObject({
      code: 'missing-shard',
      message: expect.stringMatching(message) as unknown,
    });
  });

  test('is not needed', async () => {
    const folder = folderOf(set);
    expect(await format.claims(folder, null)).toBe(shard(1, 2));
    const { tensors, notes } = await format.read(folder, shard(1, 2));
    expect([tensors.length, notes?.length]).toEqual([3, 1]);
  });
});
