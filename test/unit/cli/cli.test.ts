import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { main } from '../../../src/main/cli/cli.ts';
import { useLink } from '../../helpers/session.ts';
import { temporaryFolder } from '../files/temporary.ts';
import { headgate } from './run.ts';
import { tinyGpt2 } from './tiny-gpt2.ts';

const root = process.cwd();

afterEach(() => vi.unstubAllEnvs());

describe('the command line', () => {
  test('helps', async () => {
    for (const argv of [['--help'], ['-h'], ['serve', '--help'], ['capture', '--help']]) {
      const { status, stdout, stderr } = await headgate(...argv);
      expect([status, stderr]).toEqual([0, '']);
      for (const word of ['headgate [--fresh] [MODEL', 'serve', 'inspect', 'capture', '--no-open'])
        expect(stdout).toContain(word);
    }
  });

  test('tells its version', async () => {
    expect(await headgate('--version')).toEqual({
      status: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+$/) as unknown,
      stderr: '',
    });
  });

  test.each([
    [['--frobnicate'], '--frobnicate'],
    [['serve', '--frobnicate'], '--frobnicate'],
    [['serve', '--force'], '--force'],
    [['serve', '--port'], '--port'],
    [['serve', '--port', '70000'], '70000'],
    [['serve', '--port', 'http'], 'http'],
    [['serve', 'a', 'b', 'c', 'd', 'e'], '"e"'],
    [['foo'], '"foo" is neither a command'],
    [['inpsect', 'x'], 'did you mean inspect?'],
    [['headgate-gtp'], 'did you mean headgate-gpt?'],
    [['serve', ''], 'MODEL is empty'],
    [[''], 'MODEL is empty'],
    [[root, 'b'], '"b"'],
    [['inspect'], 'MODEL'],
    [['capture'], 'MODEL'],
    [['capture', 'm', '--out', 'x'], '--text'],
    [['capture', 'm', '--text', 'x'], '--out'],
    [['capture', 'm', '--text', 'x', '--out'], '--out'],
    [['capture', 'm', '--text', '--out', 'x'], '--text'],
    [['capture', 'm', '--text', 'a', '--out', 'x', '--text=b'], '--text is given twice'],
    [['race'], 'needs a MODEL'],
    [['race', 'a', 'b', 'c', 'd', 'e'], '"e"'],
    [['race', 'a', '--target', 'b'], '--target gives the text'],
    [['race', 'a', '--beams', '3'], 'leave --beams out'],
    [['race', 'a', '--generate', '0'], '--generate is "0"'],
    [['race', 'a', '--texts', 'b'], '--texts'],
  ])('says in one line what is wrong with %j', async (argv, says) => {
    const { status, stdout, stderr } = await headgate(...argv);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr.split('\n')).toHaveLength(1);
    expect(stderr).toMatch(/^headgate: .*See headgate --help\.$/);
    expect(stderr).toContain(says);
  });

  test('a session that is not there serves nothing', async () => {
    const { status, stdout, stderr } = await headgate('serve', '--no-open', 'nowhere.headgate');
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^headgate: "nowhere\.headgate" is not there\./);
  });

  test('with --json an error is an object too', async () => {
    const { status, stdout, stderr } = await headgate('inspect', 'nowhere', '--json');
    expect([status, stderr.split('\n').length]).toEqual([1, 1]);
    const error = JSON.parse(stdout) as Record<string, string>;
    expect(Object.keys(error)).toEqual(['code', 'message', 'hint']);
    expect(error['code']).toBe('not-found');
    expect(JSON.parse((await headgate('inspect', '--json', '--frobnicate')).stdout)).toMatchObject({
      code: 'usage',
    });
  });
});

describe('headgate serve', () => {
  /** Serves until the first line, then asks for the state in the way that a browser would. */
  async function serveAndAsk(...args: string[]) {
    vi.stubEnv('HEADGATE_CONFIG_DIR', join(temporaryFolder(), 'config'));
    const lines: string[] = [];
    const notes: string[] = [];
    let printed = (): void => undefined;
    const first = new Promise<void>((resolve) => (printed = resolve));
    const output = {
      out: (line: string) => (lines.push(line), printed()),
      note: (line: string) => void notes.push(line),
    };
    const ended = main(['serve', '--no-open', ...args], output);
    await Promise.race([first, ended]);
    const address = /^Headgate: (\S+)$/.exec(lines[0] ?? '')?.[1] ?? '';
    const { headers } = await useLink(address);
    const state: unknown = await (await fetch(new URL('/api/state', address), { headers })).json();
    process.emit('SIGTERM');
    const status = await ended;
    const isGone = await fetch(address).then(
      () => false,
      () => true,
    );
    return { address, state, status, isGone, lines, notes };
  }

  test('prints one line, answers, and ends when it is told to', async () => {
    const model = temporaryFolder(tinyGpt2());
    const served = await serveAndAsk(model);
    expect(served).toMatchObject({ status: 0, isGone: true, notes: [] });
    expect(served.lines).toHaveLength(1);
    expect(served.state).toMatchObject({
      host: 'loopback',
      startModel: expect.any(String) as unknown,
      startError: null,
      job: false,
    });
  });

  test('serves the app also when the model can not be opened, and says why in both', async () => {
    const served = await serveAndAsk(join(temporaryFolder(), 'nowhere'));
    expect(served).toMatchObject({
      status: 0,
      state: { startModel: null, startError: { code: 'not-found' } },
    });
    expect(served.notes).toEqual([expect.stringMatching(/^headgate: .*nowhere/)]);
  });

  test('says when its port is taken', async () => {
    vi.stubEnv('HEADGATE_CONFIG_DIR', temporaryFolder());
    const { createServer } = await import('node:http');
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as { port: number };
    const { status, stderr } = await headgate('serve', '--no-open', '--port', String(port));
    other.close();
    expect([status, stderr]).toEqual([1, expect.stringContaining(String(port))]);
  });
});
