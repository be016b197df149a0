import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HeadgateError } from '../../../src/common/error.ts';
import { readSafetensors } from '../../../src/common/formats/safetensors/file.ts';
import { planSafetensors } from '../../../src/common/formats/safetensors/writer.ts';
import { arraySource } from './make-safetensors.ts';

const dtype = fc.constantFrom('F64', 'F32', 'F16', 'BF16', 'I64', 'U8', 'BOOL', 'F8_E4M3');
const shape = fc.array(fc.nat({ max: 5 }), { maxLength: 4 });
const tensors = fc.uniqueArray(
  fc.record({ name: fc.string({ unit: 'grapheme', maxLength: 12 }), dtype, shape }),
  {
    selector: ({ name }) => name,
    maxLength: 6,
  },
);
const metadata = fc.dictionary(fc.string({ maxLength: 6 }), fc.string({ maxLength: 6 }), {
  maxKeys: 3,
  noNullPrototype: true,
});

type Plan = ReturnType<typeof planSafetensors>;
const fileOf = ({ header, size }: Plan) => {
  const bytes = new Uint8Array(size);
  bytes.set(header);
  return bytes;
};

test('reads what the writer lays out', async () => {
  await fc.assert(
    fc.asyncProperty(metadata, tensors, async (extra, list) => {
      fc.pre(list.every(({ name }) => name !== '__metadata__'));
      const plan = planSafetensors(extra, list);
      const file = await readSafetensors(arraySource(fileOf(plan)));
      expect(new Map(file.metadata)).toEqual(new Map(Object.entries(extra)));
      const read = new Map(file.tensors.map((tensor) => [tensor.name, tensor]));
      expect(read.size).toBe(list.length);
      for (const [index, { name, begin, end }] of plan.tensors.entries())
        expect(read.get(name)).toMatchObject({
          begin,
          end,
          dtype: list[index]?.dtype,
          shape: list[index]?.shape,
        });
      expect(plan.header.length % 8).toBe(0);
    }),
  );
});

/** Ways to spoil a file: flip, insert, remove, cut, and set the header's length. */
const mutation = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), at: fc.nat(), byte: fc.nat({ max: 255 }) }),
  fc.record({
    kind: fc.constant('insert' as const),
    at: fc.nat(),
    byte: fc.constantFrom(...Buffer.from('{}[]:,"0129-.eE \\\u007f')),
  }),
  fc.record({ kind: fc.constant('remove' as const), at: fc.nat(), byte: fc.nat({ max: 40 }) }),
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat(), byte: fc.constant(0) }),
  fc.record({ kind: fc.constant('length' as const), at: fc.nat(), byte: fc.nat({ max: 255 }) }),
);

function mutate(
  bytes: Uint8Array,
  { kind, at, byte }: { kind: string; at: number; byte: number },
): Uint8Array {
  const list = [...bytes];
  // Most of a small file is its header, which is where the rules are.
  const index = at % (list.length + 1);
  if (kind === 'set' && index < list.length) list[index] = byte;
  else if (kind === 'insert') list.splice(index, 0, byte);
  else if (kind === 'remove') list.splice(index, byte);
  else if (kind === 'cut') list.length = index;
  else if (kind === 'length' && list.length >= 8) list[at % 8] = byte;
  return Uint8Array.from(list);
}

test('reads a spoilt file or throws its own error, within the bytes of the file', async () => {
  const codes = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      metadata,
      tensors,
      fc.array(mutation, { minLength: 1, maxLength: 4 }),
      async (extra, list, mutations) => {
        fc.pre(list.every(({ name }) => name !== '__metadata__'));
        const bytes = mutations.reduce(mutate, fileOf(planSafetensors(extra, list)));
        // The source throws a RangeError for bytes that it does not have, which no test expects.
        const source = arraySource(bytes);
        try {
          const file = await readSafetensors(source);
          for (const { begin, end } of file.tensors) {
            expect(begin).toBeGreaterThanOrEqual(8);
            expect(end).toBeLessThanOrEqual(bytes.length);
          }
        } catch (error) {
          if (!(error instanceof HeadgateError)) throw error;
          codes.add(error.code);
        }
        expect(source.bytesRead).toBeLessThanOrEqual(bytes.length);
      },
    ),
    { numRuns: 3000, seed: 14 },
  );
  expect(codes.size).toBeGreaterThan(6);
});

test('a hostile header is refused before the test’s time is over', async () => {
  const hostile = [
    `{${'"a":'.repeat(300_000)}`,
    `{"a":${'['.repeat(1_000_000)}`,
    `{"a":${'9'.repeat(1_000_000)}}`,
    `{"a":{"dtype":"U8","shape":[${'1,'.repeat(300_000)}1],"data_offsets":[0,1]}}`,
    `{"a":{"dtype":"U8","shape":[${'9007199254740991,'.repeat(50_000)}1],"data_offsets":[0,1]}}`,
    `{"${'\\u0061'.repeat(150_000)}":1}`,
    `{${' '.repeat(1_000_000)}`,
  ];
  for (const text of hostile) {
    const json = new TextEncoder().encode(text);
    const bytes = new Uint8Array(9 + json.length);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
    bytes.set(json, 8);
    await readSafetensors(arraySource(bytes)).catch((error: unknown) =>
      expect(error).toBeInstanceOf(HeadgateError),
    );
  }
});
