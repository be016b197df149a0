import { zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { HeadgateError } from '../../../src/common/error.ts';
import { format } from '../../../src/common/formats/keras/index.ts';
import { folderOf } from './folder.ts';
import {
  behindOf,
  chunked,
  dataspace,
  float32,
  good,
  hdf5,
  latin1,
  NOWHERE,
  u16,
  u32,
  u64,
  type RawMessage,
} from './make-hdf5.ts';
import { rejection } from './make-safetensors.ts';

const file = (bytes: Uint8Array | readonly number[]) => ({ 'm.h5': Uint8Array.from(bytes) });
const archive = (members: Record<string, string>) => ({
  'm.keras': zipSync(
    Object.fromEntries(Object.entries(members).map(([name, text]) => [name, Uint8Array.from(latin1(text))])),
  ),
});
/** A dataset with one message in place of another of its type. */
const but = (...messages: readonly RawMessage[]) => [
  ...good.filter(([type]) => !messages.some(([own]) => own === type)),
  ...messages,
];
const filters = (...body: number[]): RawMessage => [11, body];

/** A dataset in chunks whose index lies behind. */
const indexed = (index: readonly number[], shape = [2], chunk = [2, 4], more: readonly RawMessage[] = []) => {
  const at = (root: number[]) => [dataspace(...shape), float32, chunked(root, ...chunk), ...more];
  const root = behindOf(at(NOWHERE));
  return hdf5(at(u64(root)), [], () => index);
};
const tree = (type: number, level: number, count: number, ...body: number[]) => [
  ...latin1('TREE'),
  type,
  level,
  ...u16(count),
  ...NOWHERE,
  ...NOWHERE,
  ...body,
];
const key = (size: number, ...offset: number[]) => [...u32(size), ...u32(0), ...offset.flatMap(u64)];
/** An older group: the addresses of its index and its names. */
const table = (index: (at: number) => readonly number[], names: (at: number) => readonly number[]) => {
  const more = (a: number, b: number): RawMessage[] => [[17, [...u64(a), ...u64(b)]]];
  const first = behindOf(good, more(0, 0));
  const held = index(first);
  return hdf5(good, more(first, first + held.length), () => [...held, ...names(first + held.length)]);
};
const heap = (text: string) => (at: number) => [
  ...latin1('HEAP'),
  0,
  0,
  0,
  0,
  ...u64(text.length),
  ...u64(0),
  ...u64(at + 32),
  ...latin1(text),
];
const symbols =
  (...entries: number[][]) =>
  (at: number) => [
    ...tree(0, 0, 1, ...u64(0), ...u64(at + 40)),
    ...[...latin1('SNOD'), 1, 0, ...u16(entries.length), ...entries.flat()],
  ];
const symbol = (name: number, at: number, cache = 0) => [
  ...u64(name),
  ...u64(at),
  ...u32(cache),
  ...new Array<number>(20).fill(0),
];
const attribute = (
  version: number,
  type: readonly number[],
  space: readonly number[],
  data: readonly number[],
): RawMessage => [
  12,
  [
    version,
    0,
    ...u16(2),
    ...u16(type.length),
    ...u16(space.length),
    0,
    ...latin1('a\0'),
    ...type,
    ...space,
    ...data,
  ],
];
const texts = [0x19, 1, 0, 0, ...u32(16), ...new Array<number>(8).fill(0)];
const one = [2, 0, 0, 0];

const plain = hdf5(good);

const bad: [what: string, files: Record<string, Uint8Array>, code: string, message: string][] = [
  [
    'filters of version 9',
    file(hdf5([dataspace(2), float32, chunked(NOWHERE, 2, 4), filters(9, 0)])),
    'hdf5-filter',
    '"m.h5": “/w” has filters of version 9; 1 and 2 can be read.',
  ],
  [
    'LZF',
    file(
      hdf5([dataspace(2), float32, chunked(NOWHERE, 2, 4), filters(2, 1, ...u16(32000), 0, 0, 0, 0, 0, 0)]),
    ),
    'hdf5-filter',
    '"m.h5": “/w” is packed with LZF; deflate and shuffle can be read.',
  ],
  [
    'an unknown filter',
    file(hdf5([dataspace(2), float32, chunked(NOWHERE, 2, 4), filters(2, 1, ...u16(99), 0, 0, 0, 0)])),
    'hdf5-filter',
    '"m.h5": “/w” is packed with the filter 99; deflate and shuffle can be read.',
  ],
  [
    'chunks of libver="latest"',
    file(hdf5(but([8, [4, 2, 0, 2, 1, 2, 4, 1]]))),
    'hdf5-chunk-index',
    '"m.h5": “/w” has its chunks in an index of libver="latest".',
  ],
  [
    'chunks of another rank',
    file(hdf5(but(chunked(NOWHERE, 2, 2, 4)))),
    'hdf5-chunk-shape',
    '"m.h5": “/w” has chunks of another form than its elements.',
  ],
  [
    'chunks of 64 MiB',
    file(hdf5(but(chunked(NOWHERE, 2 ** 24, 4)))),
    'hdf5-chunk-size',
    '"m.h5": “/w” has chunks of 67108864 bytes; the limit is 33554432.',
  ],
  [
    'a million chunks',
    file(hdf5([dataspace(2 ** 30), float32, chunked(NOWHERE, 1, 4)])),
    'hdf5-chunk-count',
    '"m.h5": “/w” has 1073741824 chunks; the limit is 50000.',
  ],
  [
    'no chunk in the file',
    file(hdf5(but(chunked(NOWHERE, 2, 4)))),
    'hdf5-chunk-count',
    '"m.h5": “/w” has 0 of its 1 chunks in the file.',
  ],
  [
    'an index that is none',
    file(indexed(latin1('NONE'.padEnd(24)))),
    'hdf5-signature',
    '"m.h5": the index of “/w” does not begin with “TREE”.',
  ],
  [
    'an index of groups',
    file(indexed(tree(0, 0, 0))),
    'hdf5-tree',
    '"m.h5": the index of “/w” is a tree of the type 0, not 1.',
  ],
  [
    'an index that goes deeper into itself',
    file(
      indexed(
        tree(1, 1, 1, ...key(8, 0, 0), ...u64(behindOf([dataspace(2), float32, chunked(NOWHERE, 2, 4)]))),
      ),
    ),
    'hdf5-tree',
    '"m.h5": the index of “/w” has a node of level 1 where 0 is due.',
  ],
  [
    'a chunk between two places',
    file(indexed(tree(1, 0, 1, ...key(8, 1, 0), ...u64(48)))),
    'hdf5-chunk-place',
    '"m.h5": “/w” has a chunk at [1], where none belongs.',
  ],
  [
    'a chunk behind the end',
    file(indexed(tree(1, 0, 1, ...key(8, 0, 0), ...u64(90_000)))),
    'hdf5-truncated',
    '"m.h5": “/w” has a chunk behind the end of the file.',
  ],
  [
    'a chunk of another size',
    file(indexed(tree(1, 0, 1, ...key(4, 0, 0), ...u64(48)))),
    'hdf5-chunk-size',
    '"m.h5": “/w” has a chunk of 4 bytes; it takes 8.',
  ],
  [
    'a chunk too few',
    file(indexed(tree(1, 0, 1, ...key(8, 0, 0), ...u64(48)), [4])),
    'hdf5-chunk-count',
    '"m.h5": “/w” has 1 of its 2 chunks in the file.',
  ],
  [
    'names without a signature',
    file(table(symbols(symbol(0, 48)), () => new Array<number>(40).fill(0))),
    'hdf5-signature',
    '"m.h5": the list of names of the root group does not begin with “HEAP”.',
  ],
  [
    'a name outside of the names',
    file(table(symbols(symbol(90, 48)), heap('x\0'))),
    'hdf5-name',
    '"m.h5": the root group has a name at byte 90 of 2.',
  ],
  [
    'a soft link of an older group',
    file(table(symbols(symbol(0, 48, 2)), heap('x\0'))),
    'hdf5-soft-link',
    '"m.h5": “/x” is a soft link to “/x”, which is not in the file or leads back to it.',
  ],
  [
    'an older group without symbols',
    file(table((at) => [...tree(0, 0, 1, ...u64(0), ...u64(at))], heap('x\0'))),
    'hdf5-signature',
    '"m.h5": the index of the root group does not begin with “SNOD”.',
  ],
  [
    'an attribute of version 7',
    file(hdf5(good, [attribute(7, texts, one, [])])),
    'hdf5-attribute-version',
    '"m.h5": the root group has an attribute of version 7; 1 to 3 can be read.',
  ],
  [
    'a list of texts without them',
    file(hdf5(good, [attribute(3, texts, [2, 1, 0, 1, ...u64(5000)], [])])),
    'hdf5-attribute-size',
    '"m.h5": the attribute “a” of the root group has 5000 values, for which its 0 bytes are too few.',
  ],
  [
    'a text of a heap that is none',
    file(hdf5(good, [attribute(3, texts, one, [...u32(3), ...u64(48), ...u32(1)])])),
    'hdf5-signature',
    '"m.h5": the heap of the attribute “a” of the root group does not begin with “GCOL”.',
  ],
  [
    'a text of 100 MiB',
    file(hdf5(good, [attribute(3, texts, one, [...u32(100 * 2 ** 20), ...u64(48), ...u32(1)])])),
    'hdf5-attribute-size',
    '"m.h5": the attribute “a” of the root group and others have more than 16777216 bytes of text.',
  ],
  [
    'numbers of a kind that no weight has',
    file(hdf5(but([3, [0x16, 0, 0, 0, ...u32(4)]]))),
    'no-tensors',
    '"m.h5" holds no weights. "w" was left out: it holds compound values.',
  ],
  [
    'an archive that is none',
    { 'm.keras': plain },
    'zip-no-end',
    '"m.keras" is a ZIP archive without its directory at the end.',
  ],
  [
    'an archive without weights',
    archive({ 'config.json': '{}' }),
    'keras-no-weights',
    '"m.keras" has no member "model.weights.h5", which holds the weights of a Keras model.',
  ],
  [
    'an archive that leads outside',
    archive({ '../model.weights.h5': '' }),
    'zip-name',
    '"m.keras": the member "../model.weights.h5" has a name that leads outside of the archive.',
  ],
  [
    'weights that are no HDF5',
    archive({ 'model.weights.h5': 'x'.repeat(100) }),
    'hdf5-magic',
    '"m.keras/model.weights.h5": it does not begin as an HDF5 file.',
  ],
  [
    'a config that is no JSON',
    { 'm.keras': zipSync({ 'config.json': Uint8Array.from(latin1('{"a":')), 'model.weights.h5': plain }) },
    'keras-config',
    '"m.keras" holds a config that is not valid JSON: it ends too early (line 1, column 6).',
  ],
];

test('every rule has words of its own', () => {
  expect(bad.length).toBeGreaterThanOrEqual(28);
  expect(new Set(bad.map(([, , , message]) => message)).size).toBeGreaterThan(25);
});

test.each(bad)('%s', async (_what, files, code, message) => {
  const folder = folderOf(files);
  const error = (await rejection(format.read(folder, Object.keys(files)[0] ?? ''))) as HeadgateError;
  expect(error).toBeInstanceOf(HeadgateError);
  expect({ code: error.code, message: error.message }).toEqual({ code, message });
});

test('a chunk that is no deflate data is told when it is read', async () => {
  const bytes = indexed(
    tree(1, 0, 1, ...key(8, 0, 0), ...u64(48)),
    [2],
    [2, 4],
    [filters(2, 1, ...u16(1), 0, 0, 0, 0)],
  );
  const { files, tensors } = await format.read(folderOf(file(bytes)), 'm.h5');
  const error = (await rejection(
    files.get(tensors[0]?.file ?? '')?.read(0, 8) ?? Promise.resolve(),
  )) as HeadgateError;
  expect(error.message).toBe('"m.h5": “/w” has a chunk that is not valid deflate data.');
});
