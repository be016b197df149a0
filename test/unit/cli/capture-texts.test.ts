import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { CaptureJob } from '../../../src/common/contract.ts';
import { captureTexts, type TextsOptions } from '../../../src/main/cli/capture-texts.ts';
import { parseTexts } from '../../../src/main/cli/text-list.ts';
import { readSafetensors } from '../../helpers/safetensors.ts';
import { temporaryFolder } from '../files/temporary.ts';
import { browser, expectOk, header, upload, type PageHost } from './job-browser.ts';
import { tinyGpt2 } from './tiny-gpt2.ts';

beforeEach(() => vi.stubEnv('HEADGATE_CONFIG_DIR', join(temporaryFolder(), 'config')));
afterEach(() => vi.unstubAllEnvs());

/** A page that does all its texts; those that hold “bad” can't be run. @param seen the texts that it was given */
async function page(host: PageHost, seen: string[]): Promise<void> {
  for (let more = true; more;) {
    const job = (await (await host.call('GET', '/api/job')).json()) as CaptureJob;
    more = job.more === true;
    seen.push(job.text);
    if (job.text.includes('bad')) {
      await expectOk(host.call('POST', '/api/job/skip', { code: 'empty', message: 'No.', hint: 'Try.' }));
      continue;
    }
    const metadata = { ...header.metadata, text: job.text };
    await expectOk(host.call('POST', '/api/job/begin', { ...header, metadata }));
    await upload(host);
    await host.call('POST', '/api/job/finish');
  }
}

function setUp(lines: string) {
  const seen: string[] = [];
  const notes: string[] = [];
  const { launch } = browser((host) => page(host, seen));
  const options: TextsOptions = {
    model: temporaryFolder(tinyGpt2()),
    texts: parseTexts(lines, 'texts'),
    request: { kind: 'capture', keep: ['logits'] },
    folder: join(temporaryFolder(), 'out'),
    force: false,
    note: (line) => void notes.push(line),
    launch,
    patience: 20_000,
  };
  return { options, seen, notes };
}

test('every text gets a file; the same command again does only what is missing', async () => {
  const { options, seen, notes } = setUp('one\ntwo bad\nthree');
  const first = await captureTexts(options);
  expect(first.written).toEqual(['0001.safetensors', '0003.safetensors']);
  expect(first.failed).toEqual([{ file: '0002.safetensors', code: 'empty', message: 'No.' }]);
  expect(readdirSync(options.folder)).toEqual(['0001.safetensors', '0003.safetensors']);
  expect(seen).toEqual(['one', 'two bad', 'three']);
  expect(notes).toEqual([
    'headgate: 1 of 3: 0001.safetensors',
    expect.stringContaining('headgate: 2 of 3: 0002.safetensors was not written.'),
    'headgate: 3 of 3: 0003.safetensors',
  ]);
  const { metadata } = readSafetensors(readFileSync(join(options.folder, '0003.safetensors')));
  expect(metadata).toMatchObject({ text: 'three', options: '{"keep":["logits"]}' });

  const again = setUp('one\ntwo\nthree');
  const second = await captureTexts({
    ...options,
    ...again.options,
    model: options.model,
    folder: options.folder,
  });
  expect(second.skipped).toEqual(first.written);
  expect(second.written).toEqual(['0002.safetensors']);
  expect(again.seen).toEqual(['two']);
  expect(again.notes[0]).toBe('headgate: 2 of 3 are there already.');

  const nothing = setUp('one');
  const third = await captureTexts({ ...nothing.options, model: options.model, folder: options.folder });
  expect(third).toMatchObject({ written: [], skipped: ['0001.safetensors'] });
  expect(nothing.seen).toEqual([]);
});

test.each([
  ['another text', (options: TextsOptions) => ({ ...options, texts: parseTexts('uno', 'texts') })],
  [
    'other options',
    (options: TextsOptions) => ({
      ...options,
      request: { kind: 'capture' as const, keep: ['attentions' as const] },
    }),
  ],
  [
    'another model',
    (options: TextsOptions) => {
      writeFileSync(
        join(options.model, 'config.json'),
        `${readFileSync(join(options.model, 'config.json'), 'utf8')} `,
      );
      return options;
    },
  ],
])('files of %s are replaced only when that is forced', async (_, change) => {
  const { options } = setUp('one');
  await captureTexts(options);
  const other = change(options);
  await expect(captureTexts(other)).rejects.toMatchObject({
    code: 'exists',
    message: '"out" holds "0001.safetensors" of another model, text or options.',
  });
  const { seen, options: fresh } = setUp('one');
  await captureTexts({ ...other, launch: fresh.launch, force: true });
  expect(seen).toHaveLength(1);
});

test('a file that is no whole capture is named, and what to do about it', async () => {
  const { options } = setUp('one\ntwo');
  await captureTexts(options);
  const file = join(options.folder, '0002.safetensors');
  writeFileSync(file, readFileSync(file).subarray(0, 20));
  await expect(captureTexts(options)).rejects.toMatchObject({
    code: 'exists',
    message: '"0002.safetensors" in "out" is no whole capture.',
    hint: expect.stringMatching(/^Delete it, and the same command goes on/) as unknown,
  });
});

test('what is finished stays when the browser dies, and that is said', async () => {
  const { options } = setUp('one\ntwo');
  let texts = 0;
  const { launch } = browser(async (host, end) => {
    const job = (await (await host.call('GET', '/api/job')).json()) as CaptureJob;
    texts++;
    await expectOk(
      host.call('POST', '/api/job/begin', { ...header, metadata: { ...header.metadata, text: job.text } }),
    );
    await upload(host);
    await host.call('POST', '/api/job/finish');
    await host.call('GET', '/api/job');
    await host.call('POST', '/api/job/begin', header);
    end({ how: 'crashed', detail: '' });
  });
  await expect(captureTexts({ ...options, launch })).rejects.toMatchObject({
    code: 'browser-ended',
    hint: '1 of 2 texts are written; the same command goes on with the others.',
  });
  expect(texts).toBe(1);
  expect(readdirSync(options.folder)).toEqual(['0001.safetensors']);
  expect(existsSync(options.folder)).toBe(true);
});

test('another window, and another text with the same window, are other files', async () => {
  const windowed = (lines: string, at: number, options: Partial<TextsOptions> = {}) => {
    const made = setUp(lines);
    const request = { ...made.options.request, window: { size: 4, at } };
    return captureTexts({ ...made.options, ...options, request });
  };
  const { options } = setUp('one two');
  const place = { model: options.model, folder: options.folder };
  expect((await windowed('one two', 0, place)).written).toHaveLength(1);
  expect((await windowed('one two', 0, place)).skipped).toHaveLength(1);
  await expect(windowed('one two', 1, place)).rejects.toMatchObject({ code: 'exists' });
  await expect(windowed('one three', 0, place)).rejects.toMatchObject({ code: 'exists' });
});

test('a folder that was made for texts that all failed is gone; one that was there stays', async () => {
  const { options } = setUp('bad');
  const parent = options.folder;
  await captureTexts({ ...options, folder: join(parent, 'inner') });
  expect(existsSync(parent)).toBe(false);
  const there = temporaryFolder();
  await captureTexts({ ...setUp('bad').options, folder: there });
  expect(existsSync(there)).toBe(true);
});
