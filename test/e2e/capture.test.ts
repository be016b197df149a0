import { copyFileSync, cpSync, existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { difference, readSafetensors } from '../helpers/safetensors.ts';
import { fixtures, headgate, root, temporaryFolder } from './app.ts';

/** The bounds that the project holds itself to against Transformers. */
function expectParity(captured: string, reference: string): void {
  const ours = readSafetensors(readFileSync(captured));
  const theirs = readSafetensors(readFileSync(reference));
  const compared = [...theirs.tensors].filter(([name]) => /^(hidden_states|attentions|logits)/.test(name));
  expect(compared.length).toBeGreaterThan(3);
  for (const [name, expected] of compared) {
    const actual = ours.tensors.get(name);
    expect(actual?.shape, name).toEqual(expected.shape);
    if (actual === undefined) continue;
    const { largest, scale } = difference(actual.data, expected.data);
    const bound = name.startsWith('attentions') ? 2e-5 : 2e-4 * Math.max(1, scale);
    expect(largest, `${name}: |a − b| against ${bound}`).toBeLessThanOrEqual(bound);
  }
}

test('the bundled model captures what Transformers computes', async () => {
  using folder = temporaryFolder();
  const out = join(folder.path, 'run.safetensors');
  const reference = join(fixtures, 'bundled-reference.safetensors');
  const text = readSafetensors(readFileSync(reference)).metadata['text'] ?? '';
  const result = await headgate('capture', 'headgate-gpt', '--text', text, '--out', out);
  expect(result).toMatchObject({ status: 0, stderr: '' });
  expectParity(out, reference);
  const { metadata } = readSafetensors(readFileSync(out));
  expect(metadata['headgate']).toBe('1');
  const tokens = JSON.parse(metadata['tokens'] ?? '[]') as { id: number; text: string }[];
  expect(tokens.map((token) => token.text).join('')).toBe(text);
});

test('a decoder goes on with a text as Transformers’ generate() does, up to its end token', async () => {
  using folder = temporaryFolder();
  const out = join(folder.path, 'run.safetensors');
  const model = join(root, 'test/fixtures/decoders/llama-mqa-old');
  const reference = readSafetensors(readFileSync(join(model, 'reference.safetensors')));
  const { text = '', max_new_tokens: most = '' } = reference.metadata;
  const result = await headgate('capture', model, '--text', text, '--generate', most, '--out', out);
  expect(result).toMatchObject({ status: 0, stderr: '' });
  const { metadata, tensors } = readSafetensors(readFileSync(out));
  const tokens = JSON.parse(metadata['tokens'] ?? '[]') as { id: number }[];
  expect(tokens.map(({ id }) => id)).toEqual([...(reference.tensors.get('greedy')?.data ?? [])]);
  const logits = tensors.get('logits')?.data ?? new Float32Array();
  const expected = reference.tensors.get('greedy.logits')?.data ?? new Float32Array();
  expect(difference(logits, expected).largest).toBeLessThanOrEqual(2e-4);
});

test('a folder given as a path captures a window over a pair, and --force is needed to overwrite', async () => {
  using folder = temporaryFolder();
  const out = join(folder.path, 'run.safetensors');
  writeFileSync(out, 'precious');
  const model = join(root, 'test/fixtures/classifiers/bert-span');
  const passage = Array.from({ length: 30 }, (_, k) => ['water', 'gate', 'river'][k % 3]).join(' ');
  const pair = ['--text', 'the old gate', '--pair', passage, '--window', '20@4'];
  const args = ['capture', model, ...pair, '--out', out, '--json'];
  const refused = await headgate(...args);
  expect(refused.status).toBe(1);
  expect(JSON.parse(refused.stdout)).toMatchObject({ code: 'exists' });
  expect(readFileSync(out, 'utf8')).toBe('precious');
  const forced = await headgate(...args, '--force');
  expect(forced).toMatchObject({ status: 0, stderr: '' });
  const { metadata, tensors } = readSafetensors(readFileSync(out));
  expect(tensors.get('start_logits')?.shape).toEqual([20]);
  const tokens = JSON.parse(metadata['tokens'] ?? '[]') as { text: string }[];
  // The first text is whole; of the second there is what the window has room for, from its token 4 on.
  expect(tokens.map(({ text }) => text)).toEqual([
    ...['[CLS]', 'the', 'old', 'gate', '[SEP]'],
    ...passage.split(' ').slice(4, 18),
    '[SEP]',
  ]);
  expect(readdirSync(folder.path)).toEqual(['run.safetensors']);
});

test.describe('what fails leaves one line and nothing else', () => {
  const bundled = join(root, 'assets/models/headgate-gpt');
  const broken: Record<string, (model: string) => void> = {
    'unknown-model-type': (model) => writeFileSync(join(model, 'config.json'), '{"model_type": "abacus"}'),
    'bad-tokenizer': (model) => writeFileSync(join(model, 'tokenizer.json'), '{"model": 12}'),
    'bad-config': (model) =>
      writeFileSync(join(model, 'config.json'), '{"model_type": "gpt2", "n_layer": "six"}'),
  };
  for (const [code, spoil] of Object.entries(broken)) {
    test(code, async () => {
      using folder = temporaryFolder();
      const model = join(folder.path, 'model');
      cpSync(bundled, model, { recursive: true });
      spoil(model);
      const out = join(folder.path, 'run.safetensors');
      const result = await headgate('capture', model, '--text', 'Call me', '--out', out, '--json');
      expect(result.status).toBe(1);
      expect(result.stderr.trimEnd().split('\n')).toHaveLength(1);
      expect(JSON.parse(result.stdout)).toMatchObject({ code });
      expect(existsSync(out)).toBe(false);
      expect(readdirSync(folder.path)).toEqual(['model']);
    });
  }

  test('a file that ends too early', async () => {
    using folder = temporaryFolder();
    copyFileSync(join(bundled, 'config.json'), join(folder.path, 'config.json'));
    copyFileSync(join(bundled, 'tokenizer.json'), join(folder.path, 'tokenizer.json'));
    const weights = readFileSync(join(bundled, 'model.safetensors'));
    writeFileSync(join(folder.path, 'model.safetensors'), weights.subarray(0, weights.length - 1000));
    const out = join(folder.path, 'run.safetensors');
    const result = await headgate('capture', folder.path, '--text', 'Call me', '--out', out);
    expect(result.status).toBe(1);
    expect(result.stdout).toBe('');
    expect(result.stderr).toContain('model.safetensors');
    expect(existsSync(out)).toBe(false);
  });
});

test('heads, neurons and the lens: a table whose random-token scores are the card’s, and a capture in short', async () => {
  const card = readFileSync(join(root, 'assets/models/headgate-gpt/README.md'), 'utf8');
  const told = [...card.matchAll(/^\| (\d) \|((?: \d\.\d\d \/ \d\.\d\d \|)+)$/gm)].flatMap(
    ([, layer, cells = '']) =>
      [...cells.matchAll(/(\S+) \/ (\S+)/g)].map(([, induction, previous], head) => ({
        ...{ layer: Number(layer), head, induction: Number(induction), previous: Number(previous) },
      })),
  );
  expect(told).toHaveLength(36);
  const listed = await headgate(
    'heads',
    'headgate-gpt',
    '--text',
    'Call me',
    '--repeat-random',
    '50',
    '--json',
  );
  expect(listed).toMatchObject({ status: 0, stderr: '' });
  const { heads } = JSON.parse(listed.stdout) as {
    heads: { layer: number; head: number; repeat_random: { induction: number; previous: number } }[];
  };
  for (const { layer, head, induction, previous } of told) {
    const found = heads.find((one) => one.layer === layer && one.head === head)?.repeat_random;
    expect(Math.abs((found?.induction ?? NaN) - induction), `induction of L${layer} H${head}`).toBeLessThan(
      0.06,
    );
    expect(Math.abs((found?.previous ?? NaN) - previous), `previous of L${layer} H${head}`).toBeLessThan(
      0.04,
    );
  }

  using folder = temporaryFolder();
  const out = join(folder.path, 'run.safetensors');
  const kept = ['--keep', 'head_metrics,mlp,lens', '--top', '3', '--out', out];
  const captured = await headgate('capture', 'headgate-gpt', '--text', 'Call me Ishmael', ...kept);
  expect(captured).toMatchObject({ status: 0, stderr: '' });
  const { tensors } = readSafetensors(readFileSync(out));
  expect(tensors.get('head_metrics.previous')?.shape).toEqual([6, 6]);
  expect(tensors.get('mlp.5')?.shape[1]).toBe(768);
  expect(tensors.get('lens.ids')?.shape).toEqual([7, tensors.get('mlp.0')?.shape[0], 3]);
  expect([...(tensors.get('lens.ids')?.data ?? [])].every((id) => Number.isInteger(id) && id < 4096)).toBe(
    true,
  );
});
