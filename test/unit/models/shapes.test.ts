import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { withRecognisedConfig } from '../../../src/common/configs/recognised.ts';
import { unknownModelType } from '../../../src/common/configs/registry.ts';
import type { TensorInfo } from '../../../src/common/contract.ts';
import { readModel } from '../../../src/common/read-model.ts';
import { must } from '../../helpers/must.ts';
import { referenceOutputs } from '../../helpers/recurrent-reference.ts';
import { readSafetensors } from '../../helpers/safetensors.ts';
import { folderOf } from '../formats/folder.ts';

const ROOT = 'test/fixtures/shapes';

describe('state dicts without a config', () => {
  test.each(readdirSync(ROOT))('%s: recognised, and 64 steps give what PyTorch gives', async (name) => {
    const bytes = new Uint8Array(readFileSync(`${ROOT}/${name}/model.safetensors`));
    const folder = folderOf({ 'model.safetensors': bytes });
    const read = await readModel(folder, { id: name, source: 'opened', wanted: null, fileId: (id) => id });
    const { model, recognised } = withRecognisedConfig(read.detail);
    expect(recognised?.what).toBeDefined();
    const { tensors } = readSafetensors(readFileSync(`${ROOT}/${name}/reference.safetensors`));
    const outputs = await referenceOutputs(read, must(tensors.get('ids')).data, model.config ?? {});
    const expected = must(tensors.get('outputs')).data;
    expect(outputs).toHaveLength(expected.length);
    const gap = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - (outputs[i] ?? NaN))), 0);
    expect(gap).toBeLessThan(1e-5);
  });
});

const listed = (name: string, ...shape: number[]): TensorInfo => ({
  name,
  shape,
  dtype: 'F32',
  file: 'f',
  begin: 0,
  end: 0,
});

describe('what does not fit', () => {
  const lstm = [listed('lstm.weight_ih_l0', 20, 6), listed('lstm.weight_hh_l0', 20, 5)];
  test.each<[string, TensorInfo[], string]>([
    [
      'another tensor is named, and what was expected',
      [listed('embedding.weight', 11, 6), ...lstm, listed('conv.weight', 8, 5, 3), listed('fc.weight', 2, 5)],
      'it has a recurrent layer (LSTM, 6 → 5) and the embedding “embedding.weight”; beside “conv.weight” [8, 5, 3], “fc.weight” [2, 5], expected are linear layers from [size, 5] on with their biases, or pooling by attention before them',
    ],
    [
      'two stacks',
      [...lstm, listed('other.weight_ih_l0', 20, 6), listed('other.weight_hh_l0', 20, 5)],
      'it has recurrent layers under lstm., other., which are no single stack',
    ],
    ['no head', lstm, 'beside them there is nothing, expected are an embedding [words, 6]'],
  ])('%s', (_name, tensors, says) => {
    const error = unknownModelType({ name: 'm', modelType: null, tensors });
    expect(error.message).toContain(says);
    expect(error.hint).toContain('docs/custom-models.md');
  });
});
