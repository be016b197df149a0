import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { headgate, root, temporaryFolder } from './app.ts';

const TEXT = 'The cat sat on the mat.';

/** Two slots: the GPT as it is, and with a silenced head. */
const session = {
  version: 1,
  slots: ['A', 'B'].map((letter) => ({
    ...{ letter, model: { id: 'headgate-gpt', name: 'headgate-gpt' }, text: TEXT },
    changes: letter === 'B' ? [{ kind: 'head', layer: 0, head: 0, factor: 0 }] : [],
  })),
  active: 'A',
  layout: { kind: 'pane', id: 'p1', view: 'attention-head', slot: 'B' },
  pane: 'p1',
  panes: [{ id: 'p1', view: 'attention-head', slots: ['B'], state: null }],
  selection: { locked: null, head: { layer: 4, head: 5 } },
  display: { log: true },
};

test('a figure is the same bytes each time, and a session says what the command line does not', async () => {
  using folder = temporaryFolder();
  const file = (name: string) => join(folder.path, name);
  const figure = async (from: string, name: string, ...more: string[]) => {
    const { status, stderr } = await headgate('figure', from, '--out', file(name), ...more);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    return readFileSync(file(name), 'utf8');
  };
  const head = ['--view', 'attention-head', '--text', TEXT];
  const first = await figure('headgate-gpt', 'a.svg', ...head);
  expect(first).toContain('<text');
  expect(await figure('headgate-gpt', 'b.svg', ...head)).toBe(first);

  writeFileSync(file('s.headgate'), JSON.stringify(session));
  const outputs = ['--view', 'outputs'];
  const plain = await figure(file('s.headgate'), 'a.csv', ...outputs);
  const changed = await figure(file('s.headgate'), 'b.csv', ...outputs, '--slot', 'B');
  expect(plain).toBe(await figure('headgate-gpt', 'c.csv', ...outputs, '--text', TEXT));
  expect(changed.split('\n')[0]).toBe(plain.split('\n')[0]);
  expect(changed).not.toBe(plain);

  const missing = await headgate(
    'figure',
    file('s.headgate'),
    ...outputs,
    '--slot',
    'C',
    '--out',
    file('d.csv'),
  );
  expect(missing.status).toBe(1);
  expect(missing.stderr).toContain('has no slot "C"; it has A, B');

  const cross = await headgate(
    'figure',
    'headgate-gpt',
    ...head,
    '--attention',
    'cross',
    '--out',
    file('e.svg'),
  );
  expect(cross.status).toBe(1);
  expect(cross.stderr).toContain('--attention is "cross"; headgate-gpt has self.');
});

test('a race from the shell: what each wrote, step by step, and why one could not', async () => {
  const classifier = join(root, 'test/fixtures/recurrent/classify-last');
  const text = 'The young queen gave me a red book yesterday.';
  const { status, stdout, stderr } = await headgate(
    ...['race', 'headgate-en-es-lstm', classifier, '/nowhere/model', '--text', text, '--json'],
  );
  expect(status).toBe(1);
  const { racers, ...rest } = JSON.parse(stdout) as {
    racers: { model: string; steps: number; milliseconds: number; times: number[] }[];
  };
  expect(rest).toEqual({ text });
  expect(racers).toMatchObject([
    { model: 'headgate-en-es-lstm', output: 'La reina joven me di un libro rojo ayer.', steps: 11 },
    { model: classifier, error: { message: expect.any(String) as unknown } },
    { model: '/nowhere/model', error: { code: 'not-found' } },
  ]);
  const { times = [], milliseconds } = racers[0] ?? {};
  expect(times).toHaveLength(11);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(times.at(-1)).toBe(milliseconds);
  expect(stderr.trim().split('\n')).toHaveLength(2);
});
