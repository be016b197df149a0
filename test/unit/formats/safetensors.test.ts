import { describe, expect, test } from 'vitest';
import { HeadgateError } from '../../../src/common/error.ts';
import { readSafetensors } from '../../../src/common/formats/safetensors/file.ts';
import { arraySource, fileOf, rejection, safetensorsOf, type Entry } from './make-safetensors.ts';

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
  ['file-too-small', 'an empty file', new Uint8Array(0), 'has 0 bytes'],
  ['file-too-small', 'seven bytes', new Uint8Array(7), 'has 7 bytes'],
  ['header-too-large', 'one byte over the limit', fileOf('{}', 0, 100_000_001n), '100000001'],
  [
    'header-too-large',
    'half a million sizes',
    fileOf(`{"a":{"dtype":"U8","shape":[${'1,'.repeat(2 ** 19)}1],"data_offsets":[0,1]}}`, 1),
    'more than 524,288 values',
  ],
  ['header-too-large', 'a length of 2^64 − 1', fileOf('{}', 0, 2n ** 64n - 1n), '18446744073709551615'],
  ['header-past-end', 'a header longer than the file', fileOf('{}', 0, 3n), '3 bytes'],
  ['header-past-end', 'the largest header in a small file', fileOf('{}', 0, 100_000_000n), '100000000'],
  ['header-start', 'no header', fileOf(''), '"{"'],
  ['header-start', 'a space first', fileOf(' {}'), '"{"'],
  ['header-start', 'a byte order mark first', fileOf('\ufeff{}'), '"{"'],
  ['header-start', 'an array', fileOf('[]'), '"{"'],
  [
    'header-not-utf8',
    'a byte that is no UTF-8',
    fileOf(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d)),
    'UTF-8',
  ],
  ['header-not-utf8', 'an overlong form', fileOf(Uint8Array.of(0x7b, 0xc0, 0x80, 0x7d)), 'UTF-8'],
  ['header-not-json', 'an open object', fileOf('{'), 'too early'],
  ['header-not-json', 'text after the object', fileOf('{} x'), 'character 3'],
  ['header-not-json', 'NUL as padding', fileOf('{}\0'), 'character 2'],
  ['duplicate-key', 'a tensor twice', fileOf('{"a":{},"a":{}}'), '"a" twice'],
  ['duplicate-key', 'a field twice', fileOf('{"a":{"dtype":"F32","dtype":"F16"}}'), '"dtype" twice'],
  ['duplicate-key', 'metadata twice', fileOf('{"__metadata__":{"k":"1","k":"2"}}'), '"k" twice'],
  ['bad-metadata', 'a number in the metadata', fileOf('{"__metadata__":{"step":12}}'), '"step" is not text'],
  ['bad-metadata', 'metadata that is text', fileOf('{"__metadata__":"x"}'), 'not an object'],
  ['bad-metadata', 'metadata that is null', fileOf('{"__metadata__":null}'), 'not an object'],
  ['bad-tensor', 'a tensor that is a number', fileOf('{"a":1}'), 'tensor "a"'],
  ['bad-tensor', 'no dtype', fileOf('{"a":{"shape":[1],"data_offsets":[0,4]}}', 4), 'no dtype'],
  ['bad-tensor', 'no shape', fileOf('{"a":{"dtype":"F32","data_offsets":[0,4]}}', 4), 'no shape'],
  ['bad-tensor', 'no offsets', fileOf('{"a":{"dtype":"F32","shape":[1]}}', 4), 'data_offsets'],
  [
    'bad-tensor',
    'three offsets',
    fileOf('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,2,4]}}', 4),
    'two',
  ],
  ['unknown-dtype', 'a type nobody knows', fileOf(header({ a: entry('F31', [1], 0, 4) }), 4), '"F31"'],
  [
    'unknown-dtype',
    'a property of objects',
    fileOf(header({ a: entry('toString', [1], 0, 4) }), 4),
    '"toString"',
  ],
  ['bad-number', 'a negative size', fileOf(header({ a: entry('F32', [-1], 0, 4) }), 4), 'tensor "a"'],
  ['bad-number', 'a size with a fraction', fileOf(header({ a: entry('F32', [1.5], 0, 4) }), 4), 'tensor "a"'],
  [
    'bad-number',
    'a size of 1.0',
    fileOf('{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}', 4),
    '"a"',
  ],
  [
    'bad-number',
    'a size that is text',
    fileOf('{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}', 4),
    '"a"',
  ],
  ['bad-number', 'a negative offset', fileOf(header({ a: entry('F32', [1], -4, 0) }), 4), 'first offset'],
  [
    'integer-overflow',
    'a size above 2^53',
    fileOf('{"a":{"dtype":"F32","shape":[9007199254740993],"data_offsets":[0,4]}}', 4),
    '"a"',
  ],
  [
    'integer-overflow',
    'an offset above 2^64',
    fileOf('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,18446744073709551617]}}', 4),
    '"a"',
  ],
  [
    'integer-overflow',
    'sizes whose product wraps to 4 bytes',
    fileOf(header({ a: entry('U8', [2 ** 32, 2 ** 32 + 1], 0, 4) }), 4),
    '"a"',
  ],
  [
    'integer-overflow',
    'an overflow before a zero',
    fileOf(header({ a: entry('F32', [2 ** 40, 2 ** 40, 0], 0, 0) })),
    '"a"',
  ],
  [
    'integer-overflow',
    'a number of a thousand digits',
    fileOf(`{"a":{"dtype":"F32","shape":[${'9'.repeat(1000)}],"data_offsets":[0,4]}}`, 4),
    'too large',
  ],
  [
    'offsets-reversed',
    'an end before the beginning',
    fileOf(header({ a: entry('F32', [1], 4, 0) }), 4),
    'before it begins',
  ],
  [
    'offsets-size',
    'too few bytes for the shape',
    fileOf(header({ a: entry('F32', [2, 3], 0, 20) }), 20),
    'takes 24 bytes',
  ],
  [
    'offsets-size',
    'too many bytes for the shape',
    fileOf(header({ a: entry('BF16', [2], 0, 8) }), 8),
    'hold 8',
  ],
  ['offsets-start', 'a hole at the start', fileOf(header({ a: entry('F32', [1], 4, 8) }), 8), 'not at 0'],
  [
    'offsets-overlap',
    'two tensors on one place',
    fileOf(header({ a: entry('F32', [1], 0, 4), b: entry('F32', [1], 0, 4) }), 4),
    'inside the tensor before it',
  ],
  [
    'offsets-overlap',
    'half an overlap',
    fileOf(header({ a: entry('F32', [2], 0, 8), b: entry('F32', [2], 4, 12) }), 12),
    'inside the tensor before it',
  ],
  [
    'offsets-hole',
    'a hole in the middle',
    fileOf(header({ a: entry('F32', [1], 0, 4), b: entry('F32', [1], 8, 12) }), 12),
    'tensor "b"',
  ],
  [
    'truncated',
    'a file that ends one byte too early',
    fileOf(header({ a: entry('F32', [2], 0, 8) }), 7),
    '1 bytes more',
  ],
  [
    'trailing-bytes',
    'a byte after the last tensor',
    fileOf(header({ a: entry('F32', [2], 0, 8) }), 9),
    '1 bytes after',
  ],
  ['trailing-bytes', 'bytes without tensors', fileOf('{}', 5), '5 bytes after'],
];

describe('a file that breaks a rule', () => {
  test.each(broken)('%s: %s', async (code, _what, bytes, says) => {
    const error = await rejection(readSafetensors(arraySource(bytes)));
    expect(error).toBeInstanceOf(HeadgateError);
    const { message, hint } = error as HeadgateError;
    expect({ code: (error as HeadgateError).code, message }).toMatchObject({ code });
    expect(message).toContain('model.safetensors');
    expect(message).toContain(says);
    expect(hint).toMatch(/^[A-Z].*\.$/);
  });

  test('cannot write to a terminal through a name', async () => {
    const json = JSON.stringify({ ['a\u001b[2J\n\u202e' + 'x'.repeat(1000)]: 1 });
    const { message } = (await rejection(readSafetensors(arraySource(fileOf(json))))) as HeadgateError;
    // eslint-disable-next-line no-control-regex
    expect(message).not.toMatch(/[\u0000-\u001f\u202e]/);
    expect(message.length).toBeLessThan(300);
  });
});
