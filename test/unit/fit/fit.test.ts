import { describe, expect, test } from 'vitest';
import { BERT, GPT2, LLAMA, open, renamed, shapesOf, type Shapes } from './folder-model.ts';

const HEAD = { 'lm_head.weight': [11, 8] };
const gpt2 = () => renamed(shapesOf(GPT2), (name) => `transformer.${name}`);
const llama = () =>
  renamed(shapesOf(LLAMA, { 'model.x': [1], ...HEAD }), (name) =>
    /^(lm_head|model)/.test(name) ? name : `model.${name}`,
  );
const bert = () => renamed(shapesOf(BERT), (name) => `bert.${name}`);
const own = (shapes: Shapes) =>
  Object.fromEntries(Object.entries(shapes).filter(([name]) => name !== 'model.x'));

describe('what stands in front of the names', () => {
  const front = (prefix: string) => (name: string) => prefix + name;
  test.each<[string, object, Shapes, string | null]>([
    ['nothing', GPT2, gpt2(), null],
    ['module. (DataParallel)', BERT, renamed(bert(), front('module.')), 'module.'],
    ['_orig_mod. (torch.compile)', GPT2, renamed(gpt2(), front('_orig_mod.')), '_orig_mod.'],
    ['both', GPT2, renamed(gpt2(), front('module._orig_mod.')), 'module._orig_mod.'],
    ['model. (Lightning)', LLAMA, renamed(own(llama()), front('model.')), 'model.'],
    [
      'base_model.model. (PEFT)',
      LLAMA,
      renamed(own(llama()), front('base_model.model.')),
      'base_model.model.',
    ],
    ['a name of its own', BERT, renamed(bert(), front('student.net.')), 'student.net.'],
    [
      'model., beside other things',
      GPT2,
      { ...renamed(gpt2(), front('model.')), 'loss.weight': [3] },
      'model.',
    ],
    ['model. in front of a bare model', GPT2, renamed(shapesOf(GPT2), front('model.')), 'model.'],
  ])('%s', async (_, config, shapes, prefix) => {
    const { check, detail } = await open(config, shapes);
    expect(check).toMatchObject({ missing: [], misshapen: [] });
    expect(check?.unexpected.map(({ name }) => name)).toEqual('loss.weight' in shapes ? ['loss.weight'] : []);
    expect(detail.reading?.prefix ?? null).toBe(prefix);
    expect(detail.notes.join()).toContain(prefix ?? '');
  });

  test('a lone head is missing, whatever else could be cut', async () => {
    const shapes = own(llama());
    delete shapes['lm_head.weight'];
    const { check } = await open(LLAMA, shapes);
    expect(check?.missing.map(({ name }) => name)).toEqual(['lm_head.weight']);
  });

  test('wrappers inside of names go too', async () => {
    const shapes = renamed(own(llama()), (name) =>
      name.replace(/layers\.(\d)\./, 'layers.$1._fsdp_wrapped_module._checkpoint_wrapped_module.'),
    );
    const { check, detail } = await open(LLAMA, shapes);
    expect(check).toMatchObject({ missing: [], unexpected: [] });
    expect(detail.reading?.renamed[0]?.from).toContain('_fsdp_wrapped_module');
  });

  test('names of a model that nobody knows keep all but wrappers', async () => {
    const { detail } = await open({ model_type: 'abacus' }, { 'module.a': [1], 'module.b': [2] });
    expect(detail.tensors.map(({ name }) => name)).toEqual(['a', 'b']);
  });
});

test.each<[string, object, Shapes]>([
  [
    'gamma and beta',
    BERT,
    renamed(bert(), (name) =>
      name.replace(/Norm\.weight$/, 'Norm.gamma').replace(/Norm\.bias$/, 'Norm.beta'),
    ),
  ],
  [
    'OpenAI’s own',
    GPT2,
    renamed(shapesOf(GPT2), (name) =>
      name
        .replace(/(ln_\w+)\.weight$/, '$1.g')
        .replace(/(c_\w+)\.weight$/, '$1.w')
        .replace(/\.bias$/, '.b')
        .replace(/^(wte|wpe)\.weight$/, '$1'),
    ),
  ],
  ['paths', BERT, renamed(bert(), (name) => name.replaceAll('.', '/'))],
])('older names are read: %s', async (_, config, shapes) => {
  expect((await open(config, shapes)).check).toMatchObject({ missing: [], misshapen: [], unexpected: [] });
});

