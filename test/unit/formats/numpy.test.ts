import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { format } from '../../../src/common/formats/numpy/index.ts';
import { described, type Described } from './described.ts';
import { folderOf } from './folder.ts';
import { rejection, told } from './make-safetensors.ts';

const FOLDER = 'test/fixtures/numpy';
const expected = JSON.parse(readFileSync(`${FOLDER}/expected.json`, 'utf8')) as Record<
  string,
  Record<string, Described>
>;
const fixture = (name: string) => new Uint8Array(readFileSync(`${FOLDER}/${name}`));

describe('arrays of numpy', () => {
  test.each(Object.keys(expected))('%s holds what numpy reads from it', async (name) => {
    const folder = folderOf({ [name]: fixture(name) });
    expect(await format.claims(folder, name)).toBe(name);
    expect(await described(await format.read(folder, name))).toEqual(expected[name]);
  });

  test('of texts and of objects are left out by name', async () => {
    const { notes } = await format.read(folderOf({ 'mixed.npz': fixture('mixed.npz') }), 'mixed.npz');
    expect(notes).toEqual([
      'The array "words" was left out: its type "<U1" is not read.',
      'The array "things" was left out: it holds Python objects, which are pickles and are never loaded.',
    ]);
  });
});

/** An array with this header, `data` bytes after it. */
function npy(header: string, data = 0, version: readonly [number, number] = [1, 0], length = header.length) {
  const bytes = new Uint8Array(10 + header.length + data);
  bytes.set([0x93, ...Buffer.from('NUMPY'), ...version, length & 255, length >> 8, ...Buffer.from(header)]);
  return bytes;
}
/** A header so long, of version 2.0. */
const npyLong = (length: number) => {
  const bytes = npy(' '.repeat(length), 0, [2, 0], length & 65_535);
  new DataView(bytes.buffer).setUint32(8, length, true);
  return bytes;
};
const header = (descr: string, shape: string, order = 'False') =>
  `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }\n`;
const F4 = "'<f4'";

