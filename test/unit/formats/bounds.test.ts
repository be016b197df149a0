/**
 * Files that go one step beyond what each format's reader takes in: they are refused in one sentence, before it is taken in.
 * What files at the limits take is measured by `npm run bench:parse`.
 */
import { zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { readModel } from '../../../src/common/read-model.ts';
import { folderOf } from './folder.ts';
import * as gguf from './make-gguf.ts';
import * as hdf5 from './make-hdf5.ts';
import { fileOf, rejection, told } from './make-safetensors.ts';

const MIB = 2 ** 20;
const SAVE = 'The file is damaged or was written wrongly: save or download it again.';
const CONVERT = 'The file is damaged or was written wrongly: download or convert it again.';
const EXPORT = 'The file is damaged or was written wrongly: save, export or download it again.';

/** A directory of a ZIP archive that announces so many members. */
function zipOf(members: number): Uint8Array {
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(10, members, true);
  return new Uint8Array(end.buffer);
}

const list = (type: number, count: number, bytes: number) =>
  gguf.entry('k', gguf.join(gguf.u32(9), gguf.u32(type), gguf.u64(count), new Uint8Array(bytes)));

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 128) return [...bytes, rest];
    bytes.push(128 + (rest & 127));
  }
}
/** A field of a message: its number, and its bytes behind their length. */
const field = (number: number, bytes: Uint8Array) =>
  Uint8Array.from(Buffer.concat([Uint8Array.from([number * 8 + 2, ...varint(bytes.length)]), bytes]));
const onnx = (graph: Uint8Array) => Uint8Array.from(Buffer.concat([Uint8Array.of(8, 8), field(7, graph)]));
const times = (count: number, bytes: Uint8Array) =>
  Uint8Array.from(Buffer.alloc(count * bytes.length, bytes));

/** Groups below one another, and at the end many links to one dataset: every path has the names of all groups. */
function longPaths(): Uint8Array {
  const name = 'g'.repeat(200);
  const [depth, links] = [50, 900];
  const one = hdf5.header([hdf5.link(name, 0, hdf5.u64(0))]).length;
  const entry = hdf5.behindOf(hdf5.good, [hdf5.link(name, 0, hdf5.u64(0))]);
  const groups = Array.from({ length: depth }, (_, k) =>
    hdf5.header([hdf5.link(name, 0, hdf5.u64(entry + (k + 1) * one))]),
  );
  const last = hdf5.header(Array.from({ length: links }, (_, k) => hdf5.link(`w${k}`, 0, hdf5.u64(48))));
  return hdf5.hdf5(hdf5.good, [hdf5.link(name, 0, hdf5.u64(entry))], () => [...groups.flat(), ...last]);
}

/** An attribute of so many texts of one byte. */
const texts = (count: number): hdf5.RawMessage => [
  12,
  [
    ...[3, 0, ...hdf5.u16(2), ...hdf5.u16(8), ...hdf5.u16(12), 0],
    ...[...hdf5.latin1('a'), 0, 0x13, 0, 0, 0, ...hdf5.u32(1), 2, 1, 0, 1, ...hdf5.u64(count)],
    ...new Array<number>(count).fill(0x78),
  ],
];

