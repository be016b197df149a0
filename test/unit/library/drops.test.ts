import { describe, expect, test } from 'vitest';
import { MAX_RANGE, type DropReply } from '../../../src/common/contract.ts';
import { Drops } from '../../../src/main/library/drops.ts';
import { fileOf, safetensorsOf } from '../formats/make-safetensors.ts';

type Files = Readonly<Record<string, string | Uint8Array>>;

/** Answers a drop's questions to the end; tells the model and how many rounds it took. */
async function drop(files: Files) {
  const drops = new Drops();
  const contents = Object.values(files).map((content) =>
    typeof content === 'string' ? new TextEncoder().encode(content) : content,
  );
  const list = Object.keys(files).map((name, index) => ({ name, size: contents[index]?.length ?? 0 }));
  let reply: DropReply = await drops.begin({ name: 'folder', files: list });
  let rounds = 0;
  while (reply.model === null) {
    rounds++;
    expect(reply.need.length).toBeGreaterThan(0);
    for (const { index, offset, length } of reply.need) {
      expect(length).toBeLessThanOrEqual(MAX_RANGE);
      const bytes = contents[index]?.slice(offset, offset + length) ?? new Uint8Array();
      reply = await drops.put(reply.id, index, offset, bytes);
    }
  }
  return { model: reply.model, rounds };
}

const shard = (number: number) => `model-0000${number}-of-00002.safetensors`;
const sharded: Files = {
  'config.json': '{"model_type": "gpt2"}',
  'model.safetensors.index.json': JSON.stringify({ weight_map: { a: shard(1), b: shard(2) } }),
  [shard(1)]: safetensorsOf({ a: [2] }),
  [shard(2)]: safetensorsOf({ b: [3] }),
};

describe('a dropped folder', () => {
  test('with shards is read in two rounds', async () => {
    const { model, rounds } = await drop(sharded);
    expect(model.tensors.map(({ name, file }) => [name, file])).toEqual([
      ['a', '2'],
      ['b', '3'],
    ]);
    expect(rounds).toBe(2);
  });

  test('with a header larger than a request is read in pieces', async () => {
    const filler = 'x'.repeat(MAX_RANGE + 100);
    const { model } = await drop({
      'model.safetensors': fileOf(JSON.stringify({ __metadata__: { filler } })),
    });
    expect(model.tensors).toEqual([]);
  });

  test.each<[string, Files]>([
    ['missing-shard', { 'model.safetensors.index.json': '{"weight_map": {"a": "b.safetensors"}}' }],
    ['unsafe-name', { 'model.safetensors.index.json': '{"weight_map": {"a": "../b.safetensors"}}' }],
    ['bad-config', { ...sharded, 'config.json': 'x' }],
    ['truncated', { ...sharded, [shard(2)]: safetensorsOf({ b: [3] }).subarray(0, -1) }],
  ])('says %s', async (code, files) => {
    await expect(drop(files)).rejects.toMatchObject({ code });
  });

  test('whose headers are too large altogether is refused before they travel', async () => {
    const drops = new Drops();
    const size = 200_000_000;
    const files = ['a', 'b', 'c', 'd'].map((name) => ({ name: `${name}.safetensors`, size }));
    const weightMap = Object.fromEntries(files.map(({ name }) => [name, name]));
    const index = new TextEncoder().encode(JSON.stringify({ weight_map: weightMap }));
    const all = [...files, { name: 'model.safetensors.index.json', size: index.length }];
    let reply = await drops.begin({ name: 'folder', files: all });
    reply = await drops.put(reply.id, 4, 0, index);
    const header = fileOf('{', 65527, 99_000_000n);
    const answer = async () => {
      for (const { index: file } of reply.need) await drops.put(reply.id, file, 0, header);
    };
    await expect(answer()).rejects.toMatchObject({ code: 'too-large' });
  });

  test('is forgotten when newer ones come and it is not finished', async () => {
    const drops = new Drops();
    const files = [{ name: 'model.safetensors', size: 100 }];
    const first = await drops.begin({ name: 'folder', files });
    const second = await drops.begin({ name: 'folder', files });
    for (let index = 0; index < 7; index++) await drops.begin({ name: 'folder', files });
    await expect(drops.put(first.id, 0, 0, new Uint8Array(100))).rejects.toMatchObject({ code: 'not-found' });
    await expect(drops.put(second.id, 0, 0, new Uint8Array(99))).resolves.toMatchObject({ model: null });
  });
});
