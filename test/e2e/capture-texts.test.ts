/** Many texts from a shell: one model, a file each, stopped and gone on with. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { readSafetensors } from '../helpers/safetensors.ts';
import { headgate, root, temporaryFolder } from './app.ts';

const MODEL = join(root, 'test/fixtures/classifiers/bert-sequence');

test('texts of a file: Ctrl+C keeps what is finished, and the same command does the rest', async () => {
  test.setTimeout(240_000);
  using folder = temporaryFolder();
  const list = join(folder.path, 'texts.jsonl');
  const out = join(folder.path, 'out');
  const lines = Array.from({ length: 40 }, (_, i) => ({
    id: `t${i}`,
    text: i === 3 ? 'water '.repeat(60) : `the gate ${i}`,
  }));
  writeFileSync(list, lines.map((line) => JSON.stringify(line)).join('\n'));
  const args = ['capture', MODEL, '--texts', list, '--out-dir', out, '--keep', 'logits'];

  const child = spawn(process.execPath, [join(root, 'src/main/headgate.mjs'), ...args], {
    env: { ...process.env, HEADGATE_CONFIG_DIR: join(folder.path, 'config') },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    if (/headgate: 2 of 40: /.test(said)) child.kill('SIGINT');
  });
  await new Promise((done) => child.on('close', done));
  expect(said).toContain('headgate: 1 of 40: t0.safetensors');
  expect(said).toMatch(
    /Interrupted\. \d+ of 40 texts are written; the same command goes on with the others\./,
  );
  const finished = readdirSync(out);
  expect(finished.length).toBeGreaterThanOrEqual(2);
  expect(finished.length).toBeLessThan(39);
  expect(finished.filter((name) => !name.endsWith('.safetensors'))).toEqual([]);

  const { status, stdout, stderr } = await headgate(...args, '--json');
  expect(stderr).toContain(`headgate: ${finished.length} of 40 are there already.`);
  const result = JSON.parse(stdout) as {
    written: string[];
    skipped: string[];
    failed: { file: string; code: string }[];
  };
  expect(result.skipped).toHaveLength(finished.length);
  expect(result.failed).toMatchObject([{ file: 't3.safetensors', code: 'input-too-long' }]);
  expect(status).toBe(1);
  expect(readdirSync(out)).toHaveLength(39);
  const { tensors, metadata } = readSafetensors(readFileSync(join(out, 't7.safetensors')));
  expect(tensors.get('logits')?.shape).toEqual([3]);
  expect(metadata).toMatchObject({
    text: 'the gate 7',
    labels: '["negative","neutral","positive"]',
    labels_of: 'text',
    problem_type: 'single_label_classification',
  });
});
