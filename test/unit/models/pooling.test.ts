import { describe, expect, test } from 'vitest';
import { readPooling } from '../../../src/common/configs/pooling.ts';
import { sourceReader } from '../../../src/renderer/models/source-files.ts';
import { memoryModel } from '../../helpers/fixture-model.ts';
import { safetensorsOf } from '../formats/make-safetensors.ts';

const { signal } = new AbortController();
const MEAN = { pooling_mode_mean_tokens: true, pooling_mode_cls_token: false, word_embedding_dimension: 3 };

function modules(...kinds: string[]) {
  return kinds.map((kind) => ({
    type: `sentence_transformers.models.${kind}`,
    path: kind === 'Pooling' ? '1_Pooling' : '',
  }));
}

/** The pooling of a folder with these files, for states of 3 units. */
async function pooling(list: unknown, more: Readonly<Record<string, unknown>> = {}) {
  const files = new Map<string, Uint8Array>([['model.safetensors', safetensorsOf({ w: [1] })]]);
  const bytes = (value: unknown) =>
    value instanceof Uint8Array
      ? value
      : new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
  if (list !== undefined) files.set('modules.json', bytes(list));
  for (const [name, value] of Object.entries(more)) files.set(name, bytes(value));
  const source = await memoryModel('m', files);
  return readPooling(source.model, 3, sourceReader(source, signal));
}

const POOLING = '1_Pooling/config.json';
const DENSE = { in_features: 3, out_features: 2, bias: false };
const dense = (config: object, shape: readonly number[] | null = [2, 3]) => ({
  [POOLING]: MEAN,
  '2_Dense/config.json': { ...DENSE, ...config },
  ...(shape && { '2_Dense/model.safetensors': safetensorsOf({ 'linear.weight': shape }) }),
});

describe('pooling', () => {
  test('without sentence-transformers’ files: the mean at length 1', async () => {
    expect(await pooling(undefined)).toEqual({
      assumed: [expect.stringContaining('no modules.json')],
      pooling: { how: 'mean', steps: ['normalize'], width: 3 },
      remarks: [],
    });
  });

  test.each([
    [MEAN, ['Transformer', 'Pooling', 'Normalize'], { how: 'mean', steps: ['normalize'] }],
    [MEAN, ['Transformer', 'Pooling'], { how: 'mean', steps: [] }],
    [MEAN, ['Transformer', 'Pooling', 'Dropout'], { how: 'mean', steps: [] }],
    [{ pooling_mode_cls_token: true }, ['Transformer', 'Pooling'], { how: 'first', steps: [] }],
    [{ pooling_mode_max_tokens: true }, ['Transformer', 'Pooling'], { how: 'max', steps: [] }],
    [{ pooling_mode: 'cls' }, ['Transformer', 'Pooling'], { how: 'first', steps: [] }],
  ])('%o with %o is %o', async (config, kinds, expected) => {
    expect(await pooling(modules(...kinds), { [POOLING]: config })).toEqual({
      pooling: { ...expected, width: 3 },
      remarks: [],
    });
  });

  // What Headgate does not do is said rather than guessed.
  test.each<[readonly string[], Readonly<Record<string, unknown>>, string]>([
    [['Transformer', 'Pooling'], {}, '1_Pooling/config.json is missing'],
    [['Transformer'], {}, 'no pooling'],
    [['Transformer', 'Pooling', 'LSTM'], { [POOLING]: MEAN }, 'its step LSTM'],
    [['Pooling'], { [POOLING]: { ...MEAN, pooling_mode_cls_token: true } }, 'joins several poolings'],
    [['Pooling'], { [POOLING]: { pooling_mode_lasttoken: true } }, '(pooling_mode_lasttoken)'],
    [['Pooling'], { [POOLING]: {} }, 'names no pooling'],
    [['Pooling', 'Dense'], { [POOLING]: MEAN }, '2_Dense/config.json of the Dense step is missing'],
    [['Pooling', 'Dense'], dense({}, null), '2_Dense/model.safetensors of the Dense step is missing'],
    [['Pooling', 'Dense'], dense({}, [3, 2]), 'has no linear.weight [2, 3]'],
    [['Pooling', 'Dense'], dense({ bias: true }), 'and linear.bias [2]'],
    [['Pooling', 'Dense'], dense({ in_features: 4 }), 'takes 4 numbers where there are 3'],
    [['Pooling', 'Dense'], dense({ activation_function: 'a.b.Softsign' }), 'does not have (a.b.Softsign)'],
  ])('%o with %o: none, and why', async (kinds, more, why) => {
    const list = modules(...kinds).map((module, index) => ({
      ...module,
      path: { Pooling: '1_Pooling', Dense: '2_Dense' }[kinds[index] ?? ''] ?? '',
    }));
    expect(await pooling(list, more)).toEqual({
      pooling: null,
      remarks: [expect.stringMatching(/^There is no sentence_embedding: /)],
    });
    expect((await pooling(list, more)).remarks[0]).toContain(why);
  });

  test('a width that is not that of the states is said', async () => {
    const { pooling: found, remarks } = await pooling(modules('Pooling'), {
      [POOLING]: { ...MEAN, word_embedding_dimension: 384 },
    });
    expect(found).toMatchObject({ how: 'mean', width: 3 });
    expect(remarks).toEqual([expect.stringContaining('word_embedding_dimension is 384')]);
  });

  test('folders are those that modules.json names, and no others', async () => {
    const elsewhere = [{ type: 'a.Pooling', path: 'mine/pool/' }];
    expect(await pooling(elsewhere, { 'mine/pool/config.json': MEAN })).toMatchObject({ remarks: [] });
    for (const path of ['../out', '/etc', 'a/../../b', 'C:\\x', 7])
      await expect(pooling([{ type: 'a.Pooling', path }])).rejects.toThrow('a folder inside');
  });

  test('a Dense step is read with its activation', async () => {
    const list = [
      { type: 'a.Pooling', path: '1_Pooling' },
      { type: 'a.Dense', path: '2_Dense' },
      { type: 'a.Normalize', path: '3' },
    ];
    const { pooling: found } = await pooling(list, dense({ activation_function: 'torch.nn.Identity' }));
    expect(found).toMatchObject({
      width: 2,
      steps: [{ inputs: 3, outputs: 2, activation: 'none' }, 'normalize'],
    });
  });

  test.each([
    ['{', 'modules.json is not valid JSON: it ends too early (line 1, column 2).'],
    [{}, 'modules.json is not a list of modules.'],
    [[{}], 'modules.json has no “type” in module 0.'],
  ])('%o is refused', async (list, message) => {
    await expect(pooling(list)).rejects.toThrow(expect.objectContaining({ code: 'bad-config', message }));
  });
});
