import { zipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { format } from '../../../src/common/formats/pytorch/index.ts';
import { folderOf } from './folder.ts';
import { rejection, told } from './make-safetensors.ts';

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
  [
    'zip-no-end',
    'cut off',
    good.subarray(0, -1),
    '"m.pt" is a ZIP archive without its directory at the end. The file is not complete: copy or download it again.',
  ],
  [
    'zip-disks',
    'one part of several',
    set(good, -18, 1),
    '"m.pt" is one part of a ZIP archive of several. Join its parts into one file first: zip -s 0 parts.zip --out whole.zip.',
  ],
  [
    'zip-directory',
    'a directory elsewhere',
    set(good, -6, 1),
    `"m.pt" has a directory at 1 of 110 bytes, which does not end where the archive's end record begins (300). The file is damaged or was written wrongly: save or download it again.`,
  ],
  [
    'zip-count',
    'a wrong count',
    set(good, -12, 9),
    '"m.pt" says that it has 9 members, but its directory lists 2. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'zip-entry',
    'no entry in the directory',
    set(good, directory, 0),
    '"m.pt" has a directory whose entry 0 does not begin as one. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'zip-encrypted',
    'encrypted',
    set(good, directory + 8, 1),
    '"m.pt": the member "m/data.pkl" is encrypted. Unpack the archive with its password first.',
  ],
  [
    'zip-method',
    'another method',
    set(good, directory + 10, 12),
    '"m.pt": the member "m/data.pkl" is packed by method 12; stored and deflated ones can be read. Pack the archive again, without compression.',
  ],
  [
    'zip-size',
    'stored with two sizes',
    set(good, directory + 24, 1, 0),
    '"m.pt": the member "m/data.pkl" is stored, but has 104 bytes packed and 1 unpacked. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'zip-local',
    'another name before the data',
    set(good, 30, 0x6e),
    '"m.pt": the member "m/data.pkl" has another name in its own header. Do not trust this file: no honest program writes such an archive.',
  ],
  [
    'zip-local',
    'another method before the data',
    set(good, 8, 8),
    '"m.pt": the member "m/data.pkl" has another method in its own header. Do not trust this file: no honest program writes such an archive.',
  ],
  [
    'zip-local',
    'no header',
    set(good, 0, 0x50, 0x4b, 3, 5).fill(0, 3, 4),
    '"m.pt": the member "m/data.pkl" has no header where the directory points. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'zip-name',
    'traversal',
    torch('N.', { '../../evil': latin1('x') }),
    '"m.pt": the member "../../evil" has a name that leads outside of the archive. Do not trust this file: no honest program writes such an archive.',
  ],
  [
    'zip-name',
    'an absolute name',
    torch('N.', { '/etc/passwd': latin1('x') }),
    '"m.pt": the member "/etc/passwd" has a name that leads outside of the archive. Do not trust this file: no honest program writes such an archive.',
  ],
  [
    'zip-name',
    'a name of Windows',
    torch('N.', { 'a\\b': latin1('x') }),
    '"m.pt": the member "a\\\\b" has a name that leads outside of the archive. Do not trust this file: no honest program writes such an archive.',
  ],
  [
    'zip-ratio',
    'a bomb',
    bomb(),
    '"m.pt": the member "m/data.pkl" claims to unpack 4 bytes to 1073741824, more than deflate can. Do not trust this file: no honest program writes such an archive.',
  ],
  [
    'big-endian',
    'another byte order',
    torch('N.', { 'm/byteorder': latin1('big') }),
    '"m.pt" was written on a big-endian machine. Load it in PyTorch on a usual machine and save it again.',
  ],
  [
    'no-tensors',
    'nothing',
    torch('N.'),
    '"m.pt" is a Python pickle without PyTorch tensors. Open the file that holds the weights: torch.save(model.state_dict(), "model.pt") writes one.',
  ],
  [
    'no-tensors',
    'a strange object',
    torch('cmine\nThing\n)R.'),
    '"m.pt" is a Python pickle without PyTorch tensors; it is made of "mine.Thing", which Headgate does not build. Open the file that holds the weights: torch.save(model.state_dict(), "model.pt") writes one.',
  ],
  [
    'no-tensors',
    'arrays of numpy',
    torch('cnumpy.core.multiarray\n_reconstruct\n)R.'),
    '"m.pt" is a Python pickle without PyTorch tensors; it is made of "numpy.core.multiarray._reconstruct", which Headgate does not build. Arrays of NumPy by their names are read from numpy.savez("model.npz", **arrays).',
  ],
  [
    'pickle-nested',
    'tensors of pickle.dump',
    torch('ctorch.storage\n_load_from_bytes\n)R.'),
    '"m.pt" was written with Python’s pickle, which packs each tensor as a file of its own. Load it in Python with pickle.load, and write it with torch.save(weights, "model.pt").',
  ],
  [
    'pickle-runs-code',
    'os.system',
    torch('cos\nsystem\n(Vls\ntR.'),
    '"m.pt" is a pickle that calls "os.system" as soon as Python loads it: it would run code. Do not load this file in Python either: weights need no such call. Look for the model as safetensors.',
  ],
  [
    'pickle-runs-code',
    'posix.system',
    torch('cposix\nsystem\n(Vls\ntR.'),
    '"m.pt" is a pickle that calls "posix.system" as soon as Python loads it: it would run code. Do not load this file in Python either: weights need no such call. Look for the model as safetensors.',
  ],
  [
    'pickle-runs-code',
    'eval',
    torch('c__builtin__\neval\n(V1\ntR.'),
    '"m.pt" is a pickle that calls "__builtin__.eval" as soon as Python loads it: it would run code. Do not load this file in Python either: weights need no such call. Look for the model as safetensors.',
  ],
  [
    'pickle-runs-code',
    'subprocess',
    torch('csubprocess\nPopen\n(Vls\ntR.'),
    '"m.pt" is a pickle that calls "subprocess.Popen" as soon as Python loads it: it would run code. Do not load this file in Python either: weights need no such call. Look for the model as safetensors.',
  ],
  [
    'pickle-runs-code',
    'an object of protocol 0',
    torch('(Vls\nios\nsystem\n.'),
    '"m.pt" is a pickle that calls "os.system" as soon as Python loads it: it would run code. Do not load this file in Python either: weights need no such call. Look for the model as safetensors.',
  ],
  [
    'pickle-runs-code',
    'a name from the stack',
    torch('\x8c\x02os\x8c\x06system\x93(Vls\ntR.'),
    '"m.pt" is a pickle that calls "os.system" as soon as Python loads it: it would run code. Do not load this file in Python either: weights need no such call. Look for the model as safetensors.',
  ],
  [
    'pickle-truncated',
    'no end',
    torch('('),
    '"m.pt": its pickle ends too early (at byte 1). The file is not complete: copy or download it again.',
  ],
  [
    'pickle-truncated',
    'text beyond the end',
    torch('X\xff\xff\xff\x7fa.'),
    '"m.pt": its pickle ends too early (at byte 5). The file is not complete: copy or download it again.',
  ],
  [
    'pickle-truncated',
    'a size of 2^63',
    torch('\x8d\0\0\0\0\0\0\0\x80a.'),
    '"m.pt": its pickle ends too early (at byte 9). The file is not complete: copy or download it again.',
  ],
  [
    'pickle-too-many',
    'a million dictionaries',
    torch(`](${'}'.repeat(1_000_000)}e.`),
    '"m.pt": its pickle makes values of more than 40 MiB beside its weights (at byte 158877). Save the weights alone: torch.save(model.state_dict(), "model.pt").',
  ],
  [
    'pickle-too-many',
    'copies of one dictionary',
    torch(
      `}p1\n(${Array.from({ length: 20_000 }, (_, i) => `V${i}\nN`).join('')}u0](${'ccollections\nOrderedDict\n(g1\ntR'.repeat(200)}e.`,
    ),
    '"m.pt": its pickle makes values of more than 40 MiB beside its weights (at byte 150170). Save the weights alone: torch.save(model.state_dict(), "model.pt").',
  ],
  [
    'pickle-opcode',
    'an unknown instruction',
    torch('\xfe.'),
    '"m.pt": its pickle has the unknown instruction "þ" (at byte 1). The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'pickle-protocol',
    'protocol 6',
    torch('\x80\x06N.'),
    '"m.pt": its pickle is of the protocol 6; 0 to 5 can be read (at byte 2). Save it again with torch.save, or with pickle.dump(…, protocol=4).',
  ],
  [
    'pickle-stack',
    'an empty stack',
    torch('.'),
    '"m.pt": its pickle takes a value that is not there (at byte 1). The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'pickle-stack',
    'no mark',
    torch('Nt.'),
    '"m.pt": its pickle takes a value that is not there (at byte 2). The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'pickle-stack',
    'two values',
    torch('NN.'),
    '"m.pt": its pickle leaves more than one value (at byte 3). The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'pickle-memo',
    'a value that was not kept',
    torch('h\x07.'),
    '"m.pt": its pickle takes value 7, which it has not kept (at byte 2). The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'pickle-text',
    'text that is not UTF-8',
    torch('X\x01\0\0\0\xff.'),
    '"m.pt": its pickle has text that is not UTF-8 (at byte 6). The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'pickle-number',
    'a number that is none',
    torch('Ix\n.'),
    '"m.pt": its pickle has "x" for a number (at byte 3). The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'pickle-set',
    'a key without a value',
    torch('}(Nu.'),
    '"m.pt": its pickle sets a key without a value (at byte 4). The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'pickle-set',
    'entries of a list',
    torch('](NNu.'),
    '"m.pt": its pickle sets entries of something that is no dictionary (at byte 5). The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'pickle-call',
    'a call of a number',
    torch('I1\n)R.'),
    '"m.pt": its pickle calls something that is no class (at byte 5). The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'pickle-tensor',
    'a negative offset',
    torch(tensor('I-1\n', '(I2\nt', '(I1\nt')),
    '"m.pt": its pickle has a tensor whose offset is not a whole number from 0 on. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'pickle-tensor',
    'a negative size',
    torch(tensor('I0\n', '(I-2\nt', '(I1\nt')),
    '"m.pt": its pickle has a tensor whose shape is not a list of whole numbers from 0 on. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'pickle-tensor',
    'too few strides',
    torch(tensor('I0\n', '(I2\nI1\nt', '(I1\nt')),
    '"m.pt": its pickle has a tensor of 2 dimensions with 1 strides. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'pickle-tensor',
    'no storage',
    torch(tensor('I0\n', '(I2\nt', '(I1\nt', '(N')),
    '"m.pt": its pickle has a tensor without a storage. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'tensor-bounds',
    'beyond its storage',
    torch(tensor('I0\n', '(I3\nt', '(I1\nt')),
    '"m.pt": tensor "w" reaches to byte 12 of its storage "0", which has 8. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'tensor-bounds',
    'strides beyond it',
    torch(tensor('I0\n', '(I2\nt', '(I9\nt')),
    '"m.pt": tensor "w" reaches to byte 40 of its storage "0", which has 8. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'tensor-repeated',
    'a bomb of strides',
    torch(tensor('I0\n', '(I99999999\nt', '(I0\nt')),
    '"m.pt": tensor "w" repeats 8 bytes to 399999996. Save it after tensor.contiguous().',
  ],
  [
    'tensor-overflow',
    'a shape beyond 2^53',
    torch(tensor('I0\n', '(I99999999\nI99999999\nI9\nt', '(I0\nI0\nI0\nt')),
    '"m.pt": tensor "w" has a shape of more than 2^53 − 1 bytes. The file is damaged or was written wrongly: save or download it again.',
  ],
  [
    'tensor-storage',
    'a storage that is not there',
    torch(tensor('I0\n', '(I2\nt', '(I1\nt', STORAGE.replace('V0', 'V7'))),
    '"m.pt": tensor "w" lies in the storage "7", which the file does not have. The file is not complete: copy or download it again.',
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
    expect(told(error)).toEqual([code, says]);
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
