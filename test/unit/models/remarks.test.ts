import { describe, expect, test } from 'vitest';
import { differingCopies } from '../../../src/common/configs/copies.ts';
import { findSpec } from '../../../src/common/configs/registry.ts';
import { remarksOn } from '../../../src/common/configs/remarks.ts';
import type { TensorInfo } from '../../../src/common/contract.ts';
import { must } from '../../helpers/must.ts';

const LLAMA = {
  ...{ vocab_size: 11, hidden_size: 8, num_attention_heads: 2, num_hidden_layers: 1 },
  ...{ intermediate_size: 6, tie_word_embeddings: true },
};
const BERT = { ...LLAMA, max_position_embeddings: 5 };
const BART = {
  ...{ vocab_size: 11, d_model: 8, encoder_layers: 1, decoder_layers: 1, max_position_embeddings: 5 },
  ...{ encoder_attention_heads: 2, decoder_attention_heads: 2, encoder_ffn_dim: 6, decoder_ffn_dim: 6 },
};
const T5 = { vocab_size: 11, d_model: 8, num_layers: 1, num_heads: 2, d_kv: 4, d_ff: 6 };
const GPT2 = { vocab_size: 11, n_embd: 8, n_head: 2, n_layer: 1, n_positions: 5 };

let at = 0;
const tensor = (name: string, shape: readonly number[]): TensorInfo => {
  const size = 4 * shape.reduce((product, axis) => product * axis, 1);
  at += size;
  return { name, dtype: 'F32', shape: [...shape], file: 'f0', begin: at - size, end: at };
};

/** The files of a model with these tensors, and what is said of them when all copies differ. */
function look(type: string, config: object, more: readonly TensorInfo[], without: readonly string[] = []) {
  const spec = must(findSpec(type));
  const own = config as Record<string, unknown>;
  const needed = spec.check(own, []).missing.filter(({ name }) => !without.includes(name));
  const tensors = [...needed.map(({ name, shape }) => tensor(name, shape)), ...more];
  const check = spec.check(own, tensors);
  return { check, remarks: remarksOn(check, { tensors }, check.copies) };
}

describe('tables and heads', () => {
  test.each([
    ['gpt2', GPT2, 'wte.weight', 'lm_head.weight'],
    ['llama', LLAMA, 'embed_tokens.weight', 'lm_head.weight'],
    ['qwen2', { ...LLAMA, num_key_value_heads: 2 }, 'embed_tokens.weight', 'lm_head.weight'],
    ['gemma', { ...LLAMA, head_dim: 4, num_key_value_heads: 2 }, 'embed_tokens.weight', 'lm_head.weight'],
    ['phi', LLAMA, 'embed_tokens.weight', 'lm_head.weight'],
    ['phi3', LLAMA, 'embed_tokens.weight', 'lm_head.weight'],
    ['gpt_neox', LLAMA, 'embed_in.weight', 'embed_out.weight'],
    ['bert', BERT, 'embeddings.word_embeddings.weight', 'cls.predictions.decoder.weight'],
    ['t5', T5, 'shared.weight', 'lm_head.weight'],
    ['bart', BART, 'shared.weight', 'lm_head.weight'],
    ['marian', BART, 'shared.weight', 'lm_head.weight'],
  ])('%s: a head beside the table is found, and stands in for it', (type, config, table, head) => {
    const mlm = [
      ...['transform.dense.weight', 'transform.dense.bias'],
      ...['transform.LayerNorm.weight', 'transform.LayerNorm.bias', 'bias'],
    ].map((name) =>
      tensor(`cls.predictions.${name}`, name === 'bias' ? [11] : /dense.w/.test(name) ? [8, 8] : [8]),
    );
    const more = [tensor(head, [11, 8]), ...(type === 'bert' ? mlm : [])];
    const both = look(type, config, more);
    expect(both.check).toMatchObject({ missing: [], misshapen: [], unexpected: [] });
    expect(both.check.found.has(head)).toBe(true);
    expect(both.check.copies).toMatchObject([
      { first: { name: table }, second: { name: head }, isUsed: true },
    ]);
    expect(both.remarks.sentences).toEqual([
      `“${table}” and “${head}” should hold the same values and do not: each is used in its own place.`,
    ]);
    const alone = look(type, config, more, [table]);
    expect(alone.check).toMatchObject({ missing: [], misshapen: [], unexpected: [], copies: [] });
  });

  test('what is not tied is no copy, and neither stands in for the other', () => {
    const untied = { ...LLAMA, tie_word_embeddings: false };
    expect(look('llama', untied, []).check.copies).toEqual([]);
    const { check } = look('llama', untied, [], ['embed_tokens.weight']);
    expect(check.missing).toMatchObject([{ name: 'embed_tokens.weight' }]);
  });

  test('a tensor under two names is compared', async () => {
    const { check, remarks } = look('gpt2', GPT2, [tensor('transformer.ln_f.bias', [8])]);
    expect(remarks.sentences).toEqual([
      '“ln_f.bias” and “transformer.ln_f.bias” should hold the same values and do not: the second is left out.',
    ]);
    const [copy] = check.copies;
    const zeros = (_: string, begin: number, end: number) => Promise.resolve(new Uint8Array(end - begin));
    expect(await differingCopies(check.copies, zeros)).toEqual([]);
    const places = (_: string, begin: number, end: number) =>
      Promise.resolve(new Uint8Array(end - begin).fill(begin));
    expect(await differingCopies(check.copies, places)).toEqual([copy]);
  });
});

