import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openApp } from '../../../src/main/cli/open.ts';
import type { Ending, Page } from '../../../src/main/launch/chromium.ts';
import type { Opening } from '../../../src/main/launch/opening.ts';

/** The machine: what can be had, how windows end, and what was opened. */
const machine = {
  electron: null as string | null,
  browser: null as string | null,
  display: true,
  endings: {} as Record<string, Ending['how']>,
  opened: [] as unknown[][],
  interrupt: (): void => undefined,
};

const page = (program: string): Page => ({
  ended: Promise.resolve({ how: machine.endings[program] ?? 'closed', detail: 'last words' }),
  close: () => Promise.resolve(),
});

vi.mock('../../../src/main/launch/obtain-electron.mjs', () => ({
  obtainElectron: () => Promise.resolve(machine.electron),
}));
vi.mock('../../../src/main/launch/obtain-browser.mjs', () => ({
  BROWSER_HINT: 'Install one.',
  obtainBrowser: () => Promise.resolve(machine.browser),
}));
vi.mock('../../../src/main/launch/choose-host.mjs', async (original) => ({
  ...(await original<object>()),
  hasDisplay: () => machine.display,
}));
vi.mock('../../../src/main/launch/electron-process.ts', () => ({
  startElectron: (...opened: [string, unknown]) => {
    machine.opened.push(opened);
    return page(opened[0]);
  },
}));
vi.mock('../../../src/main/launch/windows.ts', () => ({
  openAppWindow: (...opened: [string, Opening]) => {
    machine.opened.push(opened);
    return page(opened[0]);
  },
}));
vi.mock('../../../src/main/launch/interrupt.ts', () => ({
  untilInterrupted: () => ({
    interrupted: new Promise<void>((done) => (machine.interrupt = done)),
    dispose: () => undefined,
  }),
}));

let folder = '';
let stdout = '';
let stderr = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headgate-open-'));
  vi.stubEnv('HEADGATE_CONFIG_DIR', folder);
  Object.assign(machine, { electron: null, browser: null, display: true, endings: {}, opened: [] });
  stdout = stderr = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((stdout += text.toString()), true));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((stderr += text.toString()), true));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const ADDRESS = /^Headgate: (http:\/\/127\.0\.0\.1:\d+\/\?token=\S+)\n$/;

/** Opens without a window: the address is printed and answers, until it is interrupted. */
async function served(): Promise<void> {
  const ended = openApp({ model: null, beside: [], session: null });
  await vi.waitFor(() => expect(stdout).toMatch(ADDRESS), { timeout: 20_000 });
  const [, address = ''] = ADDRESS.exec(stdout) ?? [];
  expect((await fetch(address, { redirect: 'manual' })).status).toBe(303);
  machine.interrupt();
  expect(await ended).toBe(0);
  await expect(fetch(address)).rejects.toThrow();
}

test('without a display the address is printed and served, and nothing is opened', async () => {
  Object.assign(machine, { display: false, electron: '/electron', browser: '/chrome' });
  await served();
  expect(machine.opened).toEqual([]);
  expect(stderr).toBe('');
});

test('without a browser one line says what to do, and the address is served all the same', async () => {
  await served();
  expect(stderr).toBe('There is no browser to show Headgate in. Install one.\n');
});

test('a browser that does not start leaves the address', async () => {
  Object.assign(machine, { browser: '/chrome', endings: { '/chrome': 'failed' } });
  await served();
  expect(stderr).toBe('/chrome did not start (last words).\n');
});

test('a browser’s window gets the address; its end is the end', async () => {
  machine.browser = '/chrome';
  expect(await openApp({ model: null, beside: [], session: null })).toBe(0);
  expect(machine.opened).toEqual([
    [
      '/chrome',
      { waiting: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/start$/), address: expect.any(Function) },
    ],
  ]);
  expect([stdout, stderr]).toEqual(['', '']);
  await expect(fetch((machine.opened[0]?.[1] as Opening).waiting)).rejects.toThrow();
});

test.each([
  ['closed', 0],
  ['crashed', 1],
] as const)('Electron that was %s: status %i', async (how, status) => {
  Object.assign(machine, { electron: '/electron', browser: '/chrome', endings: { '/electron': how } });
  expect(await openApp({ model: 'models/gpt2', beside: [], session: null })).toBe(status);
  expect(machine.opened).toEqual([['/electron', { model: resolve('models/gpt2'), hidden: null }]]);
});

test('a browser takes the place of an Electron that does not start', async () => {
  Object.assign(machine, { electron: '/electron', browser: '/chrome', endings: { '/electron': 'failed' } });
  expect(await openApp({ model: null, beside: [], session: null })).toBe(0);
  expect(machine.opened.map(([program]) => program)).toEqual(['/electron', '/chrome']);
  expect(stderr).toBe('Electron did not start (last words); a browser takes its place.\n');
});
