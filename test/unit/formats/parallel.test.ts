/** Meta's Llamas in parts: pieces of matrices that lie in several files. */
import { expect, test } from 'vitest';
import type { StoredModel } from '../../../src/common/formats/format.ts';
import { joinParts, partsIn } from '../../../src/common/formats/pytorch/parallel.ts';
import { must } from '../../helpers/must.ts';
import { arraySource } from './make-safetensors.ts';

const NAMES = ['consolidated.00.pth', 'consolidated.01.pth'];

/** A part with bytes that count on from `first`, one tensor behind the other. */
function part(name: string, first: number, shapes: Readonly<Record<string, readonly number[]>>): StoredModel {
  let at = 0;
  const tensors = Object.entries(shapes).map(([own, shape]) => {
    const begin = at;
    at += shape.reduce((product, size) => product * size, 1);
    return { name: own, dtype: 'U8' as const, shape: [...shape], file: name, begin, end: at };
  });
  const bytes = Uint8Array.from({ length: at }, (_, i) => first + i);
  return { files: new Map([[name, arraySource(bytes, name)]]), tensors };
}
const both = (shapes: Readonly<Record<string, readonly number[]>>) =>
  NAMES.map((name, k) => part(name, 100 * k, shapes));

async function values(model: StoredModel, name: string) {
  const { file, begin, end, shape } = must(model.tensors.find((tensor) => tensor.name === name));
  const source = must(model.files.get(file));
  const whole = await source.read(begin, end);
  for (let at = begin; at + 3 <= end; at++)
    expect([...(await source.read(at, at + 3))]).toEqual([...whole.subarray(at - begin, at - begin + 3)]);
  return { shape, bytes: [...whole] };
}

test('pieces are joined along the axis that they were split along', async () => {
  const model = joinParts(
    NAMES,
    both({
      'norm.weight': [4],
      'layers.0.attention.wq.weight': [2, 4],
      'layers.0.attention.wo.weight': [3, 2],
    }),
  );
  expect(await values(model, 'norm.weight')).toEqual({ shape: [4], bytes: [0, 1, 2, 3] });
  expect(await values(model, 'layers.0.attention.wq.weight')).toEqual({
    shape: [4, 4],
    bytes: [4, 5, 6, 7, 8, 9, 10, 11, 104, 105, 106, 107, 108, 109, 110, 111],
  });
  expect(await values(model, 'layers.0.attention.wo.weight')).toEqual({
    shape: [3, 4],
    bytes: [12, 13, 112, 113, 14, 15, 114, 115, 16, 17, 116, 117],
  });
  expect(model.notes?.at(-1)).toContain('in 2 parts');
});

test('the table of words is split along its vectors (Llama 2) or along its words (Llama 3)', () => {
  const shapeOf = (shape: number[]) =>
    joinParts(NAMES, both({ 'norm.weight': [4], 'tok_embeddings.weight': shape })).tensors[1]?.shape;
  expect(shapeOf([6, 2])).toEqual([6, 4]);
  expect(shapeOf([3, 4])).toEqual([6, 4]);
});

test('parts of different models are told, and one that is not there', () => {
  const [first, second] = [part('a', 0, { x: [2], y: [1] }), part('b', 0, { x: [3], y: [1] })];
  expect(() => joinParts(NAMES, [first, second])).toThrow(
    '"consolidated.01.pth" is no part of the same model: it has "x" as U8 [3], the first as U8 [2].',
  );
  expect(() => joinParts(NAMES, [first, part('b', 0, { x: [2] })])).toThrow('it has no tensor "y"');
  expect(() => joinParts(NAMES, [first, part('b', 0, { x: [2], y: [1], z: [1] })])).toThrow(
    'it has 3 tensors, and the first 2.',
  );
  expect(partsIn('llama', ['consolidated.00.pth', 'params.json'])).toEqual([]);
  expect(partsIn('llama', [...NAMES].reverse())).toEqual(NAMES);
  expect(() => partsIn('llama', [...NAMES, 'consolidated.03.pth'])).toThrow(
    '"llama" holds "consolidated.03.pth", but not "consolidated.02.pth", which comes before it.',
  );
});
