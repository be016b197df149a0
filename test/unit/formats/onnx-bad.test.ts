import { expect, test } from 'vitest';
import { HeadgateError } from '../../../src/common/error.ts';
import { format } from '../../../src/common/formats/onnx/index.ts';
import { folderOf } from './folder.ts';
import { rejection } from './make-safetensors.ts';

const text = (value: string) => [...new TextEncoder().encode(value)];
function varint(value: number | bigint): number[] {
  const bytes: number[] = [];
  for (let rest = BigInt.asUintN(64, BigInt(value)); ; rest >>= 7n) {
    if (rest < 128n) return [...bytes, Number(rest)];
    bytes.push(Number(rest & 127n) | 128);
  }
}
const run = (number: number, body: readonly number[]) => [
  ...varint(number * 8 + 2),
  ...varint(body.length),
  ...body,
];
const int = (number: number, value: number | bigint) => [...varint(number * 8), ...varint(value)];
const model = (...graph: readonly number[][]) => Uint8Array.from([...int(1, 8), ...run(7, graph.flat())]);

/** TensorProto: float32 “w” of two elements, with the given data. */
const raw = (bytes: number) => run(9, new Array<number>(bytes).fill(0));
const tensor = (
  data: readonly number[],
  { name = 'w', type = 1, shape = [2] }: { name?: string; type?: number; shape?: (number | bigint)[] } = {},
) => run(5, [...shape.flatMap((size) => int(1, size)), ...int(2, type), ...run(8, text(name)), ...data]);
const external = (entries: Record<string, string>) => [
  ...int(14, 1),
  ...Object.entries(entries).flatMap(([key, value]) =>
    run(13, [...run(1, text(key)), ...run(2, text(value))]),
  ),
];
const node = (op: string, inputs: string[], outputs: string[], ...attributes: number[][]) =>
  run(1, [
    ...inputs.flatMap((name) => run(1, text(name))),
    ...outputs.flatMap((name) => run(2, text(name))),
    ...run(3, text(op.toLowerCase())),
    ...run(4, text(op)),
    ...attributes.flat(),
  ]);
const attribute = (name: string, ...value: number[][]) => run(5, [...run(1, text(name)), ...value.flat()]);
/** A graph in a node in a graph … */
const nested = (depth: number): number[] =>
  depth === 0 ? [] : node('If', [], [], attribute('then_branch', run(6, nested(depth - 1))));

