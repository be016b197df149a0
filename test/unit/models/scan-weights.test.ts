import { expect, test } from 'vitest';
import { scanned } from '../../../src/renderer/models/scan-weights.ts';
import type { WeightSource } from '../../../src/renderer/models/weights.ts';
import { memoryModel } from '../../helpers/fixture-model.ts';
import { must } from '../../helpers/must.ts';
import { tinyGpt2 } from '../../helpers/tiny-gpt2.ts';
import { entry, ggufOf, tensorEntry } from '../formats/make-gguf.ts';

const config = { vocab_size: 11, n_positions: 8, n_embd: 8, n_layer: 2, n_head: 2 };
const never = new AbortController().signal;

async function readAll(source: WeightSource): Promise<void> {
  for (const { file, begin, end } of source.model.tensors)
    for await (const piece of source.read(file, begin, end, never)) void piece;
}

test.each([NaN, Infinity, -Infinity])('a weight that is %d is named, and no other', async (value) => {
  const plain = await tinyGpt2(config, [], (name, values) => {
    if (name === 'transformer.h.1.mlp.c_fc.weight' || name === 'h.1.mlp.c_fc.weight') values[77] = value;
    else values[0] = 3.4e38;
  });
  const { source, invalid } = scanned(plain);
  await readAll(source);
  expect([...invalid]).toEqual([expect.stringMatching(/h\.1\.mlp\.c_fc\.weight$/)]);
});

/** Bytes of the values 1, 2, v, 4 of each type. */
const KINDS: readonly (readonly [string, number, number[]])[] = [
  ['F16', 2, [0x00, 0x3c, 0x00, 0x40, 0x00, 0x7c, 0x00, 0x44]],
  ['F16', 2, [0x00, 0x3c, 0x00, 0x40, 0x01, 0xfe, 0x00, 0x44]],
  ['BF16', 2, [0x80, 0x3f, 0x00, 0x40, 0x80, 0x7f, 0x80, 0x40]],
  ['F32', 4, [0, 0, 0x80, 0x3f, 0, 0, 0, 0x40, 0, 0, 0xc0, 0x7f, 0, 0, 0x80, 0x40]],
  [
    'F64',
    8,
    [
      0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0xf8, 0xff, 0, 0, 0, 0, 0, 0,
      0x10, 0x40,
    ],
  ],
];

test.each([
  ['q8_0', 8, 34, 32, [0]],
  ['q4_K', 12, 144, 256, [0, 2]],
  ['q6_K', 14, 210, 256, [208]],
] as const)('a scale of %s, in pieces of every length', async (_, type, size, values, halves) => {
  for (const half of [null, ...halves])
    for (const piece of [1, 2, 3, 7, size - 1, size, 3 * size]) {
      const file = ggufOf({
        entries: [entry('general.architecture', 'x')],
        tensors: [tensorEntry({ name: 'x', dimensions: [values, 3], type })],
        data: 3 * size,
      });
      const start = file.length - 3 * size;
      // Nothing else is looked at, whatever it holds: codes are whole numbers.
      file.fill(0xff, start);
      for (let at = start; at < file.length; at += size)
        for (const own of halves) file.set([0, 0x3c], at + own);
      if (half !== null) file.set([0, 0xfc], start + size + half);
      const { source, invalid } = scanned(await memoryModel('m', new Map([['m.gguf', file]]), piece));
      const [tensor] = source.model.tensors;
      const { packed } = must(tensor);
      const { file: id, begin, end } = must(packed);
      for await (const bytes of source.read(id, begin, end, never)) void bytes;
      expect(invalid.size, `pieces of ${piece}, at ${String(half)}`).toBe(half === null ? 0 : 1);
    }
});

test.each(KINDS)('%s, in pieces of every length, at every place', async (dtype, size, values) => {
  const clean = values.slice(0, 2 * size);
  for (let piece = 1; piece <= values.length; piece++)
    for (const bytes of [values, [...clean, ...clean]]) {
      const header = JSON.stringify({ x: { dtype, shape: [4], data_offsets: [0, bytes.length] } }).padEnd(
        128,
      );
      const file = new Uint8Array(8 + 128 + bytes.length);
      file[0] = 128;
      file.set(new TextEncoder().encode(header), 8);
      file.set(bytes, 136);
      const files = new Map([
        ['config.json', new TextEncoder().encode('{"model_type": "gpt2"}')],
        ['model.safetensors', file],
      ]);
      const { source, invalid } = scanned(await memoryModel('m', files, piece));
      await readAll(source);
      expect(invalid.size, `pieces of ${piece}`).toBe(bytes === values ? 1 : 0);
    }
});
