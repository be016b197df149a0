import { zipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { format } from '../../../src/common/formats/pytorch/index.ts';
import { folderOf } from './folder.ts';
import { rejection } from './make-safetensors.ts';

const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
/** A pickle in an archive as torch.save lays it out. */
const torch = (pickle: string, more: Record<string, Uint8Array> = {}, level: 0 | 9 = 0) =>
  zipSync({ 'm/data.pkl': latin1(pickle), 'm/data/0': new Uint8Array(8), ...more }, { level });

const STORAGE = '((Vstorage\nctorch\nFloatStorage\nV0\nVcpu\nI2\ntQ';
/** A dictionary of one tensor: storage, offset, shape, strides. */
const tensor = (offset: string, shape: string, stride: string, storage = STORAGE) =>
  `(dVw\nctorch._utils\n_rebuild_tensor_v2\n${storage}${offset}${shape}${stride}I00\nNtRs.`;

function set(bytes: Uint8Array, at: number, ...values: number[]): Uint8Array {
  const copy = bytes.slice();
  copy.set(values, at < 0 ? copy.length + at : at);
  return copy;
}
const good = torch(tensor('I0\n', '(I2\nt', '(I1\nt'));
/** Where the first entry of the directory begins. */
const directory = new DataView(good.buffer).getUint32(good.length - 6, true);

const bad: [code: string, what: string, bytes: Uint8Array, says: string][] = [
  ['zip-no-end', 'cut off', good.subarray(0, -1), 'without its directory'],
  ['zip-disks', 'one part of several', set(good, -18, 1), 'one part'],
  ['zip-directory', 'a directory elsewhere', set(good, -6, 1), 'has a directory at'],
  ['zip-count', 'a wrong count', set(good, -12, 9), 'has 9 members'],
  ['zip-entry', 'no entry in the directory', set(good, directory, 0), 'does not begin as one'],
  ['zip-encrypted', 'encrypted', set(good, directory + 8, 1), 'is encrypted'],
  ['zip-method', 'another method', set(good, directory + 10, 12), 'by method 12'],
  ['zip-size', 'stored with two sizes', set(good, directory + 24, 1, 0), 'is stored, but'],
  ['zip-local', 'another name before the data', set(good, 30, 0x6e), 'another name'],
  ['zip-local', 'another method before the data', set(good, 8, 8), 'another method'],
  ['zip-local', 'no header', set(good, 0, 0x50, 0x4b, 3, 5).fill(0, 3, 4), 'no header'],
  ['zip-name', 'traversal', torch('N.', { '../../evil': latin1('x') }), 'leads outside'],
  ['zip-name', 'an absolute name', torch('N.', { '/etc/passwd': latin1('x') }), 'leads outside'],
  ['zip-name', 'a name of Windows', torch('N.', { 'a\\b': latin1('x') }), 'leads outside'],
  ['zip-ratio', 'a bomb', bomb(), 'more than deflate can'],
  ['big-endian', 'another byte order', torch('N.', { 'm/byteorder': latin1('big') }), 'big-endian'],
  ['no-tensors', 'nothing', torch('N.'), 'without PyTorch tensors'],
  ['no-tensors', 'a strange object', torch('cmine\nThing\n)R.'), '"mine.Thing"'],
  ['pickle-runs-code', 'os.system', torch('cos\nsystem\n(Vls\ntR.'), '"os.system"'],
  ['pickle-runs-code', 'posix.system', torch('cposix\nsystem\n(Vls\ntR.'), '"posix.system"'],
  ['pickle-runs-code', 'eval', torch('c__builtin__\neval\n(V1\ntR.'), '"__builtin__.eval"'],
  ['pickle-runs-code', 'subprocess', torch('csubprocess\nPopen\n(Vls\ntR.'), '"subprocess.Popen"'],
  ['pickle-runs-code', 'an object of protocol 0', torch('(Vls\nios\nsystem\n.'), '"os.system"'],
  [
    'pickle-runs-code',
    'a name from the stack',
    torch('\x8c\x02os\x8c\x06system\x93(Vls\ntR.'),
    '"os.system"',
  ],
  ['pickle-truncated', 'no end', torch('('), 'ends too early'],
  ['pickle-truncated', 'text beyond the end', torch('X\xff\xff\xff\x7fa.'), 'ends too early'],
  ['pickle-truncated', 'a size of 2^63', torch('\x8d\0\0\0\0\0\0\0\x80a.'), 'ends too early'],
  ['pickle-too-many', 'a million dictionaries', torch(`](${'}'.repeat(1_000_000)}e.`), 'than 65 MiB'],
  [
    'pickle-too-many',
    'copies of one dictionary',
    torch(
      `}p1\n(${Array.from({ length: 20_000 }, (_, i) => `V${i}\nN`).join('')}u0](${'ccollections\nOrderedDict\n(g1\ntR'.repeat(200)}e.`,
    ),
    'than 65 MiB',
  ],
  ['pickle-opcode', 'an unknown instruction', torch('\xfe.'), 'unknown instruction'],
  ['pickle-protocol', 'protocol 6', torch('\x80\x06N.'), 'protocol above 5'],
  ['pickle-stack', 'an empty stack', torch('.'), 'a value that is not there'],
  ['pickle-stack', 'no mark', torch('Nt.'), 'a value that is not there'],
  ['pickle-stack', 'two values', torch('NN.'), 'more than one value'],
  ['pickle-memo', 'a value that was not kept', torch('h\x07.'), 'takes value 7'],
  ['pickle-text', 'text that is not UTF-8', torch('X\x01\0\0\0\xff.'), 'not UTF-8'],
  ['pickle-number', 'a number that is none', torch('Ix\n.'), 'for a number'],
  ['pickle-set', 'a key without a value', torch('}(Nu.'), 'a key without a value'],
  ['pickle-set', 'entries of a list', torch('](NNu.'), 'sets entries'],
  ['pickle-call', 'a call of a number', torch('I1\n)R.'), 'no class'],
  ['pickle-tensor', 'a negative offset', torch(tensor('I-1\n', '(I2\nt', '(I1\nt')), 'offset'],
  ['pickle-tensor', 'a negative size', torch(tensor('I0\n', '(I-2\nt', '(I1\nt')), 'whole numbers'],
  ['pickle-tensor', 'too few strides', torch(tensor('I0\n', '(I2\nI1\nt', '(I1\nt')), 'strides'],
  ['pickle-tensor', 'no storage', torch(tensor('I0\n', '(I2\nt', '(I1\nt', '(N')), 'without a storage'],
  ['tensor-bounds', 'beyond its storage', torch(tensor('I0\n', '(I3\nt', '(I1\nt')), 'reaches to byte 12'],
  ['tensor-bounds', 'strides beyond it', torch(tensor('I0\n', '(I2\nt', '(I9\nt')), 'reaches to byte 40'],
  [
    'tensor-repeated',
    'a bomb of strides',
    torch(tensor('I0\n', '(I99999999\nt', '(I0\nt')),
    'repeats 8 bytes',
  ],
  [
    'tensor-overflow',
    'a shape beyond 2^53',
    torch(tensor('I0\n', '(I99999999\nI99999999\nI9\nt', '(I0\nI0\nI0\nt')),
    '2^53',
  ],
  [
    'tensor-storage',
    'a storage that is not there',
    torch(tensor('I0\n', '(I2\nt', '(I1\nt', STORAGE.replace('V0', 'V7'))),
    'the storage "7"',
  ],
];

/** A member that claims to unpack to a gigabyte. */
function bomb(): Uint8Array {
  const packed = torch('N.', {}, 9);
  const at = new DataView(packed.buffer).getUint32(packed.length - 6, true);
  return set(packed, at + 24, 0, 0, 0, 0x40);
}

describe('a bad file', () => {
  test.each(bad)('%s: %s', async (code, _, bytes, says) => {
    const error = await rejection(format.read(folderOf({ 'm.pt': bytes }), 'm.pt'));
    expect(error).toMatchObject({
      name: 'HeadgateError',
      message: expect.stringContaining(says) as unknown,
      code,
    });
    expect(String(error)).toContain('"m.pt"');
  });

  test('and of a whole module, what its state dict would list', async () => {
    const one = `ctorch._utils\n_rebuild_tensor_v2\n${STORAGE}I0\n(I2\nt(I1\ntI00\nNtR`;
    const state = `(dV_parameters\n(dVweight\n${one}p1\nssV_modules\n(dsV_flat_weights\n(lp2\ng1\nasVtable\n${one}s`;
    const { tensors } = await format.read(folderOf({ 'm.pt': torch(`cm\nGRU\n)R${state}b.`) }), 'm.pt');
    expect(tensors.map(({ name }) => name)).toEqual(['weight', 'table']);
  });

  test('and quantised tensors are named as what they are', async () => {
    const one = `ctorch._utils\n_rebuild_tensor_v2\n${STORAGE}I0\n(I2\nt(I1\ntI00\nNtR`;
    const pickle = `(dVw\nctorch._utils\n_rebuild_qtensor\n(N)tRsVscale\n${one}s.`;
    const { refusal } = await format.read(folderOf({ 'm.pt': torch(pickle) }), 'm.pt');
    expect(refusal).toMatchObject({
      code: 'quantised',
      message: expect.stringContaining('"m.pt" holds tensors that PyTorch quantised') as unknown,
    });
  });

  test('and the good one is read', async () => {
    expect((await format.read(folderOf({ 'm.pt': good }), 'm.pt')).tensors).toHaveLength(1);
  });
});
