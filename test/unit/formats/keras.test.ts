import { readdirSync, readFileSync } from 'node:fs';
import { unzipSync } from 'fflate';
import { expect, test } from 'vitest';
import type { StoredTensor } from '../../../src/common/formats/format.ts';
import { readCell } from '../../../src/common/formats/keras/cells.ts';
import { hardSigmoidOf } from '../../../src/common/formats/keras/version.ts';
import { APART } from '../../../src/common/formats/recurrent/arrange.ts';
import { readModel } from '../../../src/common/read-model.ts';
import { must } from '../../helpers/must.ts';
import { activated, referenceOutputs } from '../../helpers/recurrent-reference.ts';
import { readSafetensors } from '../../helpers/safetensors.ts';
import { folderOf } from './folder.ts';
import { good, hdf5 } from './make-hdf5.ts';

const ROOT = 'test/fixtures/keras';
const names = readdirSync(ROOT);
const runs = names.filter((name) => !name.startsWith('not-run'));

async function open(name: string) {
  const file = must(readdirSync(`${ROOT}/${name}`).find((one) => !one.endsWith('.safetensors')));
  const folder = folderOf({ [file]: new Uint8Array(readFileSync(`${ROOT}/${name}/${file}`)) });
  return readModel(folder, { id: name, source: 'opened', wanted: file, fileId: (id) => id });
}

test('there are models of every kind', () => {
  expect(runs.length).toBeGreaterThanOrEqual(17);
});

test.each(runs)('%s: 64 steps give what Keras gives', async (name) => {
  const model = await open(name);
  const { tensors, metadata } = readSafetensors(readFileSync(`${ROOT}/${name}/reference.safetensors`));
  const expected = must(tensors.get('outputs'));
  const raw = await referenceOutputs(model, must(tensors.get('ids')).data);
  const actual = activated(raw, expected.shape.at(-1) ?? 1, must(metadata['activation']));
  // A layer that gives only its last state is a language model's last step.
  const last = actual.subarray(actual.length - expected.data.length);
  let most = 0;
  for (const [i, value] of last.entries()) most = Math.max(most, Math.abs(value - (expected.data[i] ?? NaN)));
  expect(most).toBeLessThan(1e-5);
});

test('what is read is said', async () => {
  const { detail } = await open('keras2-lstm');
  expect(detail.config).toMatchObject({
    model_type: 'rnn-classifier',
    rnn: { cell: 'lstm', hidden_size: [5, 4], num_layers: 2 },
    problem_type: 'multi_label_classification',
  });
  expect(detail.notes).toEqual([
    '1 tensors of the training (optimizer, random seeds) were left aside.',
    'Left aside, since they only act in training: layer_2 (Dropout).',
    'Kernels were turned to PyTorch’s [outputs, inputs], gates put in its order, and names given that docs/custom-models.md has.',
    'The file does not name its output: it is called “label 0”; “labels” in config.json gives other names.',
    'The file holds no vocabulary: a text is a list of ids from 0 to 10, such as “4 0 7”. With vocab.txt beside it (one entry a line, in the order of the ids), words can be typed.',
  ]);
});

test.each([
  ['keras2-lstm-hard-sigmoid', 'hard_sigmoid_0.2'],
  ['keras2-gru-hard-sigmoid', 'hard_sigmoid_0.2'],
  ['lstm-hard-sigmoid', 'hard_sigmoid'],
  ['gru-hard-sigmoid', 'hard_sigmoid'],
])('%s: the hard sigmoid is that of the version of Keras that wrote the file', async (name, gates) => {
  const { detail } = await open(name);
  expect(detail.config).toMatchObject({ rnn: { recurrent_activation: gates } });
});

test.each([
  [['1.2.0'], {}, 'hard_sigmoid_0.2'],
  [[null, '2.2.4-tf'], {}, 'hard_sigmoid_0.2'],
  [['2.15.0'], { module: 'keras' }, 'hard_sigmoid_0.2'],
  [['3.0.0', '2.2.4'], {}, 'hard_sigmoid'],
  [['10.1.0'], {}, 'hard_sigmoid'],
  [[null, undefined], { module: 'keras' }, 'hard_sigmoid'],
  [[], { class_name: 'Sequential' }, 'hard_sigmoid_0.2'],
  [[], null, 'hard_sigmoid_0.2'],
])('versions %j with the config %j mean %s', (versions, model, expected) => {
  expect(hardSigmoidOf(versions, model)).toBe(expected);
});

test('another function of the gates is named, with those that are run', () => {
  const layer = {
    kind: 'LSTM',
    name: 'reader',
    config: { units: 2, recurrent_activation: { class_name: 'function', config: 'softsign' } },
  };
  const tensor = (...shape: number[]): StoredTensor => {
    return { name: 'w', dtype: 'F32', shape, file: 'm.h5', begin: 0, end: 0 };
  };
  const place = { index: 0, inputs: 3, joined: APART, hard: 'hard_sigmoid' as const };
  expect(() => readCell(layer, [tensor(3, 8), tensor(2, 8), tensor(8)], place)).toThrow(
    'The layer “reader” (LSTM) has the recurrent_activation “softsign”; sigmoid and hard_sigmoid are run.',
  );
});

test('what model.to_json() gave, under any name, describes a file of weights beside it', async () => {
  const archive = unzipSync(new Uint8Array(readFileSync(`${ROOT}/lstm/model.keras`)));
  const [weights, config] = [must(archive['model.weights.h5']), must(archive['config.json'])];
  const read = (files: Record<string, Uint8Array | string>) =>
    readModel(folderOf(files), { id: 'm', source: 'opened', wanted: null, fileId: (id) => id });
  const files = { 'model.weights.h5': weights, 'architecture.json': config, 'metrics.json': '{"loss": 1}' };
  const described = (await read(files)).detail;
  expect(described.config).toEqual((await open('lstm')).detail.config);
  expect(described.notes.join(' ')).not.toContain('holds weights and no config');
  // Two of them say nothing.
  const unclear = (await read({ ...files, 'old.json': config })).detail;
  expect(unclear.notes.join(' ')).toContain('holds weights and no config');
});

test('arrays of another program are not called a model of Keras', async () => {
  const { detail } = await readModel(folderOf({ 'x.h5': hdf5(good) }), {
    ...{ id: 'm', source: 'opened', wanted: null, fileId: (id: string) => id },
  });
  expect(detail.tensors.map(({ name }) => name)).toEqual(['w']);
  expect(detail.refusal?.message).toContain('It does not say that it is a model of Keras.');
});

test('a graph that branches is shown and not run, and the layer is named', async () => {
  const { detail } = await open('not-run-joined');
  expect(detail.config).toBeNull();
  expect(detail.tensors.length).toBeGreaterThan(5);
  expect(detail.refusal).toMatchObject({
    code: 'not-run',
    message: expect.stringContaining('(Concatenate) joins “lstm'),
  });
});
