import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { headgate } from './run.ts';
import { temporaryFolder } from '../files/temporary.ts';

/** A safetensors file of these values. */
function fileOf(
  tensors: Readonly<Record<string, { dtype: string; shape: number[]; bytes: ArrayBufferView }>>,
): Uint8Array {
  let at = 0;
  const header = Object.fromEntries(
    Object.entries(tensors).map(([name, { dtype, shape, bytes }]) => {
      const entry = { dtype, shape, data_offsets: [at, at + bytes.byteLength] };
      at += bytes.byteLength;
      return [name, entry];
    }),
  );
  const json = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(json.length));
  const parts = Object.values(tensors).map(({ bytes }) =>
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  );
  return Buffer.concat([size, json, ...parts]);
}

test('tensors of a file that can’t be run: their statistics, and what moved', async () => {
  const folder = temporaryFolder();
  const [first, second] = ['a', 'b'].map((name) => join(folder, `${name}.safetensors`)) as [string, string];
  const same = { dtype: 'F32', shape: [2], bytes: Float32Array.of(1, 2) };
  writeFileSync(
    first,
    fileOf({
      'layer.weight': { dtype: 'F32', shape: [2, 3], bytes: Float32Array.of(0, 1, -2, 3, NaN, Infinity) },
      'layer.steps': { dtype: 'I64', shape: [3], bytes: BigInt64Array.of(3n, 0n, -5n) },
      same,
      gone: same,
      turned: { dtype: 'F32', shape: [1, 2], bytes: Float32Array.of(1, 2) },
    }),
  );
  writeFileSync(
    second,
    fileOf({
      'layer.weight': { dtype: 'F32', shape: [2, 3], bytes: Float32Array.of(0, 1, -2, 7, NaN, Infinity) },
      'layer.steps': { dtype: 'I64', shape: [3], bytes: BigInt64Array.of(3n, 0n, -5n) },
      same,
      turned: { dtype: 'F32', shape: [2, 1], bytes: Float32Array.of(1, 2) },
    }),
  );
  const stats = JSON.parse((await headgate('tensors', first, '--stats', '--json')).stdout) as {
    tensors: Record<string, unknown>[];
  };
  expect(stats.tensors.find(({ name }) => name === 'layer.weight')).toEqual({
    ...{ name: 'layer.weight', dtype: 'F32', shape: [2, 3], bytes: 24 },
    ...{ count: 6, zeros: 1, nan: 1, infinite: 1, least: -2, largest: 3, mean: 0.5, std: Math.sqrt(13 / 4) },
  });
  expect(stats.tensors.find(({ name }) => name === 'layer.steps')).toMatchObject({
    least: -5,
    largest: 3,
    zeros: 1,
  });

  const diff = JSON.parse((await headgate('tensors', first, '--diff', second, '--json')).stdout) as {
    moved: { name: string; relative: number; changed: number; largest: number }[];
  };
  expect(diff.moved[0]).toMatchObject({ name: 'layer.weight', largest: 4, changed: 1, distance: 4 });
  expect(diff.moved[0]?.relative).toBeCloseTo(4 / Math.sqrt(14), 9);
  expect(diff.moved.slice(1).every(({ relative }) => relative === 0)).toBe(true);
  expect(diff).toMatchObject({ only_first: ['gone'], only_second: [], not_compared: ['turned'] });
  expect((await headgate('tensors', first, '--names', 'steps')).stdout).toMatch(
    /^layer\.steps {2}I64 {3}\[3\] {2}24 bytes$/,
  );
  for (const further of [[], ['--diff', second]]) {
    const none = await headgate('tensors', first, '--names', '[', ...further);
    expect([none.status, none.stdout]).toEqual([1, '']);
    expect(none.stderr).toMatch(/has no tensor whose name holds "\["\. Its first one is "/);
  }
  const both = await headgate('tensors', first, '--stats', '--diff', second);
  expect(both.status).toBe(1);
  expect(both.stderr).toMatch(/--stats is about one model/);
});