describe('matrices that are stored the other way round', () => {
  const turned = (pattern: RegExp) =>
    Object.fromEntries(
      Object.entries(gpt2()).map(([name, shape]) => [name, pattern.test(name) ? shape.toReversed() : shape]),
    );
  const ATTENTION = ['h.0.attn.c_attn', 'h.0.attn.c_proj', 'h.1.attn.c_attn', 'h.1.attn.c_proj'];
  test.each([
    [
      'all, square ones too',
      /c_(attn|fc|proj)\.weight/,
      [...ATTENTION, 'h.0.mlp.c_fc', 'h.0.mlp.c_proj', 'h.1.mlp.c_fc', 'h.1.mlp.c_proj'],
    ],
    ['those of the attention', /c_attn\.weight/, ATTENTION],
    [
      'those of the feed-forward part',
      /mlp\.c_.*weight/,
      ['h.0.mlp.c_fc', 'h.0.mlp.c_proj', 'h.1.mlp.c_fc', 'h.1.mlp.c_proj'],
    ],
    ['none', /nothing/, []],
  ])('%s', async (_, pattern, names) => {
    const { check, detail } = await open(GPT2, turned(pattern));
    expect(check).toMatchObject({ missing: [], misshapen: [] });
    expect((detail.reading?.transposed ?? []).toSorted()).toEqual(
      names.map((name) => `transformer.${name}.weight`).sort(),
    );
  });

  test('give the values of the turned matrix, from any byte to any other', async () => {
    const [stored, read] = [
      await open({ model_type: 'abacus' }, turned(/c_/)),
      await open(GPT2, turned(/c_/)),
    ];
    const name = 'transformer.h.0.attn.c_attn.weight';
    const [from, to] = [await stored.bytes(name), await read.bytes(name)];
    // [24, 8] is read as [8, 24].
    const expected = Array.from({ length: 8 * 24 }, (_, i) => ((i % 24) * 8 + Math.floor(i / 24)) * 4);
    expect([...to]).toEqual(expected.flatMap((at) => [...from.subarray(at, at + 4)]));
  });
});

describe('pruned heads', () => {
  const config = { ...BERT, hidden_size: 8, num_attention_heads: 4, pruned_heads: { 1: [0, 2] } };
  const pruned = renamed(shapesOf(config), (name) => name);
  for (const part of ['query', 'key', 'value']) {
    pruned[`encoder.layer.1.attention.self.${part}.weight`] = [4, 8];
    pruned[`encoder.layer.1.attention.self.${part}.bias`] = [4];
  }
  pruned['encoder.layer.1.attention.output.dense.weight'] = [8, 4];

  test('come back as zeros, and that is said', async () => {
    const { check, detail, bytes } = await open(config, pruned);
    expect(check).toMatchObject({ missing: [], misshapen: [] });
    expect(detail.notes.join()).toMatch(/pruned.*0, 2 of layer 1/);
    const kept = (values: Uint8Array, size: number) =>
      Array.from({ length: 4 }, (_, i) =>
        values.subarray(i * size, (i + 1) * size).some((byte) => byte !== 0),
      );
    // Heads of two rows each: heads 0 and 2 are gone.
    expect(kept(await bytes('encoder.layer.1.attention.self.query.weight'), 2 * 8 * 4)).toEqual([
      false,
      true,
      false,
      true,
    ]);
    expect(kept(await bytes('encoder.layer.1.attention.self.key.bias'), 2 * 4)).toEqual([
      false,
      true,
      false,
      true,
    ]);
    const row = (await bytes('encoder.layer.1.attention.output.dense.weight')).subarray(0, 32);
    expect(kept(row, 2 * 4)).toEqual([false, true, false, true]);
  });

  test('of a GPT-2 are in one matrix', async () => {
    const shapes = shapesOf(GPT2);
    shapes['h.0.attn.c_attn.weight'] = [8, 12];
    shapes['h.0.attn.c_attn.bias'] = [12];
    shapes['h.0.attn.c_proj.weight'] = [4, 8];
    expect((await open({ ...GPT2, pruned_heads: { 0: [1] } }, shapes)).check).toMatchObject({
      misshapen: [],
    });
    expect((await open(GPT2, shapes)).check?.misshapen).toHaveLength(3);
  });
});

describe('a language model inside of a larger one', () => {
  test.each<[string, (name: string) => string]>([
    ['in front', (name) => `language_model.${name}`],
    ['inside', (name) => name.replace(/^model\./, 'model.language_model.')],
    ['behind a wrapper', (name) => `module.language_model.${name}`],
  ])('is read, the rest is left aside: %s', async (_, change) => {
    const shapes = { ...renamed(own(llama()), change), 'vision_tower.patch.weight': [3, 3] };
    const { model_type: inner, ...fields } = LLAMA;
    const whole = { model_type: 'llava', vision_config: {}, text_config: { model_type: inner, ...fields } };
    const { check, detail } = await open(whole, shapes);
    expect(check).toMatchObject({ missing: [], misshapen: [] });
    expect([detail.modelType, detail.reading?.part, detail.reading?.beside]).toEqual([
      'llama',
      'text_config',
      ['vision_tower.patch.weight'],
    ]);
    expect(detail.notes.join()).toContain('vision_tower');
  });
});
