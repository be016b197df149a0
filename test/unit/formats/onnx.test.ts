import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readModel } from '../../../src/common/read-model.ts';
import { must } from '../../helpers/must.ts';
import { activated, referenceOutputs } from '../../helpers/recurrent-reference.ts';
import { readSafetensors } from '../../helpers/safetensors.ts';
import { folderOf } from './folder.ts';

const ROOT = 'test/fixtures/onnx';
const names = readdirSync(ROOT);
const runs = names.filter((name) => !name.startsWith('not-run'));
const fileOf = (name: string, file: string) => new Uint8Array(readFileSync(`${ROOT}/${name}/${file}`));

function open(name: string) {
  const files = readdirSync(`${ROOT}/${name}`).filter((file) => file.startsWith('model.onnx'));
  const folder = folderOf(Object.fromEntries(files.map((file) => [file, fileOf(name, file)])));
  return readModel(folder, { id: name, source: 'opened', wanted: null, fileId: (id) => id });
}

test('there are graphs of every kind', () => {
  expect(runs.length).toBeGreaterThanOrEqual(12);
});

test.each(runs)('%s: 64 steps give what ONNX Runtime gives', async (name) => {
  const model = await open(name);
  const { tensors, metadata } = readSafetensors(fileOf(name, 'reference.safetensors'));
  const expected = must(tensors.get('outputs'));
  const raw = await referenceOutputs(model, must(tensors.get('ids')).data);
  const actual = activated(raw, expected.shape.at(-1) ?? 1, must(metadata['activation']));
  expect(actual).toHaveLength(expected.data.length);
  const gap = expected.data.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - (actual[i] ?? NaN))),
    0,
  );
  expect(gap).toBeLessThan(1e-5);
});

test('another graph is shown and not run, and the block is named', async () => {
  const { detail } = await open('not-run-conv');
  expect(detail.tensors.map(({ name }) => name)).toContain('conv.weight');
  expect(detail.refusal).toMatchObject({
    code: 'not-run',
    message: expect.stringMatching(/its Conv node "\/Conv_\d+" is none of the blocks that are run/),
  });
});

/** The bytes of a graph with some of them replaced, wherever they stand. */
function replaced(name: string, from: Uint8Array, to: Uint8Array): Uint8Array {
  const bytes = Buffer.from(fileOf(name, 'model.onnx'));
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1)) bytes.set(to, at);
  return Uint8Array.from(bytes);
}

const float = (value: number) => new Uint8Array(Float32Array.of(value).buffer);
const latin1 = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'));

test.each<[from: Uint8Array, to: Uint8Array, says: string]>([
  [
    float(1 / 6),
    float(0.3),
    'a hardsigmoid with alpha 0.3 and beta 0.5; alpha 0.2 or 1/6 and beta 0.5 are run',
  ],
  [
    float(0.5),
    float(0.4),
    'a hardsigmoid with alpha 0.166667 and beta 0.4; alpha 0.2 or 1/6 and beta 0.5 are run',
  ],
  [
    latin1('Tanh'),
    latin1('Relu'),
    'the activations sigmoid, relu; sigmoid, tanh are run, and hardsigmoid in the place of sigmoid',
  ],
])('gates that are not run are named: %#', async (from, to, says) => {
  const folder = folderOf({ 'model.onnx': replaced('gru-hard-sigmoid-of-a-sixth', from, to) });
  const { detail } = await readModel(folder, {
    ...{ id: 'm', source: 'opened', wanted: null, fileId: (id: string) => id },
  });
  const message = detail.refusal?.message ?? '';
  expect(message).toMatch(/its GRU node "\/GRU_\d+" has /);
  expect(message).toContain(`has ${says}.`);
});

test('the folder’s config.json corrects what was read', async () => {
  const files = {
    'model.onnx': fileOf('gru-last-state', 'model.onnx'),
    'config.json': '{"labels": ["bad", "good"]}',
  };
  const { detail } = await readModel(folderOf(files), {
    ...{ id: 'm', source: 'opened', wanted: null, fileId: (id: string) => id },
  });
  expect(detail.config).toMatchObject({ model_type: 'rnn-classifier', labels: ['bad', 'good'] });
});