test.each<[what: string, name: string, make: () => Uint8Array, code: string, says: string]>([
  [
    'more text in a header than 48 MiB',
    'm.safetensors',
    () => fileOf(`{"__metadata__":{"a":"${'x'.repeat(48 * MIB)}"}}`),
    'header-too-large',
    'The header of m.safetensors has texts of more than 48 MiB together. It is probably no safetensors file: check what wrote it.',
  ],
  [
    '65,537 tensors',
    'm.gguf',
    () => gguf.ggufOf({ tensorCount: 65_537, data: 24 * 65_537 }),
    'too-many-parts',
    'm.gguf has 65537 tensors; the limit is 65536. It is probably no model: check what wrote it.',
  ],
  [
    '65,537 metadata entries',
    'm.gguf',
    () => gguf.ggufOf({ entryCount: 65_537, data: 13 * 65_537 }),
    'too-many-parts',
    'm.gguf has 65537 metadata entries; the limit is 65536. It is probably no model: check what wrote it.',
  ],
  [
    '600,001 texts',
    'm.gguf',
    () => gguf.ggufOf({ entries: [list(8, 600_001, 8 * 600_001)] }),
    'list-too-long',
    `m.gguf: the metadata "k" has 600001 values; the limit is 600000. ${CONVERT}`,
  ],
  [
    'numbers of more than 16 MiB',
    'm.gguf',
    () => gguf.ggufOf({ entries: [list(6, 4 * MIB + 1, 16 * MIB + 4)] }),
    'list-too-long',
    `m.gguf: the metadata "k" has 4194305 values; the limit is 4194304. ${CONVERT}`,
  ],
  [
    'a text of more than 16 MiB',
    'm.gguf',
    () => gguf.ggufOf({ entries: [gguf.entry('k', 'x'.repeat(16 * MIB + 1))] }),
    'text-too-long',
    `m.gguf: the metadata "k" has 16777217 bytes; the limit is 16777216. ${CONVERT}`,
  ],
  [
    '300,001 pieces',
    'm.gguf',
    () =>
      gguf.ggufOf({
        entries: [
          gguf.entry('general.architecture', 'llama'),
          gguf.entry('tokenizer.ggml.model', 'llama'),
          gguf.entry(
            'tokenizer.ggml.tokens',
            gguf.join(gguf.u32(9), gguf.u32(8), gguf.u64(300_001), new Uint8Array(8 * 300_001)),
          ),
        ],
      }),
    'bad-tokenizer',
    `m.gguf: its vocabulary has 300001 pieces; the limit is 300000. ${CONVERT}`,
  ],
  [
    '65,537 nodes',
    'm.onnx',
    () => onnx(times(65_537, field(1, new Uint8Array()))),
    'onnx-parts',
    `"m.onnx": it has more than 65536 nodes, tensors and attributes. ${EXPORT}`,
  ],
  [
    'nodes of 500,001 fields',
    'm.onnx',
    () => onnx(field(1, times(500_001, field(1, new Uint8Array())))),
    'onnx-parts',
    `"m.onnx": its nodes have more than 500000 fields. ${EXPORT}`,
  ],
  [
    'whole numbers of more than 500,000 bytes',
    'm.onnx',
    () => onnx(field(1, times(6, field(5, field(8, new Uint8Array(99_999)))))),
    'onnx-numbers',
    `"m.onnx": its attributes have more than 500000 whole numbers. ${EXPORT}`,
  ],
  [
    '32,769 arrays',
    'm.npz',
    () => zipOf(32_769),
    'zip-too-many',
    `"m.npz" has 32769 members; the limit is 32768. ${SAVE}`,
  ],
  [
    '20,001 objects',
    'm.h5',
    () =>
      hdf5.hdf5(
        hdf5.good,
        Array.from({ length: 20_001 }, (_, k) => hdf5.link(`w${k}`, 0, hdf5.u64(48))),
      ),
    'hdf5-links',
    `"m.h5": the root group holds more than 20000 objects. ${SAVE}`,
  ],
  [
    'paths that are longer than the file',
    'm.h5',
    longPaths,
    'hdf5-paths',
    `"m.h5": its objects have paths of more than 8388608 characters together. ${SAVE}`,
  ],
  [
    'packed weights of more than 16 MiB',
    'm.keras',
    () => zipSync({ 'config.json': new Uint8Array(2), 'model.weights.h5': new Uint8Array(16 * MIB + 1) }),
    'keras-packed',
    '"m.keras" has its weights compressed, 16777217 bytes when they are unpacked; the limit is 16777216. Unpack the archive and open its model.weights.h5, with its config.json beside it.',
  ],
  [
    '200,002 texts in attributes',
    'm.h5',
    () =>
      hdf5.hdf5(
        hdf5.good,
        Array.from({ length: 34 }, () => texts(5883)),
      ),
    'hdf5-attribute-size',
    `"m.h5": the attribute “a” of the root group and others have more than 200000 texts. ${SAVE}`,
  ],
  [
    'labels of more than 4 MiB',
    'm.safetensors',
    () =>
      fileOf(
        JSON.stringify({
          __metadata__: {
            ...{ headgate: '1', tokens: '["a"]', labels_of: 'text' },
            labels: JSON.stringify(new Array(5000).fill('x'.repeat(900))),
          },
        }),
      ),
    'capture-labels',
    '"m.safetensors" is a capture, but “labels” of its metadata has 4515001 characters; the limit is 4194304. Write it again with “headgate capture”.',
  ],
  [
    'a config of 262,146 values',
    'config.json',
    () => new TextEncoder().encode(`{"a":[${'0,'.repeat(2 ** 18 + 1)}0]}`),
    'bad-config',
    'config.json of "folder" has more than 262,144 values (line 1, column 524296). Save or download the model again.',
  ],
])('%s: refused', async (_what, name, make, code, says) => {
  const files = { ...(name === 'config.json' && { 'm.safetensors': fileOf('{}') }), [name]: make() };
  const wanted = name === 'config.json' ? null : name;
  const options = { id: 'm', source: 'opened' as const, wanted, fileId: (id: string) => id };
  expect(told(await rejection(readModel(folderOf(files), options)))).toEqual([code, says]);
});
