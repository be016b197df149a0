import { expect, test } from 'vitest';
import { HeadgateError } from '../../../src/common/error.ts';
import { format } from '../../../src/common/formats/keras/index.ts';
import { folderOf } from './folder.ts';
import {
  compact,
  contiguous,
  dataspace,
  float32,
  good,
  hdf5,
  header,
  latin1,
  link,
  NOWHERE,
  u16,
  u32,
  u64,
  type RawMessage,
} from './make-hdf5.ts';
import { rejection } from './make-safetensors.ts';

/** Files of HDF5 whose first block, headers, links, types or layouts break a rule; indexes and Keras in keras-bad.test.ts. */
const file = (bytes: Uint8Array | readonly number[]) => ({ 'm.h5': Uint8Array.from(bytes) });
/** A dataset with one message in place of another of its type. */
const but = (...messages: readonly RawMessage[]) => [
  ...good.filter(([type]) => !messages.some(([own]) => own === type)),
  ...messages,
];
const plain = hdf5(good);
const set = (bytes: Uint8Array, at: number, ...values: number[]) => {
  const copy = bytes.slice();
  copy.set(values, at);
  return copy;
};

const bad: [what: string, files: Record<string, Uint8Array>, code: string, message: string][] = [
  [
    'a few bytes',
    file(latin1('\x89HDF')),
    'hdf5-too-small',
    '"m.h5": it has 4 bytes; an HDF5 file has at least 96.',
  ],
  ['another signature', file(set(plain, 1, 0)), 'hdf5-magic', '"m.h5": it does not begin as an HDF5 file.'],
  [
    'a first block of version 4',
    file(hdf5(good, [], undefined, { version: 4 })),
    'hdf5-version',
    '"m.h5": its first block is of version 4; 0 to 3 can be read.',
  ],
  [
    'addresses of 4 bytes',
    file(hdf5(good, [], undefined, { widths: [4, 8] })),
    'hdf5-widths',
    '"m.h5": its addresses have 4 bytes and its sizes 8; 8 and 8 can be read.',
  ],
  [
    'addresses from elsewhere',
    file(hdf5(good, [], undefined, { base: 512 })),
    'hdf5-base',
    '"m.h5": its addresses count from byte 512, not from 0.',
  ],
  [
    'cut off',
    file(hdf5(good, [], undefined, { end: 4096 })),
    'hdf5-truncated',
    '"m.h5": it says that it has 4096 bytes, but it has 149.',
  ],
  [
    'a root behind the end',
    file(hdf5(good, [], undefined, { root: u64(9999) })),
    'hdf5-past-end',
    '"m.h5": the root group lies beyond the end of the file.',
  ],
  [
    'a root nowhere',
    file(hdf5(good, [], undefined, { root: NOWHERE })),
    'hdf5-past-end',
    '"m.h5": the root group is nowhere in the file.',
  ],
  [
    'a root that is no header',
    file(hdf5(good, [], undefined, { root: u64(8) })),
    'hdf5-header-version',
    '"m.h5": the root group does not begin with a header.',
  ],
  [
    'a header of version 3',
    file(set(plain, 48 + 4, 3)),
    'hdf5-header-version',
    '"m.h5": “/w” has a header of version 3; 1 and 2 can be read.',
  ],
  [
    'a message longer than its header',
    file(set(plain, 48 + 11, 255)),
    'hdf5-cut-off',
    '"m.h5": “/w” ends in the middle of a field.',
  ],
  [
    'a header of 1 GiB',
    file(set(plain, 48 + 6, 0, 0, 0, 64)),
    'hdf5-structure-size',
    '"m.h5": “/w” takes 1073741824 bytes in one piece; the limit is 16777216.',
  ],
  [
    'a header that goes on in itself',
    file(hdf5([...good, [16, [...u64(60), ...u64(0)]]])),
    'hdf5-cut-off',
    '"m.h5": “/w” ends in the middle of a field.',
  ],
  [
    'a header that goes on without a signature',
    file(hdf5([...good, [16, [...u64(60), ...u64(16)]]])),
    'hdf5-signature',
    '"m.h5": “/w” does not begin with “OCHK”.',
  ],
  [
    'a link of version 2',
    file(hdf5(good, [[6, [2, 0, 1, 120, ...u64(48)]]])),
    'hdf5-link-version',
    '"m.h5": the root group has a link of version 2; only 1 can be read.',
  ],
  [
    'a link to another file',
    file(hdf5(good, [link('x', 64, [...u16(3), 0, 97, 98])])),
    'hdf5-external-link',
    '"m.h5": “x” of the root group is a link to another file, which is never followed.',
  ],
  [
    'a soft link',
    file(hdf5(good, [link('x', 1, [...u16(1), 97])])),
    'hdf5-soft-link',
    '"m.h5": “/x” is a soft link to “/a”, which is not in the file or leads back to it.',
  ],
  [
    'a link of another kind',
    file(hdf5(good, [link('x', 9, [])])),
    'hdf5-link',
    '"m.h5": “x” of the root group is a link of the unknown kind 9.',
  ],
  [
    'a group of libver="latest"',
    file(hdf5(good, [[2, [0, 0, ...u64(48), ...u64(48)]]])),
    'hdf5-dense',
    '"m.h5": the root group keeps its names in a fractal heap, the layout of libver="latest".',
  ],
  [
    'a name twice',
    file(hdf5(good, [link('w', 0, u64(48))])),
    'hdf5-name-twice',
    '"m.h5": the root group holds “w” twice.',
  ],
  [
    'a group in itself',
    file(hdf5(good, [link('x', 0, u64(48 + header(good).length))])),
    'hdf5-cycle',
    '"m.h5": “/x” is a group that holds itself.',
  ],
  ['no dataspace', file(hdf5(good.slice(1))), 'hdf5-dataset', '"m.h5": “/w” has no dataspace.'],
  [
    'no datatype',
    file(hdf5(but().filter(([type]) => type !== 3))),
    'hdf5-dataset',
    '"m.h5": “/w” has no datatype.',
  ],
  ['no layout', file(hdf5(good.slice(0, 2))), 'hdf5-dataset', '"m.h5": “/w” has no layout.'],
  [
    'a shared datatype',
    file(hdf5(but([3, float32[1], 2]))),
    'hdf5-shared',
    '"m.h5": “/w” shares its datatype with another object, which is not read.',
  ],
  [
    'data in another file',
    file(hdf5([...good, [7, [1, 0]]])),
    'hdf5-external-data',
    '"m.h5": “/w” keeps its data in another file, which is never opened.',
  ],
  [
    'a datatype of version 0',
    file(hdf5(but([3, [0x01, ...float32[1].slice(1)]]))),
    'hdf5-datatype',
    '"m.h5": “/w” has a datatype of version 0; 1 to 4 can be read.',
  ],
  [
    'elements of 0 bytes',
    file(hdf5(but([3, [0x11, 0, 0, 0, 0, 0, 0, 0]]))),
    'hdf5-datatype',
    '"m.h5": “/w” has elements of 0 bytes.',
  ],
  [
    'elements of an unknown class',
    file(hdf5(but([3, [0x1f, 0, 0, 0, ...u32(4)]]))),
    'hdf5-datatype',
    '"m.h5": “/w” has elements of the unknown class 15.',
  ],
  [
    'a dataspace of version 3',
    file(hdf5(but([1, [3, 1, 0, 1, ...u64(2)]]))),
    'hdf5-dataspace',
    '"m.h5": “/w” has a dataspace of version 3; 1 and 2 can be read.',
  ],
  [
    '33 dimensions',
    file(hdf5(but([1, [2, 33, 0, 1]]))),
    'hdf5-dataspace',
    '"m.h5": “/w” has 33 dimensions; the limit is 32.',
  ],
  [
    'a size above 2^53',
    file(hdf5(but([1, [2, 1, 0, 1, ...NOWHERE]]))),
    'hdf5-number',
    '"m.h5": “/w” has a size of more than 2^53 − 1.',
  ],
  [
    'elements above 2^53',
    file(hdf5(but(dataspace(2 ** 40, 2 ** 40)))),
    'hdf5-dataspace',
    '"m.h5": “/w” has more than 2^53 − 1 elements.',
  ],
  [
    'bytes above 2^53',
    file(hdf5(but(dataspace(2 ** 52)))),
    'hdf5-dataspace',
    '"m.h5": “/w” has more than 2^53 − 1 bytes.',
  ],
  [
    'a layout of version 1',
    file(hdf5(but([8, [1, 0]]))),
    'hdf5-layout-version',
    '"m.h5": “/w” has a layout of version 1; 3 and 4 can be read.',
  ],
  [
    'a layout of another class',
    file(hdf5(but([8, [3, 7]]))),
    'hdf5-layout',
    '"m.h5": “/w” has a layout of the unknown class 7.',
  ],
  [
    'a virtual dataset',
    file(hdf5(but([8, [4, 3]]))),
    'hdf5-virtual',
    '"m.h5": “/w” is a virtual dataset, made of other files, which are never opened.',
  ],
  [
    'too few bytes in the header',
    file(hdf5(but(compact(4)))),
    'hdf5-data-size',
    '"m.h5": “/w” takes 8 bytes, but its header holds 4.',
  ],
  [
    'too few bytes set aside',
    file(hdf5(but(contiguous(u64(48), 4)))),
    'hdf5-data-size',
    '"m.h5": “/w” takes 8 bytes, but only 4 are set aside for it.',
  ],
  [
    'data behind the end',
    file(hdf5(but(contiguous(u64(90_000), 8)))),
    'hdf5-truncated',
    '"m.h5": “/w” ends 89853 bytes behind the end of the file.',
  ],
  [
    'data that was never written',
    file(hdf5(but(contiguous(NOWHERE, 8)))),
    'hdf5-no-data',
    '"m.h5": “/w” was made but never written.',
  ],
];

test('every rule has words of its own', () => {
  expect(bad.length).toBeGreaterThanOrEqual(40);
  expect(new Set(bad.map(([, , , message]) => message)).size).toBeGreaterThan(36);
});

test.each(bad)('%s', async (_what, files, code, message) => {
  const folder = folderOf(files);
  const error = (await rejection(format.read(folder, Object.keys(files)[0] ?? ''))) as HeadgateError;
  expect(error).toBeInstanceOf(HeadgateError);
  expect({ code: error.code, message: error.message }).toEqual({ code, message });
});

test('structures that refer to the same again and again are refused', async () => {
  const large = [
    ...good,
    ...Array.from({ length: 9 }, (): RawMessage => [0, new Array<number>(60_000).fill(0)]),
  ];
  const links = Array.from({ length: 1200 }, (_, k) => link(`w${k}`, 0, u64(48)));
  const error = (await rejection(format.read(folderOf(file(hdf5(large, links))), 'm.h5'))) as HeadgateError;
  expect(error.code).toBe('hdf5-work');
});
