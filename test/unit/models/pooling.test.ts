import { describe, expect, test } from 'vitest';
import { readPooling } from '../../../src/common/configs/pooling.ts';
import { sourceReader } from '../../../src/renderer/models/source-files.ts';
import { memoryModel } from '../../helpers/fixture-model.ts';
import { safetensorsOf } from '../formats/make-safetensors.ts';

const { signal } = new AbortController();
const MEAN = { pooling_mode_mean_tokens: true, pooling_mode_cls_token: false, word_embedding_dimension: 3 };

function modules(...kinds: string[]): unknown {
  return kinds.map((kind) => ({ type: `sentence_transformers.models.${kind}` }));
}

/** The pooling of a folder with these files. */
async function pooling(list: unknown, config?: unknown) {
  const files = new Map([['model.safetensors', safetensorsOf({ w: [1] })]]);
  const text = (value: unknown) =>
    new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
  if (list !== undefined) files.set('modules.json', text(list));
  if (config !== undefined) files.set('1_Pooling/config.json', text(config));
  const source = await memoryModel('m', files);
  return readPooling(source.model, sourceReader(source, signal));
}

describe('pooling', () => {
  test('without sentence-transformers’ files: the mean at length 1', async () => {
    expect(await pooling(undefined)).toEqual({ how: 'mean', normalized: true });
  });

  test.each([
    [MEAN, ['Transformer', 'Pooling', 'Normalize'], { how: 'mean', normalized: true }],
    [MEAN, ['Transformer', 'Pooling'], { how: 'mean', normalized: false }],
    [undefined, ['Transformer', 'Pooling'], { how: 'mean', normalized: false }],
    [{ pooling_mode_cls_token: true }, ['Transformer', 'Pooling'], { how: 'first', normalized: false }],
    [{ pooling_mode_max_tokens: true }, ['Transformer', 'Pooling'], { how: 'max', normalized: false }],
    [{ pooling_mode: 'cls' }, ['Transformer', 'Pooling'], { how: 'first', normalized: false }],
    // What Headgate does not do is left out rather than guessed.
    [{ ...MEAN, pooling_mode_cls_token: true }, ['Transformer', 'Pooling'], null],
    [{ pooling_mode_lasttoken: true }, ['Transformer', 'Pooling'], null],
    [MEAN, ['Transformer', 'Pooling', 'Dense'], null],
  ])('%o with %o is %o', async (config, kinds, expected) => {
    expect(await pooling(modules(...kinds), config)).toEqual(expected);
  });

  test.each([
    ['{', 'modules.json is not valid JSON: it ends too early (line 1, column 2).'],
    [{}, 'modules.json is not a list of modules.'],
  ])('%o is refused', async (list, message) => {
    await expect(pooling(list)).rejects.toThrow(expect.objectContaining({ code: 'bad-config', message }));
  });
});
