import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as v from 'valibot';
import { CAPTURE_KINDS, CaptureJobSchema } from '../../../src/common/contract.ts';
import { capture, type CaptureOptions } from '../../../src/main/cli/capture.ts';
import { HeadgateError } from '../../../src/common/error.ts';
import type { Ending } from '../../../src/main/launch/chromium.ts';
import { must } from '../../helpers/must.ts';
import { readSafetensors } from '../../helpers/safetensors.ts';
import { temporaryFolder } from '../files/temporary.ts';
import { browser, expectOk, header, upload, values, type PageHost } from './job-browser.ts';
import { tinyGpt2 } from './tiny-gpt2.ts';

beforeEach(() => vi.stubEnv('HEADGATE_CONFIG_DIR', join(temporaryFolder(), 'config')));
afterEach(() => vi.unstubAllEnvs());

/** A page that does its job. */
async function goodPage(host: PageHost): Promise<void> {
  await host.call('GET', '/api/job');
  await expectOk(host.call('POST', '/api/job/begin', header));
  await upload(host);
  await host.call('POST', '/api/job/finish');
}

function setUp(launch: CaptureOptions['launch'], files: Readonly<Record<string, string>> = {}) {
  const folder = temporaryFolder(files);
  const options: CaptureOptions = {
    model: temporaryFolder(tinyGpt2()),
    request: { kind: 'capture', text: 'hi', keep: [...CAPTURE_KINDS] },
    out: join(folder, 'run.safetensors'),
    force: false,
    launch,
    patience: 20_000,
  };
  return { folder, options };
}

describe('a capture', () => {
  test('is what the page computed, and ends the browser and the host', async () => {
    let job: unknown;
    const { state, launch } = browser(async (host) => {
      job = await (await host.call('GET', '/api/job')).json();
      await goodPage(host);
    });
    const { folder, options } = setUp(launch);
    const result = await capture(options);
    expect(v.is(v.strictObject(CaptureJobSchema.entries), job)).toBe(true);
    expect(job).toMatchObject({
      text: 'hi',
      keep: [...CAPTURE_KINDS],
    });
    const bytes = readFileSync(options.out);
    expect(result).toEqual({ remarks: [], file: options.out, tensors: 2, bytes: bytes.length });
    const { metadata, tensors } = readSafetensors(bytes);
    expect(metadata).toEqual(header.metadata);
    expect([...tensors.values()].map(({ data }) => data)).toEqual(values);
    expect(readdirSync(folder)).toEqual(['run.safetensors']);
    expect(state.closed).toBe(1);
    await expect(fetch(state.address)).rejects.toThrow();
  });

  test('leaves the list of opened models alone', async () => {
    const { options } = setUp(browser(goodPage).launch);
    await capture(options);
    expect(existsSync(must(process.env['HEADGATE_CONFIG_DIR']))).toBe(false);
  });

  test('replaces a file only when it is forced to', async () => {
    const { options } = setUp(browser(goodPage).launch, { 'run.safetensors': 'precious' });
    await capture({ ...options, force: true });
    expect(readSafetensors(readFileSync(options.out)).tensors.size).toBe(2);
  });
});

describe('a capture that can not be written is refused before anything is started', () => {
  const never = () => Promise.reject(new Error('the browser was started'));

  test.each<[string, string, Partial<CaptureOptions>]>([
    ['exists', 'taken', {}],
    ['unwritable', 'folder', {}],
    ['unwritable', 'folder', { force: true }],
    ['unwritable', 'nowhere/run', {}],
    ['unwritable', 'taken/run', {}],
    ['not-found', 'free', { model: 'nowhere' }],
  ])('%s: %s %j', async (code, out, extra) => {
    const { folder, options } = setUp(never, { taken: 'precious', 'folder/a': '' });
    await expect(capture({ ...options, out: join(folder, out), ...extra })).rejects.toMatchObject({ code });
    expect(readFileSync(join(folder, 'taken'), 'utf8')).toBe('precious');
    expect(readdirSync(folder).sort()).toEqual(['folder', 'taken']);
  });
});