describe('what is left out', () => {
  test('biases that the config has no place for', () => {
    const more = ['q', 'k'].map((part) => tensor(`model.layers.0.self_attn.${part}_proj.bias`, [8]));
    expect(look('llama', LLAMA, more).remarks.sentences).toEqual([
      '2 tensors of the files are left out, since config.json has no place for them (model.layers.0.self_attn.q_proj.bias and another one): the outputs can differ from those of the model that was saved.',
    ]);
  });

  test('layers that the config does not have', () => {
    const more = [1, 2].map((l) => tensor(`transformer.h.${l}.ln_1.weight`, [8]));
    expect(look('gpt2', GPT2, more).remarks.sentences).toEqual([
      'config.json has fewer layers than the files: of “transformer.h” layers 1 to 2 are left out, so the outputs differ from those of the whole model.',
    ]);
  });

  test.each([
    ['bert', BERT, ['embeddings.position_ids', 'cls.seq_relationship.weight', 'cls.seq_relationship.bias']],
    ['gpt2', GPT2, ['h.0.attn.bias', 'h.0.attn.masked_bias', 'h.0.attn.rotary_emb.inv_freq']],
    ['bart', BART, ['encoder.version']],
  ])('%s: buffers and other heads are no remark', (type, config, names) => {
    const more = names.map((name) => tensor(name, [2]));
    expect(look(type, config, more).remarks).toEqual({ head: null, sentences: [] });
  });

  test.each([
    ['gpt2', GPT2, ['v_head.summary.weight'], 'v_head.summary.weight'],
    ['llama', { ...LLAMA, tie_word_embeddings: false }, ['v_head.weight'], 'v_head.weight'],
    [
      'bert',
      { ...BERT, architectures: ['BertForMultipleChoice'] },
      ['classifier.bias', 'classifier.weight'],
      'classifier.weight',
    ],
    [
      'roberta',
      { ...BERT, pad_token_id: 0 },
      ['classifier.dense.weight', 'classifier.out_proj.weight'],
      'classifier.out_proj.weight',
    ],
    ['distilbert', BERT, ['pre_classifier.weight', 'classifier.weight'], 'classifier.weight'],
    ['modernbert', BERT, ['head.dense.weight', 'head.norm.weight', 'classifier.weight'], 'classifier.weight'],
    ['electra', { ...BERT, embedding_size: 8 }, ['qa_outputs.weight'], 'qa_outputs.weight'],
  ])('%s: a head that is not run is named', (type, config, names, name) => {
    const more = names.map((own) => tensor(own, [2, 8]));
    const { check, remarks } = look(type, config, more, ['lm_head.weight']);
    expect(check.missing).toEqual([]);
    expect(remarks).toEqual({
      head: name,
      sentences: [
        `The files have a head that Headgate does not run yet (${name}), so there are no predictions.`,
      ],
    });
  });

  test.each([
    ['bart', BART],
    ['t5', T5],
  ])('%s: one in place of the head that writes is refused', (type, config) => {
    const more = [tensor('classification_head.out_proj.weight', [2, 8])];
    expect(() => look(type, config, more)).toThrow(/classification_head\.out_proj\.weight/);
  });
});
