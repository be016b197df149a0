import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { difference, readSafetensors } from '../helpers/safetensors.ts';
import { headgate, root, temporaryFolder } from './app.ts';

const model = join(root, 'test/fixtures/sentencepiece/marian');
const reference = readSafetensors(readFileSync(join(model, 'reference.safetensors')));
const { text = '', target = '', max_new_tokens: most = '' } = reference.metadata;
const idsOf = (file: ReturnType<typeof readSafetensors>, name: string) =>
  (JSON.parse(file.metadata[name] ?? '[]') as { id: number }[]).map(({ id }) => id);

test('a Marian folder without tokenizer.json reads a text and its translation as Transformers does', async () => {
  using folder = temporaryFolder();
  const out = join(folder.path, 'run.safetensors');
  const result = await headgate('capture', model, '--text', text, '--target', target, '--out', out);
  expect(result).toMatchObject({ status: 0, stderr: '' });
  const captured = readSafetensors(readFileSync(out));
  expect(idsOf(captured, 'source_tokens')).toEqual([...(reference.tensors.get('input_ids')?.data ?? [])]);
  expect(idsOf(captured, 'tokens')).toEqual([...(reference.tensors.get('decoder_input_ids')?.data ?? [])]);
  const expected = reference.tensors.get('logits')?.data ?? new Float32Array();
  const { largest, scale } = difference(captured.tensors.get('logits')?.data ?? new Float32Array(), expected);
  expect(largest).toBeLessThanOrEqual(2e-4 * Math.max(1, scale));
});

test('and writes what generate() writes', async () => {
  using folder = temporaryFolder();
  const out = join(folder.path, 'run.safetensors');
  const result = await headgate('capture', model, '--text', text, '--generate', most, '--out', out);
  expect(result).toMatchObject({ status: 0, stderr: '' });
  const written = idsOf(readSafetensors(readFileSync(out)), 'tokens');
  expect(written).toEqual([...(reference.tensors.get('greedy')?.data ?? [])]);
});