describe('a capture that fails leaves nothing behind', () => {
  /** Gets as far as half of the bytes. */
  const half = async (host: PageHost) => {
    await host.call('GET', '/api/job');
    await expectOk(host.call('POST', '/api/job/begin', header));
    await expectOk(host.call('PUT', '/api/job/tensors/0?offset=0', new Uint8Array(8)));
  };

  test.each<[string, (host: PageHost, end: (ending: Ending) => void) => Promise<void>, string]>([
    [
      'out-of-memory',
      async (host) => {
        await half(host);
        await expectOk(
          host.call('POST', '/api/job/fail', {
            code: 'out-of-memory',
            message: 'It does not fit.',
            hint: 'Take less.',
          }),
        );
      },
      'It does not fit.',
    ],
    [
      'browser-ended',
      async (host, end) => {
        await half(host);
        end({ how: 'crashed', detail: '' });
      },
      'crashed before it was done.',
    ],
    [
      'browser-ended',
      (_, end) => Promise.resolve(end({ how: 'failed', detail: 'no such library' })),
      'did not start before it was done: no such library.',
    ],
    [
      'interrupted',
      async (host) => {
        await half(host);
        process.emit('SIGINT');
      },
      'Interrupted',
    ],
  ])('%s', async (code, page, says) => {
    const { state, launch } = browser(page);
    const { folder, options } = setUp(launch);
    await expect(capture(options)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(says) as unknown,
    });
    expect(readdirSync(folder)).toEqual([]);
    expect(state.closed).toBe(1);
    await expect(fetch(state.address)).rejects.toThrow();
  });

  test('also when there is no browser', async () => {
    const { folder, options } = setUp(() =>
      Promise.reject(new HeadgateError('no-browser', 'None.', 'Get one.')),
    );
    await expect(capture(options)).rejects.toMatchObject({ code: 'no-browser' });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('also when the browser never calls', async () => {
    const { state, launch } = browser(() => undefined);
    const { folder, options } = setUp(launch);
    await expect(capture({ ...options, patience: 50 })).rejects.toMatchObject({ code: 'browser-silent' });
    expect([readdirSync(folder), state.closed]).toEqual([[], 1]);
  });

  test('a browser that must be obtained first may take its time', async () => {
    const { launch } = browser(goodPage);
    const { options } = setUp(async (address) => {
      await new Promise((resolve) => setTimeout(resolve, 1500));
      return launch(address);
    });
    await expect(capture({ ...options, patience: 1000 })).resolves.toMatchObject({ tensors: 2 });
  });

  test('a browser that has called may take its time', async () => {
    const { launch } = browser(async (host) => {
      await host.call('GET', '/api/job');
      await new Promise((resolve) => setTimeout(resolve, 1500));
      await goodPage(host);
    });
    const { options } = setUp(launch);
    await expect(capture({ ...options, patience: 1000 })).resolves.toMatchObject({ tensors: 2 });
  });

  test('also when somebody takes the place meanwhile, whose file stays', async () => {
    const { folder, options } = setUp((address) => launch(address));
    const { launch } = browser(async (host) => {
      await half(host);
      writeFileSync(options.out, 'precious');
      await host.call('PUT', '/api/job/tensors/0?offset=8', new Uint8Array(8));
      await host.call('PUT', '/api/job/tensors/1?offset=0', new Uint8Array(4));
      expect((await host.call('POST', '/api/job/finish')).status).toBe(422);
    });
    await expect(capture(options)).rejects.toMatchObject({ code: 'exists' });
    expect(readFileSync(options.out, 'utf8')).toBe('precious');
    expect(readdirSync(folder)).toEqual(['run.safetensors']);
  });
});

describe('what the page sends is checked', () => {
  const bytes = (size: number) => new Uint8Array(size);

  test('bytes come in order, each once, and all of them', async () => {
    const refused: unknown[] = [];
    const { launch } = browser(async (host) => {
      const expectRefused = async (reply: Promise<Response>, status = 409) => {
        const { status: actual } = await reply;
        refused.push(actual === status ? 'refused' : actual);
      };
      await host.call('GET', '/api/job');
      await expectRefused(host.call('PUT', '/api/job/tensors/0?offset=0', bytes(4)));
      await expectRefused(host.call('POST', '/api/job/finish'));
      await expectRefused(host.call('POST', '/api/job/begin', { metadata: { n: 1 }, tensors: [] }), 400);
      const twice = [header.tensors[0], header.tensors[0]];
      await expectRefused(host.call('POST', '/api/job/begin', { metadata: {}, tensors: twice }), 422);
      await host.call('POST', '/api/job/begin', header);
      await expectRefused(host.call('POST', '/api/job/begin', header));
      await expectRefused(host.call('PUT', '/api/job/tensors/0?offset=4', bytes(4)));
      await expectRefused(host.call('PUT', '/api/job/tensors/0?offset=0', bytes(17)));
      await expectRefused(host.call('PUT', '/api/job/tensors/2?offset=0', bytes(4)));
      await expectRefused(host.call('POST', '/api/job/finish'));
      await upload(host);
      await expectRefused(host.call('PUT', '/api/job/tensors/1?offset=4', bytes(4)));
      await host.call('POST', '/api/job/finish');
    });
    const { options } = setUp(launch);
    await capture(options);
    expect(refused).toEqual(Array.from({ length: 10 }, () => 'refused'));
  });
});
