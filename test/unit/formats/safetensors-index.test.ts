import { posix, win32 } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HeadgateError } from '../../../src/common/error.ts';
import type { ModelFolder } from '../../../src/common/formats/format.ts';
import { isMemberName } from '../../../src/common/formats/member-name.ts';
import { format } from '../../../src/common/formats/safetensors/index.ts';
import { folderOf } from './folder.ts';
import { rejection, safetensorsOf } from './make-safetensors.ts';

const INDEX = 'model.safetensors.index.json';

const indexOf = (map: Readonly<Record<string, unknown>>) =>
  JSON.stringify({ metadata: { total_size: 1 }, weight_map: map });

const read = (folder: ModelFolder) => format.read(folder, INDEX);

async function failure(files: Readonly<Record<string, string | Uint8Array>>): Promise<HeadgateError> {
  const error = await rejection(read(folderOf(files)));
  expect(error).toBeInstanceOf(HeadgateError);
  return error as HeadgateError;
}

const one = safetensorsOf({ a: [2, 2], b: [3] });
const two = safetensorsOf({ c: [1] });

describe('shards with an index', () => {
  test('are one list of tensors, each with its file', async () => {
    const files = {
      [INDEX]: indexOf({ a: 'one.safetensors', b: 'one.safetensors', c: 'sub/two.safetensors' }),
      'one.safetensors': one,
      'sub/two.safetensors': two,
    };
    const weights = await read(folderOf(files));
    expect(weights.tensors.map(({ name, file }) => [name, file])).toEqual([
      ['a', 'one.safetensors'],
      ['b', 'one.safetensors'],
      ['c', 'sub/two.safetensors'],
    ]);
    expect([...weights.files.keys()]).toEqual([INDEX, 'one.safetensors', 'sub/two.safetensors']);
  });

  test('may hold tensors that the index leaves out', async () => {
    const files = { [INDEX]: indexOf({ a: 'one.safetensors' }), 'one.safetensors': one };
    expect((await read(folderOf(files))).tensors.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  test.each([
    '../one.safetensors',
    '..',
    '.',
    '',
    './one.safetensors',
    'a/../one.safetensors',
    '/etc/passwd',
    '\\\\server\\share\\x',
    'a\\..\\..\\x',
    'C:\\x',
    'C:x',
    'one.safetensors:stream',
    'one\0.safetensors',
    'a//b',
    'a/',
    '.. /x',
    '../',
    'x'.repeat(2000),
  ])('may not be named %j', async (shard) => {
    const { code, message } = await failure({ [INDEX]: indexOf({ a: shard }), 'one.safetensors': one });
    expect(code).toBe('unsafe-name');
    expect(message).toContain(INDEX);
  });

  test('must all be there', async () => {
    const { code, message } = await failure({ [INDEX]: indexOf({ a: 'one.safetensors' }) });
    expect([code, message]).toEqual(['missing-shard', expect.stringContaining('"one.safetensors"')]);
  });

  test('must be whole', async () => {
    const files = { [INDEX]: indexOf({ a: 'one.safetensors' }), 'one.safetensors': one.subarray(0, -1) };
    const { code, message } = await failure(files);
    expect([code, message]).toEqual(['truncated', expect.stringContaining('one.safetensors')]);
  });

  test('must have what the index says', async () => {
    const files = {
      [INDEX]: indexOf({ a: 'one.safetensors', z: 'one.safetensors' }),
      'one.safetensors': one,
    };
    const { code, message } = await failure(files);
    expect([code, message]).toEqual(['tensor-not-in-shard', expect.stringContaining('"z"')]);
  });

  test('must have it in the shard that the index says', async () => {
    const files = {
      [INDEX]: indexOf({ a: 'two.safetensors', c: 'two.safetensors', b: 'one.safetensors' }),
      'one.safetensors': one,
      'two.safetensors': two,
    };
    expect((await failure(files)).code).toBe('tensor-not-in-shard');
  });

  test('must have each tensor once', async () => {
    const files = {
      [INDEX]: indexOf({ a: 'one.safetensors', c: 'two.safetensors' }),
      'one.safetensors': one,
      'two.safetensors': safetensorsOf({ c: [1], a: [1] }),
    };
    const { code, message } = await failure(files);
    expect([code, message]).toEqual([
      'duplicate-tensor',
      expect.stringMatching(/"a".*one\.safetensors.*two\.safetensors/),
    ]);
  });

  test.each([
    ['bad-index', 'text', 'nonsense'],
    ['bad-index', 'a list', '[]'],
    ['bad-index', 'no map', '{}'],
    ['bad-index', 'an empty map', indexOf({})],
    ['bad-index', 'a map of numbers', indexOf({ a: 1 })],
    ['duplicate-key', 'a tensor twice', '{"weight_map": {"a": "x", "a": "y"}}'],
  ])('need a sound index: %s for %s', async (code, _what, text) => {
    const error = await failure({ [INDEX]: text });
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(INDEX)]);
  });

  test('need an index in UTF-8', async () => {
    expect((await failure({ [INDEX]: Uint8Array.of(0x7b, 0xff, 0x7d) })).message).toContain('UTF-8');
  });
});

test('a name that passes stays inside the folder, on any system', () => {
  const piece = fc.oneof(
    fc.constantFrom('.', '..', '/', '\\', ':', ' ', 'C:', '\0', '~', 'a', '%2e'),
    fc.string({ maxLength: 3 }),
  );
  const names = fc.array(piece, { minLength: 1, maxLength: 8 }).map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(names, (name) => {
      fc.pre(isMemberName(name));
      expect(posix.resolve('/root', name).startsWith('/root/')).toBe(true);
      expect(win32.resolve('C:\\root', name).startsWith('C:\\root\\')).toBe(true);
      expect(posix.normalize(name)).toBe(name);
    }),
    { numRuns: 3000 },
  );
});

describe('where to start in a folder', () => {
  const entry = (names: string[], wanted: string | null = null) =>
    format.claims(folderOf(Object.fromEntries(names.map((name) => [name, '']))), wanted);

  test('prefers the usual names', async () => {
    expect(await entry(['config.json', 'other.safetensors', INDEX, 'model.safetensors'])).toBe(
      'model.safetensors',
    );
    expect(await entry(['other.safetensors', INDEX])).toBe(INDEX);
    expect(await entry(['model.fp16.safetensors.index.json', 'a.safetensors', 'b.safetensors'])).toBe(
      'model.fp16.safetensors.index.json',
    );
  });

  test('takes the only file of weights; reference outputs are none', async () => {
    expect(await entry(['mine.safetensors', 'golden.safetensors'])).toBe('mine.safetensors');
    expect(await entry(['golden.safetensors', 'config.json'])).toBe(null);
    expect(await entry([])).toBe(null);
  });

  test('takes what the user pointed at', async () => {
    expect(await entry(['model.safetensors', 'mine.safetensors'], 'mine.safetensors')).toBe(
      'mine.safetensors',
    );
  });

  test('does not guess', async () => {
    await expect(entry(['a.safetensors', 'b.safetensors'])).rejects.toMatchObject({
      code: 'ambiguous-weights',
    });
  });
});
