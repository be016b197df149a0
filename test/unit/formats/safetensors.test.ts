import { describe, expect, test } from 'vitest';
import { HeadgateError } from '../../../src/common/error.ts';
import { readSafetensors } from '../../../src/common/formats/safetensors/file.ts';
import { arraySource, fileOf, rejection, told, safetensorsOf, type Entry } from './make-safetensors.ts';

const entry = (dtype: string, shape: number[], begin: number, end: number): Entry => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});
const header = (entries: Record<string, unknown>) => JSON.stringify(entries);

describe('a good file', () => {
  test('tells its tensors in the order of their bytes, with places in the file', async () => {
    const json = header({
      second: entry('F16', [3], 8, 14),
      __metadata__: { format: 'pt' },
      first: entry('F32', [2, 1], 0, 8),
    });
    const file = await readSafetensors(arraySource(fileOf(json, 14)));
    const start = 8 + json.length;
    expect([...file.metadata]).toEqual([['format', 'pt']]);
    expect(file.tensors).toEqual([
      { name: 'first', dtype: 'F32', shape: [2, 1], file: 'model.safetensors', begin: start, end: start + 8 },
      {
        name: 'second',
        dtype: 'F16',
        shape: [3],
        file: 'model.safetensors',
        begin: start + 8,
        end: start + 14,
      },
    ]);
  });

  test('may hold nothing, scalars, and tensors without elements', async () => {
    expect((await readSafetensors(arraySource(fileOf('{}')))).tensors).toEqual([]);
    const json = header({
      empty: entry('F32', [0, 5], 4, 4),
      scalar: entry('F32', [], 0, 4),
      also: entry('I64', [0], 0, 0),
    });
    const { tensors } = await readSafetensors(arraySource(fileOf(json, 4)));
    expect(tensors.map(({ name }) => name)).toEqual(['also', 'scalar', 'empty']);
  });

  test('may end its header with spaces', async () => {
    const { tensors } = await readSafetensors(
      arraySource(fileOf(`${header({ a: entry('U8', [1], 0, 1) })}    `, 1)),
    );
    expect(tensors).toHaveLength(1);
  });

  test('may name tensors like the properties of objects', async () => {
    const json = '{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}';
    const { tensors } = await readSafetensors(arraySource(fileOf(json, 1)));
    expect(tensors.map(({ name }) => name)).toEqual(['__proto__']);
  });

  test('is not read beyond its header', async () => {
    const source = arraySource(safetensorsOf({ big: [1000, 1000] }));
    await readSafetensors(source);
    expect(source.bytesRead).toBeLessThan(200);
  });
});