const broken: [code: string, what: string, bytes: Uint8Array, says: string][] = [
  [
    'npy-too-small',
    'nothing',
    new Uint8Array(0),
    '"a.npy" has 0 bytes; an array has at least 10. The file is not complete: copy or download it again.',
  ],
  [
    'npy-too-small',
    'nine bytes',
    npy('').subarray(0, 9),
    '"a.npy" has 9 bytes; an array has at least 10. The file is not complete: copy or download it again.',
  ],
  [
    'npy-magic',
    'another magic',
    npy(header(F4, '(1,)'), 4).fill(0, 0, 1),
    '"a.npy" does not begin as a NumPy array. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'npy-version',
    'version 0',
    npy(header(F4, '()'), 4, [0, 0]),
    '"a.npy" is of the version 0.0; 1.0, 2.0 and 3.0 can be read. Save it again with numpy.save.',
  ],
  [
    'npy-version',
    'version 4',
    npy(header(F4, '()'), 4, [4, 0]),
    '"a.npy" is of the version 4.0; 1.0, 2.0 and 3.0 can be read. Save it again with numpy.save.',
  ],
  [
    'npy-version',
    'version 1.1',
    npy(header(F4, '()'), 4, [1, 1]),
    '"a.npy" is of the version 1.1; 1.0, 2.0 and 3.0 can be read. Save it again with numpy.save.',
  ],
  [
    'npy-truncated',
    'a header beyond the end',
    npy('{}', 0, [1, 0], 9),
    '"a.npy" ends inside its header. The file is not complete: copy or download it again.',
  ],
  [
    'npy-truncated',
    'no room for a long length',
    npy('', 0, [2, 0]),
    '"a.npy" ends inside its header. The file is not complete: copy or download it again.',
  ],
  [
    'npy-header',
    'no dictionary',
    npy('[]'),
    '"a.npy" has a header that is no dictionary of descr, fortran_order and shape. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'npy-header',
    'an empty header',
    npy(''),
    '"a.npy" has a header that is no dictionary of descr, fortran_order and shape. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'npy-header',
    'a call',
    npy(header('print(1)', '(1,)'), 4),
    '"a.npy" has a header that is no dictionary of descr, fortran_order and shape. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'npy-header',
    'no order',
    npy(header(F4, '(1,)', 'Maybe'), 4),
    '"a.npy" has a header that is no dictionary of descr, fortran_order and shape. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'npy-header',
    'a negative size',
    npy(header(F4, '(-1,)'), 4),
    '"a.npy" has a header that is no dictionary of descr, fortran_order and shape. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'npy-header',
    'something behind',
    npy(`${header(F4, '(1,)')}x`, 4),
    '"a.npy" has a header that is no dictionary of descr, fortran_order and shape. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'npy-shape',
    'two sizes without a comma',
    npy(header(F4, '(1 1)'), 4),
    '"a.npy" has the shape (1 1), which is no list of whole numbers below 2^53. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'npy-shape',
    'a size of 20 digits',
    npy(header(F4, '(99999999999999999999,)')),
    '"a.npy" has the shape (99999999999999999999,), which is no list of whole numbers below 2^53. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'npy-shape',
    'a product beyond 2^53',
    npy(header(F4, '(9007199254740991, 9)')),
    '"a.npy" has a shape of more than 2^53 − 1 bytes. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'npy-shape',
    '33 dimensions',
    npy(header(F4, `(${'1, '.repeat(33)})`), 4),
    '"a.npy" has 33 dimensions; the limit is 32. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'npy-size',
    'a byte too few',
    npy(header(F4, '(2,)'), 7),
    '"a.npy" has the shape [2] in <f4, which takes 8 bytes, but 7 follow its header. The file is not complete: copy or download it again.',
  ],
  [
    'npy-size',
    'a byte too many',
    npy(header(F4, '(2,)'), 9),
    '"a.npy" has the shape [2] in <f4, which takes 8 bytes, but 9 follow its header. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'npy-size',
    'a terabyte in a small file',
    npy(header(F4, '(1000000, 1000000)'), 4),
    '"a.npy" has the shape [1000000, 1000000] in <f4, which takes 4000000000000 bytes, but 4 follow its header. The file is not complete: copy or download it again.',
  ],
  [
    'no-tensors',
    'objects',
    npy(header("'|O'", '(1,)'), 40),
    '"a.npy" holds no arrays of numbers. The array "a" was left out: it holds Python objects, which are pickles and are never loaded. Save the weights as plain arrays: numpy.savez("model.npz", **{name: array.astype("<f4")}).',
  ],
  [
    'no-tensors',
    'a table of several types',
    npy(header("[('a', '<f4')]", '(1,)'), 4),
    '"a.npy" holds no arrays of numbers. The array "a" was left out: it is a table of several types. Save the weights as plain arrays: numpy.savez("model.npz", **{name: array.astype("<f4")}).',
  ],
  [
    'npy-header',
    'a header of 65,537 bytes',
    npyLong(65_537),
    '"a.npy" has a header of 65537 bytes; the limit is 65536. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'npy-header',
    'a size in hexadecimal',
    npy(header(F4, '(0x10,)'), 64),
    '"a.npy" has a header that is no dictionary of descr, fortran_order and shape. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'npy-header',
    'a size with a point',
    npy(header(F4, '(1.5,)'), 4),
    '"a.npy" has a header that is no dictionary of descr, fortran_order and shape. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'npy-header',
    'sizes in a list',
    npy(header(F4, '[1]'), 4),
    '"a.npy" has a header that is no dictionary of descr, fortran_order and shape. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'npy-header',
    'no type',
    npy(`{'fortran_order': False, 'shape': (1,), }\n`, 4),
    '"a.npy" has a header that is no dictionary of descr, fortran_order and shape. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'npy-header',
    'a type that is a number',
    npy(header('4', '(1,)'), 4),
    '"a.npy" has a header that is no dictionary of descr, fortran_order and shape. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'npy-header',
    'a key more',
    npy(`{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 1}`, 4),
    '"a.npy" has a header that is no dictionary of descr, fortran_order and shape. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'npy-header',
    'zeros for text',
    npy('\0'.repeat(64), 4),
    '"a.npy" has a header that is no dictionary of descr, fortran_order and shape. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'npy-shape',
    'two commas',
    npy(header(F4, '(1,,1)'), 4),
    '"a.npy" has the shape (1,,1), which is no list of whole numbers below 2^53. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'npy-shape',
    'a product beyond the numbers',
    npy(header(F4, `(${'9007199254740991, '.repeat(32)})`)),
    '"a.npy" has a shape of more than 2^53 − 1 bytes. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'npy-size',
    'a scalar without its bytes',
    npy(header(F4, '()'), 0),
    '"a.npy" has the shape [] in <f4, which takes 4 bytes, but 0 follow its header. The file is not complete: copy or download it again.',
  ],
  [
    'npy-size',
    'nothing, with bytes behind',
    npy(header(F4, '(0, 5)'), 1),
    '"a.npy" has the shape [0, 5] in <f4, which takes 0 bytes, but 1 follow its header. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'npy-size',
    'columns first, a byte too few',
    npy(header(F4, '(2, 2)', 'True'), 15),
    '"a.npy" has the shape [2, 2] in <f4, which takes 16 bytes, but 15 follow its header. The file is not complete: copy or download it again.',
  ],
  [
    'npy-size',
    'doubles in the bytes of floats',
    npy(header("'<f8'", '(2,)'), 8),
    '"a.npy" has the shape [2] in <f8, which takes 16 bytes, but 8 follow its header. The file is not complete: copy or download it again.',
  ],
  [
    'no-tensors',
    'complex numbers',
    npy(header("'<c8'", '(1,)'), 8),
    '"a.npy" holds no arrays of numbers. The array "a" was left out: its type "<c8" is not read. Save the weights as plain arrays: numpy.savez("model.npz", **{name: array.astype("<f4")}).',
  ],
  [
    'no-tensors',
    'dates',
    npy(header("'<M8[s]'", '(1,)'), 8),
    '"a.npy" holds no arrays of numbers. The array "a" was left out: its type "<M8[s]" is not read. Save the weights as plain arrays: numpy.savez("model.npz", **{name: array.astype("<f4")}).',
  ],
  [
    'no-tensors',
    'raw bytes',
    npy(header("'|V4'", '(1,)'), 4),
    '"a.npy" holds no arrays of numbers. The array "a" was left out: its type "|V4" is not read. Save the weights as plain arrays: numpy.savez("model.npz", **{name: array.astype("<f4")}).',
  ],
  [
    'no-tensors',
    'big-endian numbers',
    npy(header("'>f4'", '(1,)'), 4),
    '"a.npy" holds no arrays of numbers. The array "a" was left out: its bytes are in big-endian order. Save the weights as plain arrays: numpy.savez("model.npz", **{name: array.astype("<f4")}).',
  ],
];

describe('a bad array', () => {
  test.each(broken)('%s: %s', async (code, _, bytes, says) => {
    const error = await rejection(format.read(folderOf({ 'a.npy': bytes }), 'a.npy'));
    expect(told(error)).toEqual([code, says]);
  });
});
