import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Inspection } from '../../../src/main/library/inspect-model.ts';
import { temporaryFolder } from '../files/temporary.ts';
import { safetensorsOf } from '../formats/make-safetensors.ts';
import { headgate } from './run.ts';
import { tinyConfig, tinyGpt2, tinyShapes } from './tiny-gpt2.ts';

async function inspect(files: Readonly<Record<string, string | Uint8Array>>): Promise<Inspection> {
  const { status, stdout, stderr } = await headgate('inspect', temporaryFolder(files), '--json');
  const inspection = JSON.parse(stdout) as Inspection;
  // Problems that stop the model are the exit status and one line; the report is whole all the same.
  const { length } = inspection.problems;
  expect(status).toBe(length === 0 ? 0 : 1);
  expect(stderr).toMatch(length === 0 ? /^$/ : /^headgate: ".*" can't be run: .*listed above\.$/);
  return inspection;
}

const without = (name: string) =>
  Object.fromEntries(Object.entries(tinyShapes()).filter(([key]) => key !== name));
const withoutTokenizer = () =>
  Object.fromEntries(Object.entries(tinyGpt2()).filter(([name]) => name !== 'tokenizer.json'));
const codes = ({ problems }: Inspection) => problems.map(({ code }) => code);

/** V·D + P·D + one layer + the last norm, of V = 5, P = 8, D = 4: counted by hand. */
const PARAMETERS = 20 + 32 + (8 + 48 + 12 + 16 + 4 + 8 + 64 + 16 + 64 + 4) + 8;

describe('headgate inspect', () => {
  test('says what a good model is', async () => {
    expect(await inspect(tinyGpt2())).toMatchObject({
      format: 'safetensors',
      modelType: 'gpt2',
      family: 'GPT-2',
      parameters: PARAMETERS,
      bytes: 4 * PARAMETERS,
      dtypes: ['F32'],
      files: ['model.safetensors'],
      missing: [],
      misshapen: [],
      unexpected: [],
      tokenizer: { files: ['tokenizer.json'], type: 'BPE', vocabulary: 5 },
      problems: [],
    });
  });

  test.each([
    ['counts a tied head once', 0, PARAMETERS, []],
    ['counts a head that differs from the table, and says so', 1, PARAMETERS + 20, [/each is used/]],
  ])('%s', async (_, byte, count, said) => {
    const files = tinyGpt2({ 'wte.weight': [5, 4], ...tinyShapes(), 'lm_head.weight': [5, 4] });
    const weights = files['model.safetensors'] as Uint8Array;
    const end = weights.length;
    weights.fill(0, end - 4 * (PARAMETERS + 20));
    weights[end - 1] = byte;
    const { parameters, unexpected, remarks } = await inspect(files);
    expect([parameters, unexpected]).toEqual([count, []]);
    expect(remarks).toEqual(said.map((sentence) => expect.stringMatching(sentence)));
  });

  test('names what is missing, misshapen and unexpected', async () => {
    const shapes = { ...without('h.0.ln_1.bias'), 'ln_f.bias': [3], 'extra.weight': [1] };
    const report = await inspect(tinyGpt2(shapes));
    expect(report.missing).toEqual([{ name: 'h.0.ln_1.bias', shape: [4] }]);
    expect(report.misshapen).toEqual([{ name: 'ln_f.bias', expected: [4], actual: [3] }]);
    expect(report.unexpected).toEqual(['extra.weight']);
    expect(codes(report)).toEqual(['missing-tensor']);
    expect(report.problems[0]?.message).toContain('h.0.ln_1.bias');
  });

  test.each<[string, Record<string, string>]>([
    ['unknown-model-type', { 'config.json': '{"model_type": "abacus"}' }],
    ['bad-config', { 'config.json': JSON.stringify({ ...tinyConfig, n_layer: 'six' }) }],
    ['bad-tokenizer', { 'tokenizer.json': '{' }],
    ['bad-tokenizer', { 'tokenizer.json': '{"model": 12}' }],
    ['bad-tokenizer', { 'tokenizer.json': '{"model": {"type": "Trie", "vocab": {"a": 0}}}' }],
    ['bad-tokenizer', { 'tokenizer.json': '{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a"]}}' }],
    ['bad-tokenizer', { 'tokenizer_config.json': '[]' }],
    ['bad-config', { 'generation_config.json': '{"repetition_penalty": 0}' }],
    ['bad-config', { 'generation_config.json': '{"eos_token_id": [1,' }],
  ])('tells the problem %s of %j', async (code, files) => {
    const report = await inspect({ ...tinyGpt2(), ...files });
    expect(codes(report)).toEqual([code]);
    expect(report.tensors).toHaveLength(Object.keys(tinyShapes()).length);
  });

  test.each<[string, Record<string, string>, object]>([
    [
      'vocab.txt',
      { 'vocab.txt': '[UNK]\n[CLS]\n[SEP]\nthe\n' },
      { type: 'WordPiece', vocabulary: 6, size: 6 },
    ],
    [
      'vocab.json, merges.txt',
      { 'vocab.json': '{"a": 0, "b": 1}', 'merges.txt': '' },
      { type: 'BPE', vocabulary: 3, size: 3 },
    ],
    // With the special tokens that their classes add.
  ])('knows the vocabulary of %s', async (names, files, facts) => {
    const report = await inspect({ ...withoutTokenizer(), ...files });
    expect(report.tokenizer).toEqual({ files: expect.arrayContaining(names.split(', ')), ...facts });
    expect(report.problems).toEqual([]);
  });

  test.each<[string, string | Uint8Array, RegExp]>([
    ['config.json', '{"model_type": "gpt2",\n "n_layer": 1,, }', /line 2, column 15/],
    ['tokenizer.json', '{"model":\n\n x}', /tokenizer\.json: .*line 3, column 2/],
    ['generation_config.json', '[1', /generation_config\.json .*line 1, column 3/],
    ['tokenizer.json', Uint8Array.of(0x7b, 0xff), /tokenizer\.json: it is not valid UTF-8/],
    ['tokenizer.json', '['.repeat(5000), /nested deeper than 128 levels/],
    ['config.json', '['.repeat(5000), /nested deeper than 128 levels/],
  ])('says where %s is no JSON', async (name, text, message) => {
    const { stdout, stderr } = await headgate('inspect', temporaryFolder({ ...tinyGpt2(), [name]: text }));
    expect(stdout + stderr).toMatch(message);
  });

  test('tells a type that weights are not stored in', async () => {
    const floats = new TextDecoder('latin1').decode(safetensorsOf(tinyShapes()));
    const integers = Uint8Array.from(floats.replaceAll('"F32"', '"I32"'), (character) =>
      character.charCodeAt(0),
    );
    const report = await inspect({ ...tinyGpt2(), 'model.safetensors': integers });
    expect(codes(report)).toEqual(['unsupported-dtype']);
  });

  test('tells a token whose id has no row, though there are fewer tokens than rows', async () => {
    const files = tinyGpt2();
    const tokenizer = JSON.parse(String(files['tokenizer.json'])) as {
      model: { vocab: Record<string, number> };
    };
    tokenizer.model.vocab = { ...tokenizer.model.vocab, far: 9 };
    const { report } = await inspect({ ...files, 'tokenizer.json': JSON.stringify(tokenizer) });
    expect(report?.notes).toEqual([
      expect.stringContaining('tokenizer has 10 ids and the token table 5 rows'),
    ]);
  });

  test('tells a vocabulary without ids', async () => {
    const report = await inspect({ ...withoutTokenizer(), 'vocab.json': '{"a": "b"}', 'merges.txt': '' });
    expect(report.problems).toEqual([
      expect.objectContaining({ code: 'bad-tokenizer', message: expect.stringContaining('vocab.json') }),
    ]);
  });

  test('tells what was recognised, what was assumed for it, and the vocabulary that it lacks', async () => {
    const shapes = {
      ...{ 'rnn.weight_ih_l0': [12, 2], 'rnn.weight_hh_l0': [12, 4], 'embedding.weight': [5, 2] },
      ...{ 'rnn.bias_ih_l0': [12], 'rnn.bias_hh_l0': [12], 'linear.weight': [5, 4], 'linear.bias': [5] },
    };
    const files = { 'model.safetensors': safetensorsOf(shapes) };
    const report = await inspect(files);
    expect(report).toMatchObject({
      family: 'Recurrent network',
      modelType: 'rnn-lm',
      recognised: { what: 'a GRU language model' },
      parameters: 24 + 48 + 10 + 24 + 25,
      // Without a list of words or characters, a text is a list of ids.
      tokenizer: { files: [], vocabulary: 5 },
      problems: [],
    });
    expect(report.recognised?.assumed.join(' ')).toContain('vocab.txt');
    const whole = await inspect({ ...files, 'vocab.txt': 'a\nb\nc\nd\ne\n' });
    expect(whole).toMatchObject({
      tokenizer: { files: ['vocab.txt'], type: 'characters', vocabulary: 5 },
      problems: [],
    });
  });

  test('tells the family of a Transformer without a config', async () => {
    const report = await inspect({ ...tinyGpt2(), 'config.json': '{}' });
    expect(report).toMatchObject({ family: 'GPT-2', modelType: 'gpt2', problems: [] });
    expect(report.report?.assumed.join()).toContain('heads');
    const told = await inspect({ ...tinyGpt2(), 'config.json': '{"n_head": 2}' });
    expect(told.report?.assumed.join()).not.toContain('heads');
  });

  test('of what is no model there is one sentence, whatever tokenizer it lacks', async () => {
    const packed = safetensorsOf({ 'h.0.attn.c_attn.qweight': [2], 'h.0.attn.c_attn.qzeros': [2] });
    const report = await inspect({ ...withoutTokenizer(), 'model.safetensors': packed });
    expect(codes(report)).toEqual(['quantised']);
  });

  test('tells the tensors of a model that nobody knows', async () => {
    const report = await inspect({ 'mine.safetensors': safetensorsOf({ a: [2, 3], b: [] }) });
    expect(report).toMatchObject({ family: null, modelType: null, parameters: 7, tokenizer: null });
    expect(codes(report)).toEqual(['no-model-type']);
    expect(report.tensors).toEqual([
      { name: 'a', dtype: 'F32', shape: [2, 3], file: 'mine.safetensors' },
      { name: 'b', dtype: 'F32', shape: [], file: 'mine.safetensors' },
    ]);
  });

  test('reads as a table too', async () => {
    const { status, stdout } = await headgate('inspect', temporaryFolder(tinyGpt2(without('ln_f.bias'))));
    expect(status).toBe(1);
    expect(stdout).toMatch(/family +GPT-2$/m);
    expect(stdout).toMatch(/tokenizer +tokenizer\.json \(BPE, 5 tokens\)$/m);
    expect(stdout).toMatch(/wte\.weight +F32 +\[5, 4\]$/m);
    expect(stdout).toMatch(/missing +ln_f\.bias \[4\]$/m);
    expect(stdout).toMatch(/problem +.*ln_f\.bias/m);
  });

  test.each<[string, Record<string, string | Uint8Array>]>([
    ['truncated', { 'model.safetensors': safetensorsOf(tinyShapes()).subarray(0, -1) }],
    ['bad-config', { 'config.json': '[' }],
  ])('fails with %s when the files can not be told at all', async (code, files) => {
    const { status, stdout, stderr } = await headgate(
      'inspect',
      temporaryFolder({ ...tinyGpt2(), ...files }),
      '--json',
    );
    expect([status, stderr.split('\n').length]).toEqual([1, 1]);
    expect(JSON.parse(stdout)).toMatchObject({ code });
  });

  test('fails for an index that leads out of its folder', async () => {
    const index = JSON.stringify({ weight_map: { a: '../secret.safetensors' } });
    const { status, stderr } = await headgate(
      'inspect',
      temporaryFolder({ 'model.safetensors.index.json': index }),
    );
    expect([status, stderr]).toEqual([1, expect.stringContaining('../secret.safetensors')]);
  });

  test('lists 2,000 names of a kind at most, fit for a terminal', async () => {
    const many = Object.fromEntries(Array.from({ length: 2100 }, (_, i) => [`x${i}`, [1]]));
    const folder = temporaryFolder(tinyGpt2({ ...tinyShapes(), ...many, '\u001b[31mred': [1] }));
    const { stdout } = await headgate('inspect', folder);
    expect(stdout).not.toContain('\u001b');
    expect(stdout.split('\n').filter((line) => line.startsWith('  unexpected'))).toHaveLength(2000);
    expect(stdout).toContain('… and 101 more');
    const { stdout: json } = await headgate('inspect', folder, '--json');
    const report = JSON.parse(json) as Inspection & { omitted: Record<string, number> };
    expect([report.unexpected.length, report.omitted]).toEqual([2000, { unexpected: 101 }]);
    expect(report.tensors.length).toBeGreaterThan(2100);
  });
});

describe('naming one file acts on that file', () => {
  const pickle = '\u0080\u0002}q';
  const zip = (member: string) =>
    `PK\u0003\u0004${'\0'.repeat(22)}${String.fromCharCode(member.length, 0, 0, 0)}${member}`;
  const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

  test.each([
    ['x.onnx', '\u0008\u0007\u0012\u0007pytorch', 'it has no graph'],
    ['x.bin', pickle, 'its pickle ends too early'],
    ['pytorch_model.bin', zip('archive/data.pkl'), 'a ZIP archive without its directory'],
    ['arrays.bin', zip('a.npy'), 'NumPy arrays'],
    ['noise.bin', '\u0000\u0001\u0002\u00ff', 'binary data of a kind that Headgate does not know'],
    ['tf.h5', '\u0089HDF\r\n\u001a\n', 'an HDF5 file has at least 96'],
    ['model.bin', 'version https://git-lfs.github.com/spec/v1\n', 'a pointer of Git LFS'],
    ['page.bin', '<!DOCTYPE html><html>', 'a web page'],
    ['notes.txt', 'hello', 'a text file'],
    ['empty.bin', '', 'an empty file'],
  ])('%s beside a good model', async (name, content, what) => {
    const folder = temporaryFolder({ ...tinyGpt2(), [name]: latin1(content) });
    const { status, stdout, stderr } = await headgate('inspect', join(folder, name));
    // Formats that read such a file have words of their own for it.
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`"${name}"`);
    expect(stderr).toContain(what);
    // The folder itself is the good model; so is each file that belongs to it.
    expect((await headgate('inspect', folder)).status).toBe(0);
    for (const part of ['config.json', 'tokenizer.json', 'model.safetensors'])
      expect((await headgate('inspect', join(folder, part))).status, part).toBe(0);
  });

  test('weights without a config are called by the name of the file that was named', async () => {
    const { 'model.safetensors': weights = '' } = tinyGpt2({ odd: [2, 3] });
    const folder = temporaryFolder({ 'odd.safetensors': weights, 'notes.txt': 'hello' });
    const { status, stdout, stderr } = await headgate('inspect', join(folder, 'odd.safetensors'));
    expect(status).toBe(1);
    expect(stdout).toMatch(/^odd\.safetensors\n/);
    expect(stdout).toContain('odd.safetensors: nothing says what kind of model it is');
    expect(stderr).toBe('headgate: "odd.safetensors" can\'t be run: a problem is listed above.');
  });

  test('a GGUF file beside a good model is read, whatever its name', async () => {
    const gguf = new Uint8Array(readFileSync(join(import.meta.dirname, '../../fixtures/gguf/gpt2.gguf')));
    const files = Object.fromEntries(
      Object.entries(tinyGpt2()).filter(([name]) => name !== 'tokenizer.json'),
    );
    const folder = temporaryFolder({ ...files, 'x.gguf': gguf, 'ggml-model.bin': gguf });
    for (const name of ['x.gguf', 'ggml-model.bin']) {
      const { stdout } = await headgate('inspect', join(folder, name), '--json');
      expect(JSON.parse(stdout)).toMatchObject({
        format: 'gguf',
        family: 'GPT-2',
        files: [name],
        missing: [],
        misshapen: [],
        unexpected: [],
        problems: [{ code: 'no-tokenizer' }],
      });
    }
  });

  test('packed types are told as what they are, and that they stay packed', async () => {
    const file = join(import.meta.dirname, '../../fixtures/gguf_packed/llama-k-types/model.gguf');
    const { stdout } = await headgate('inspect', file, '--json');
    const { tensors, report, bytes } = JSON.parse(stdout) as Inspection;
    expect(tensors.find(({ name }) => name === 'model.embed_tokens.weight')?.dtype).toBe('q4_K');
    expect(bytes).toBeLessThan(readFileSync(file).length);
    expect(report?.dtypes).toContainEqual(
      expect.objectContaining({ stored: 'q4_K', becomes: 'q4_K, kept packed: 6 bits a value' }),
    );
  });

  test('a file of PyTorch beside a good model is read itself', async () => {
    const bytes = readFileSync('test/fixtures/pytorch/lightning.ckpt');
    const folder = temporaryFolder({ ...tinyGpt2(), 'lightning.ckpt': new Uint8Array(bytes) });
    const { stdout } = await headgate('inspect', join(folder, 'lightning.ckpt'), '--json');
    const report = JSON.parse(stdout) as Inspection;
    expect(report.format).toBe('pytorch');
    expect(report.tensors.map(({ name }) => name)).toContain('gate.weight');
  });

  test('a folder of foreign weights says what they are by their bytes', async () => {
    const folder = temporaryFolder({ 'model.bin': latin1('GGUF\u0003') });
    expect((await headgate('inspect', folder)).stderr).toMatch(
      /holds a GGUF model under another name \("model.bin"\)/,
    );
  });
});