/** Each rule of the format, and files that break it and no other. */
const broken: [code: string, what: string, bytes: Uint8Array, says: string][] = [
  [
    'file-too-small',
    'an empty file',
    new Uint8Array(0),
    'model.safetensors has 0 bytes; a safetensors file starts with 8 bytes of header length. The file is not complete: copy or download it again.',
  ],
  [
    'file-too-small',
    'seven bytes',
    new Uint8Array(7),
    'model.safetensors has 7 bytes; a safetensors file starts with 8 bytes of header length. The file is not complete: copy or download it again.',
  ],
  [
    'header-too-large',
    'one byte over the limit',
    fileOf('{}', 0, 100_000_001n),
    'model.safetensors announces a header of 100000001 bytes; the limit is 100000000. It is probably no safetensors file: check what wrote it.',
  ],
  [
    'header-too-large',
    'half a million sizes',
    fileOf(`{"a":{"dtype":"U8","shape":[${'1,'.repeat(2 ** 19)}1],"data_offsets":[0,1]}}`, 1),
    'The header of model.safetensors has more than 524,288 values. It is probably no safetensors file: check what wrote it.',
  ],
  [
    'header-too-large',
    'a length of 2^64 − 1',
    fileOf('{}', 0, 2n ** 64n - 1n),
    'model.safetensors announces a header of 18446744073709551615 bytes; the limit is 100000000. It is probably no safetensors file: check what wrote it.',
  ],
  [
    'header-past-end',
    'a header longer than the file',
    fileOf('{}', 0, 3n),
    'model.safetensors announces a header of 3 bytes but has only 10 bytes. The file is not complete: copy or download it again.',
  ],
  [
    'header-past-end',
    'the largest header in a small file',
    fileOf('{}', 0, 100_000_000n),
    'model.safetensors announces a header of 100000000 bytes but has only 10 bytes. The file is not complete: copy or download it again.',
  ],
  [
    'header-start',
    'no header',
    fileOf(''),
    'The header of model.safetensors does not begin with "{". The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'header-start',
    'a space first',
    fileOf(' {}'),
    'The header of model.safetensors does not begin with "{". The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'header-start',
    'a byte order mark first',
    fileOf('\ufeff{}'),
    'The header of model.safetensors does not begin with "{". The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'header-start',
    'an array',
    fileOf('[]'),
    'The header of model.safetensors does not begin with "{". The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'header-not-utf8',
    'a byte that is no UTF-8',
    fileOf(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d)),
    'The header of model.safetensors is not UTF-8 text. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'header-not-utf8',
    'an overlong form',
    fileOf(Uint8Array.of(0x7b, 0xc0, 0x80, 0x7d)),
    'The header of model.safetensors is not UTF-8 text. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'header-not-json',
    'an open object',
    fileOf('{'),
    'The header of model.safetensors is not valid JSON: it ends too early at character 1. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'header-not-json',
    'text after the object',
    fileOf('{} x'),
    'The header of model.safetensors is not valid JSON: an unexpected character at character 3. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'header-not-json',
    'NUL as padding',
    fileOf('{}\0'),
    'The header of model.safetensors is not valid JSON: an unexpected character at character 2. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'duplicate-key',
    'a tensor twice',
    fileOf('{"a":{},"a":{}}'),
    'The header of model.safetensors has "a" twice. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'duplicate-key',
    'a field twice',
    fileOf('{"a":{"dtype":"F32","dtype":"F16"}}'),
    'The header of model.safetensors has "dtype" twice. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'duplicate-key',
    'metadata twice',
    fileOf('{"__metadata__":{"k":"1","k":"2"}}'),
    'The header of model.safetensors has "k" twice. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'bad-metadata',
    'a number in the metadata',
    fileOf('{"__metadata__":{"step":12}}'),
    'In model.safetensors, the metadata "step" is not text; only text is allowed. Save the file again with text values in its metadata.',
  ],
  [
    'bad-metadata',
    'metadata that is text',
    fileOf('{"__metadata__":"x"}'),
    'In model.safetensors, __metadata__ is not an object; only text is allowed. Save the file again with text values in its metadata.',
  ],
  [
    'bad-metadata',
    'metadata that is null',
    fileOf('{"__metadata__":null}'),
    'In model.safetensors, __metadata__ is not an object; only text is allowed. Save the file again with text values in its metadata.',
  ],
  [
    'bad-tensor',
    'a tensor that is a number',
    fileOf('{"a":1}'),
    'model.safetensors: tensor "a" is not described by an object. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'bad-tensor',
    'no dtype',
    fileOf('{"a":{"shape":[1],"data_offsets":[0,4]}}', 4),
    'model.safetensors: tensor "a" has no dtype. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'bad-tensor',
    'no shape',
    fileOf('{"a":{"dtype":"F32","data_offsets":[0,4]}}', 4),
    'model.safetensors: tensor "a" has no shape. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'bad-tensor',
    'no offsets',
    fileOf('{"a":{"dtype":"F32","shape":[1]}}', 4),
    'model.safetensors: tensor "a" has no data_offsets of two numbers. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'bad-tensor',
    'three offsets',
    fileOf('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,2,4]}}', 4),
    'model.safetensors: tensor "a" has no data_offsets of two numbers. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'unknown-dtype',
    'a type nobody knows',
    fileOf(header({ a: entry('F31', [1], 0, 4) }), 4),
    'model.safetensors: tensor "a" has the type "F31", which Headgate does not know. Convert the tensor to F32, F16 or BF16 and save the file again.',
  ],
  [
    'unknown-dtype',
    'a property of objects',
    fileOf(header({ a: entry('toString', [1], 0, 4) }), 4),
    'model.safetensors: tensor "a" has the type "toString", which Headgate does not know. Convert the tensor to F32, F16 or BF16 and save the file again.',
  ],
  [
    'bad-number',
    'a negative size',
    fileOf(header({ a: entry('F32', [-1], 0, 4) }), 4),
    'model.safetensors: tensor "a": a size in its shape is not a whole number from 0 on. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'bad-number',
    'a size with a fraction',
    fileOf(header({ a: entry('F32', [1.5], 0, 4) }), 4),
    'model.safetensors: tensor "a": a size in its shape is not a whole number from 0 on. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'bad-number',
    'a size of 1.0',
    fileOf('{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}', 4),
    'model.safetensors: tensor "a": a size in its shape is not a whole number from 0 on. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'bad-number',
    'a size that is text',
    fileOf('{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}', 4),
    'model.safetensors: tensor "a": a size in its shape is not a whole number from 0 on. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'bad-number',
    'a negative offset',
    fileOf(header({ a: entry('F32', [1], -4, 0) }), 4),
    'model.safetensors: tensor "a": its first offset is not a whole number from 0 on. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'integer-overflow',
    'a size above 2^53',
    fileOf('{"a":{"dtype":"F32","shape":[9007199254740993],"data_offsets":[0,4]}}', 4),
    'model.safetensors: tensor "a": a size in its shape is larger than 2^53 − 1. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'integer-overflow',
    'an offset above 2^64',
    fileOf('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,18446744073709551617]}}', 4),
    'model.safetensors: tensor "a": its last offset is larger than 2^53 − 1. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'integer-overflow',
    'sizes whose product wraps to 4 bytes',
    fileOf(header({ a: entry('U8', [2 ** 32, 2 ** 32 + 1], 0, 4) }), 4),
    'model.safetensors: tensor "a": the size of its shape in bytes is larger than 2^53 − 1. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'integer-overflow',
    'an overflow before a zero',
    fileOf(header({ a: entry('F32', [2 ** 40, 2 ** 40, 0], 0, 0) })),
    'model.safetensors: tensor "a": the size of its shape in bytes is larger than 2^53 − 1. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'integer-overflow',
    'a number of a thousand digits',
    fileOf(`{"a":{"dtype":"F32","shape":[${'9'.repeat(1000)}],"data_offsets":[0,4]}}`, 4),
    'The header of model.safetensors has a number that is too large at character 29. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'offsets-reversed',
    'an end before the beginning',
    fileOf(header({ a: entry('F32', [1], 4, 0) }), 4),
    'model.safetensors: tensor "a" ends at 0, before it begins (4). The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'offsets-size',
    'too few bytes for the shape',
    fileOf(header({ a: entry('F32', [2, 3], 0, 20) }), 20),
    'model.safetensors: tensor "a" has shape [2, 3] in F32, which takes 24 bytes, but its offsets hold 20. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'offsets-size',
    'too many bytes for the shape',
    fileOf(header({ a: entry('BF16', [2], 0, 8) }), 8),
    'model.safetensors: tensor "a" has shape [2] in BF16, which takes 4 bytes, but its offsets hold 8. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'offsets-start',
    'a hole at the start',
    fileOf(header({ a: entry('F32', [1], 4, 8) }), 8),
    'model.safetensors: tensor "a" comes first but begins at offset 4, not at 0. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'offsets-overlap',
    'two tensors on one place',
    fileOf(header({ a: entry('F32', [1], 0, 4), b: entry('F32', [1], 0, 4) }), 4),
    'model.safetensors: tensor "b" begins at offset 0, inside the tensor before it, which ends at 4. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'offsets-overlap',
    'half an overlap',
    fileOf(header({ a: entry('F32', [2], 0, 8), b: entry('F32', [2], 4, 12) }), 12),
    'model.safetensors: tensor "b" begins at offset 4, inside the tensor before it, which ends at 8. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'offsets-hole',
    'a hole in the middle',
    fileOf(header({ a: entry('F32', [1], 0, 4), b: entry('F32', [1], 8, 12) }), 12),
    'model.safetensors: tensor "b" begins at offset 8, but the tensor before it ends at 4. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'truncated',
    'a file that ends one byte too early',
    fileOf(header({ a: entry('F32', [2], 0, 8) }), 7),
    'model.safetensors: tensor "a" needs 1 bytes more than the file has: the file ends too early. The file is not complete: copy or download it again.',
  ],
  [
    'trailing-bytes',
    'a byte after the last tensor',
    fileOf(header({ a: entry('F32', [2], 0, 8) }), 9),
    'model.safetensors has 1 bytes after its last tensor, which belong to none. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'trailing-bytes',
    'bytes without tensors',
    fileOf('{}', 5),
    'model.safetensors has 5 bytes after its last tensor, which belong to none. The file is damaged or was written wrongly: save or download it again.',
  ],
];

describe('a file that breaks a rule', () => {
  test.each(broken)('%s: %s', async (code, _what, bytes, says) => {
    const error = await rejection(readSafetensors(arraySource(bytes)));
    expect(told(error)).toEqual([code, says]);
  });

  test('cannot write to a terminal through a name', async () => {
    const json = JSON.stringify({ ['a\u001b[2J\n\u202e' + 'x'.repeat(1000)]: 1 });
    const { message } = (await rejection(readSafetensors(arraySource(fileOf(json))))) as HeadgateError;
    // eslint-disable-next-line no-control-regex
    expect(message).not.toMatch(/[\u0000-\u001f\u202e]/);
    expect(message.length).toBeLessThan(300);
  });
});