const file = (bytes: Uint8Array, more: Record<string, Uint8Array> = {}) => ({ 'm.onnx': bytes, ...more });
const data = { 'm.bin': new Uint8Array(8) };
const bad: [what: string, files: Record<string, Uint8Array>, code: string, message: string][] = [
  [
    'nothing',
    file(new Uint8Array()),
    'onnx-graph',
    '"m.onnx": it is no ONNX model: it has neither a version nor a graph.',
  ],
  ['only a version', file(Uint8Array.from(int(1, 8))), 'onnx-graph', '"m.onnx": it has no graph.'],
  [
    'two graphs',
    file(Uint8Array.from([...run(7, []), ...run(7, [])])),
    'onnx-graph',
    '"m.onnx": it has two graphs.',
  ],
  [
    'a number for a graph',
    file(Uint8Array.from(int(7, 1))),
    'onnx-graph',
    '"m.onnx": its graph is no message.',
  ],
  [
    'a field without a number',
    file(Uint8Array.from([0, 1])),
    'onnx-wire',
    '"m.onnx": the model has a field without a number at byte 0.',
  ],
  [
    'a field of an unknown kind',
    file(Uint8Array.from([0x0b, 1])),
    'onnx-wire',
    '"m.onnx": the model has a field of an unknown kind at byte 1.',
  ],
  [
    'a number that does not end',
    file(Uint8Array.from([8, ...new Array<number>(12).fill(255)])),
    'onnx-wire',
    '"m.onnx": the model has a number that does not end at byte 1.',
  ],
  [
    'a number that is cut off',
    file(Uint8Array.from([8, 255])),
    'onnx-past-end',
    '"m.onnx": the model ends in the middle of a field at byte 1.',
  ],
  [
    'a graph that is cut off',
    file(Uint8Array.from([...varint(58), ...varint(500), 1])),
    'onnx-past-end',
    '"m.onnx": the model ends in the middle of a field at byte 3.',
  ],
  [
    'a field of 2^63 bytes',
    file(Uint8Array.from([...varint(58), ...varint(2n ** 63n)])),
    'onnx-past-end',
    '"m.onnx": the model ends in the middle of a field at byte 11.',
  ],
  [
    'a fixed number that is cut off',
    file(Uint8Array.from([0x0d, 0, 0])),
    'onnx-past-end',
    '"m.onnx": the model ends in the middle of a field at byte 1.',
  ],
  [
    'a fixed number of 8 bytes that is cut off',
    file(Uint8Array.from([0x09, 0, 0])),
    'onnx-past-end',
    '"m.onnx": the model ends in the middle of a field at byte 1.',
  ],
  [
    'a number for a tensor',
    file(model(int(5, 1))),
    'onnx-wire',
    '"m.onnx": a part of its graph is no message.',
  ],
  [
    'a number for a node',
    file(model(int(1, 1))),
    'onnx-wire',
    '"m.onnx": a part of its graph is no message.',
  ],
  [
    'a tensor cut off in its name',
    file(model(run(5, [0x42, 9, 97]))),
    'onnx-past-end',
    '"m.onnx": a tensor ends in the middle of a field at byte 8.',
  ],
  [
    'a tensor without a name',
    file(model(tensor(raw(8), { name: '' }))),
    'onnx-name',
    '"m.onnx": a tensor of its graph has no name.',
  ],
  [
    'two tensors of a name',
    file(model(tensor(raw(8)), tensor(raw(8)))),
    'onnx-name',
    '"m.onnx": it has two tensors "w".',
  ],
  [
    'a negative size',
    file(model(tensor(raw(8), { shape: [-1] }))),
    'onnx-shape',
    '"m.onnx": the tensor "w" has the size -1 in its shape.',
  ],
  [
    '33 dimensions',
    file(model(tensor(raw(8), { shape: new Array<number>(33).fill(1) }))),
    'onnx-shape',
    '"m.onnx": the tensor "w" has 33 dimensions; the limit is 32.',
  ],
  [
    '33 dimensions in one field',
    file(model(run(5, [...run(1, new Array<number>(33).fill(1)), ...int(2, 1), ...run(8, text('w'))]))),
    'onnx-numbers',
    '"m.onnx": the shape of a tensor has more than 32 numbers.',
  ],
  [
    'elements above 2^53',
    file(model(tensor(raw(8), { shape: [2n ** 40n, 2n ** 40n] }))),
    'onnx-shape',
    '"m.onnx": the tensor "w" has more than 2^53 − 1 bytes.',
  ],
  [
    'no data',
    file(model(tensor([]))),
    'onnx-no-data',
    '"m.onnx": the tensor "w" of the shape [2] has no data.',
  ],
  [
    'too few raw bytes',
    file(model(tensor(raw(4)))),
    'onnx-data-size',
    '"m.onnx": the tensor "w" of the shape [2] takes 8 bytes, but has 4.',
  ],
  [
    'too many raw bytes',
    file(model(tensor(raw(12)))),
    'onnx-data-size',
    '"m.onnx": the tensor "w" of the shape [2] takes 8 bytes, but has 12.',
  ],
  [
    'too few numbers',
    file(model(tensor(run(4, [0, 0, 0, 0])))),
    'onnx-data-size',
    '"m.onnx": the tensor "w" of the shape [2] takes 8 bytes, but has 4.',
  ],
  [
    'numbers of another type',
    file(model(tensor(run(10, new Array<number>(8).fill(0))))),
    'onnx-data',
    '"m.onnx": the tensor "w" has its data in a field of another type.',
  ],
  [
    'float_data for whole numbers',
    file(model(tensor(run(4, new Array<number>(8).fill(0)), { type: 7 }))),
    'onnx-data',
    '"m.onnx": the tensor "w" has its data in a field of another type.',
  ],
  [
    'fewer written numbers than elements',
    file(model(tensor(run(7, [1]), { type: 7, shape: [9] }))),
    'onnx-data-size',
    '"m.onnx": the tensor "w" of the shape [9] has 9 elements, but 1 bytes of numbers.',
  ],
  [
    'data in two pieces',
    file(model(tensor([...raw(4), ...raw(4)]))),
    'onnx-data',
    '"m.onnx": the tensor "w" has its data in 2 pieces.',
  ],
  [
    'data in two fields',
    file(model(tensor([...raw(8), ...run(4, new Array<number>(8).fill(0))]))),
    'onnx-data',
    '"m.onnx": the tensor "w" has its data in several fields.',
  ],
  [
    'sparse tensors',
    file(model(run(15, []))),
    'onnx-sparse',
    '"m.onnx": it has sparse tensors, which are not read.',
  ],
  [
    'graphs that are nested too deeply',
    file(model(nested(20))),
    'onnx-depth',
    '"m.onnx": its graphs lie deeper than 16 in each other.',
  ],
  [
    'another file that is not named',
    file(model(tensor(external({})))),
    'onnx-external',
    '"m.onnx": the tensor "w" lies in another file, which is not named.',
  ],
  [
    'another file outside',
    file(model(tensor(external({ location: '../m.bin' })))),
    'onnx-external-outside',
    '"m.onnx": the tensor "w" lies in "../m.bin", which leads outside of the folder.',
  ],
  [
    'another file at an absolute place',
    file(model(tensor(external({ location: '/etc/passwd' })))),
    'onnx-external-outside',
    '"m.onnx": the tensor "w" lies in "/etc/passwd", which leads outside of the folder.',
  ],
  [
    'another file of Windows',
    file(model(tensor(external({ location: 'C:\\m.bin' })))),
    'onnx-external-outside',
    '"m.onnx": the tensor "w" lies in "C:\\\\m.bin", which leads outside of the folder.',
  ],
  [
    'another file with a hidden end',
    file(model(tensor(external({ location: 'a/.. /m.bin' })))),
    'onnx-external-outside',
    '"m.onnx": the tensor "w" lies in "a/.. /m.bin", which leads outside of the folder.',
  ],
  [
    'another file that is not there',
    file(model(tensor(external({ location: 'm.bin' })))),
    'onnx-external-missing',
    '"m.onnx": the tensor "w" lies in "m.bin", which is not there.',
  ],
  [
    'an offset that is no number',
    file(model(tensor(external({ location: 'm.bin', offset: 'x' }))), data),
    'onnx-external',
    '"m.onnx": the tensor "w" has the offset "x" of its data.',
  ],
  [
    'a negative offset',
    file(model(tensor(external({ location: 'm.bin', offset: '-8' }))), data),
    'onnx-external',
    '"m.onnx": the tensor "w" has the offset "-8" of its data.',
  ],
  [
    'an offset above 2^53',
    file(model(tensor(external({ location: 'm.bin', offset: '99999999999999999' }))), data),
    'onnx-external',
    '"m.onnx": the tensor "w" has the offset "99999999999999999" of its data.',
  ],
  [
    'an offset behind the end',
    file(model(tensor(external({ location: 'm.bin', offset: '4' }))), data),
    'onnx-external-size',
    '"m.onnx": the tensor "w" ends 4 bytes behind "m.bin".',
  ],
  [
    'another length',
    file(model(tensor(external({ location: 'm.bin', length: '4' }))), data),
    'onnx-data-size',
    '"m.onnx": the tensor "w" of the shape [2] takes 8 bytes, but has 4.',
  ],
  [
    'a length that is no number',
    file(model(tensor(external({ location: 'm.bin', length: '8.5' }))), data),
    'onnx-external',
    '"m.onnx": the tensor "w" has the length "8.5" of its data.',
  ],
  [
    'a name of 100 KB',
    file(model(tensor(raw(8), { name: 'x'.repeat(100_000) }))),
    'onnx-text',
    '"m.onnx": the name of a tensor has a text of 100000 bytes; the limit is 65536.',
  ],
  [
    'an entry that is cut off',
    file(model(tensor([...int(14, 1), ...run(13, [0x0a, 5])]))),
    'onnx-past-end',
    '"m.onnx": an entry of external data ends in the middle of a field at byte 19.',
  ],
  [
    '100,001 numbers of an attribute',
    file(model(node('X', [], [], attribute('a', run(8, new Array<number>(100_001).fill(1)))))),
    'onnx-numbers',
    '"m.onnx": an attribute has more than 100000 numbers.',
  ],
  [
    'a graph without weights',
    file(model(node('Relu', ['x'], ['y']))),
    'no-tensors',
    '"m.onnx" holds no weights, only a graph.',
  ],
];

test('there are 40 bad files and more', () => {
  expect(bad.length).toBeGreaterThanOrEqual(48);
  expect(new Set(bad.map(([, , , message]) => message)).size).toBeGreaterThan(38);
});

test.each(bad)('%s', async (_what, files, code, message) => {
  const error = (await rejection(format.read(folderOf(files), 'm.onnx'))) as HeadgateError;
  expect(error).toBeInstanceOf(HeadgateError);
  expect({ code: error.code, message: error.message }).toEqual({ code, message });
});

test('written numbers that are too few are told when they are read', async () => {
  const bytes = model(tensor(run(7, [0xff, 1]), { type: 7, shape: [2] }));
  const { files, tensors } = await format.read(folderOf(file(bytes)), 'm.onnx');
  const error = (await rejection(
    files.get(tensors[0]?.file ?? '')?.read(0, 16) ?? Promise.resolve(),
  )) as HeadgateError;
  expect(error.message).toBe('"m.onnx": the tensor "w" has 1 numbers; its shape takes 2.');
});
