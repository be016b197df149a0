/** Spoilt GGUF files: read, or refused in Headgate's own words. HEADGATE_MUTATIONS=20000 for a long run. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HeadgateError } from '../../../src/common/error.ts';
import { format } from '../../../src/common/formats/gguf/index.ts';
import { entry, ggufOf, tensorEntry } from './make-gguf.ts';
import { arraySource } from './make-safetensors.ts';

const RUNS = Number(process.env['HEADGATE_MUTATIONS'] ?? 500);
const FIXTURES = join(import.meta.dirname, '../../fixtures/gguf');

/** A small file with something of everything, and what other programs wrote. */
const files = [
  ggufOf({
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
  }),
  ...['types', 'tokenizer-llama2', 'gpt2'].map((name) =>
    Uint8Array.from(readFileSync(join(FIXTURES, `${name}.gguf`))),
  ),
];

const mutation = fc.record({
  kind: fc.constantFrom(
    'set' as const,
    'insert' as const,
    'remove' as const,
    'cut' as const,
    'number' as const,
  ),
  /** Most mutations hit the head. */
  at: fc.oneof(fc.nat({ max: 600 }), fc.nat()),
  byte: fc.oneof(fc.constantFrom(0, 1, 255, 127, 128), fc.nat({ max: 255 })),
});

function mutate(
  bytes: Uint8Array,
  { kind, at, byte }: { kind: string; at: number; byte: number },
): Uint8Array {
  const index = at % (bytes.length + 1);
  const spoilt = (begin: number, removed: number, ...inserted: number[]) => {
    const after = bytes.subarray(Math.min(bytes.length, begin + removed));
    const out = new Uint8Array(begin + inserted.length + after.length);
    out.set(bytes.subarray(0, begin));
    out.set(inserted, begin);
    out.set(after, begin + inserted.length);
    return out;
  };
  if (kind === 'set') return spoilt(index, 1, byte);
  if (kind === 'insert') return spoilt(index, 0, byte);
  if (kind === 'remove') return spoilt(index, byte % 40);
  if (kind === 'cut') return bytes.slice(0, index);
  return spoilt(index, 8, byte, byte, byte, byte, 0, 0, byte >> 4, byte);
}

test('a spoilt file is read within its bytes, or refused by name', async () => {
  const codes = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...files),
      fc.array(mutation, { minLength: 1, maxLength: 4 }),
      async (file, mutations) => {
        const bytes = mutations.reduce(mutate, file);
        const source = arraySource(bytes, 'm.gguf');
        const start = performance.now();
        try {
          const folder = { name: 'f', names: ['m.gguf'], file: () => Promise.resolve(source) };
          const model = await format.read(folder, 'm.gguf');
          for (const { file: name, begin, end } of model.tensors) {
            const held = model.files.get(name);
            expect(end).toBeLessThanOrEqual(held?.size ?? 0);
            // The bytes can be had, at the beginning and at the end.
            for (const at of [begin, Math.max(begin, end - 8)]) await held?.read(at, Math.min(end, at + 8));
          }
        } catch (error) {
          if (!(error instanceof HeadgateError)) throw error;
          codes.add(error.code);
        }
        expect(performance.now() - start).toBeLessThan(20_000);
      },
    ),
    { numRuns: RUNS },
  );
  expect(codes.size).toBeGreaterThan(8);
}, 900_000);
