import { expect, test } from 'vitest';
import { installedBrowser, obtainBrowser } from '../../../src/main/launch/obtain-browser.mjs';
import { Machine } from './tools.ts';

const CLI = '/app/node_modules/playwright/cli.js';
const DOWNLOADED = '/home/u/.cache/ms-playwright/chromium-1/chrome';
const PACKAGED = '/usr/bin/chromium';
const works = () => true;
const fails = () => false;

/** A machine without a browser, with Playwright's command line, where programs do as told. */
function bare({ playwright = false, apt = false, sudo = false, libraries = true } = {}): Machine {
  const machine = new Machine({
    'cli.js install chromium': () => {
      if (playwright) machine.browsers.push(DOWNLOADED);
      return playwright;
    },
    'cli.js install-deps': () => (libraries = true),
    'sudo -n true': () => sudo,
    'apt-get -qq -o DPkg::Lock::Timeout=120 --version': works,
    'apt-get -qq -o DPkg::Lock::Timeout=120 update': works,
    'install -y --no-install-recommends chromium': () => {
      if (apt) machine.browsers.push(PACKAGED);
      return apt;
    },
    [`${DOWNLOADED} --version`]: () => libraries,
    [`${PACKAGED} --version`]: works,
  });
  machine.files.add(CLI);
  return machine;
}

test('an installed browser that starts is used, and nothing is obtained', async () => {
  const machine = new Machine({ 'chrome --version': works });
  machine.browsers = ['/usr/bin/chrome'];
  expect(await obtainBrowser(machine.tools)).toBe('/usr/bin/chrome');
  expect(machine.ran).toEqual(['/usr/bin/chrome --version']);
  expect(machine.said).toEqual([]);
});

test('a browser that is only a file is passed over for the next', async () => {
  const machine = new Machine({ 'chromium-browser --version': fails, 'edge --version': works });
  machine.browsers = ['/usr/bin/chromium-browser', '/usr/bin/edge'];
  expect(await installedBrowser(machine.tools)).toBe('/usr/bin/edge');
});

test('elsewhere than on Linux a browser is not started to see whether it starts', async () => {
  const machine = new Machine();
  machine.platform = 'darwin';
  machine.browsers = ['/Applications/Chrome'];
  expect(await obtainBrowser(machine.tools)).toBe('/Applications/Chrome');
  expect(machine.ran).toEqual([]);
});

test("Playwright's download comes before the package, each with one line", async () => {
  const machine = bare({ playwright: true, apt: true, sudo: true });
  expect(await obtainBrowser(machine.tools)).toBe(DOWNLOADED);
  expect(machine.ran.some((line) => line.includes('apt-get'))).toBe(false);
  expect(machine.said).toHaveLength(1);
});

test('without a download, the package is installed through sudo', async () => {
  const machine = bare({ apt: true, sudo: true });
  expect(await obtainBrowser(machine.tools)).toBe(PACKAGED);
  const installs = machine.ran.filter((line) => line.includes('apt-get'));
  expect(installs).toHaveLength(3);
  expect(installs.every((line) => line.startsWith('sudo -n env DEBIAN_FRONTEND=noninteractive'))).toBe(true);
  expect(machine.said).toHaveLength(2);
});

test('root needs no sudo', async () => {
  const machine = bare({ apt: true });
  machine.isRoot = true;
  expect(await obtainBrowser(machine.tools)).toBe(PACKAGED);
  expect(machine.ran.some((line) => line.startsWith('sudo'))).toBe(false);
});

test('without rights nothing is installed', async () => {
  const machine = bare({ apt: true, sudo: false });
  expect(await obtainBrowser(machine.tools)).toBeNull();
  expect(machine.ran.some((line) => line.includes('apt-get'))).toBe(false);
});

test('a download that lacks libraries gets them', async () => {
  const machine = bare({ playwright: true, libraries: false });
  machine.isRoot = true;
  expect(await obtainBrowser(machine.tools)).toBe(DOWNLOADED);
  expect(machine.ran.some((line) => line.includes('install-deps chromium'))).toBe(true);
});

test('a failed download is remembered and not tried again', async () => {
  const machine = bare();
  expect(await obtainBrowser(machine.tools)).toBeNull();
  expect(machine.failed).toEqual(new Set(['playwright-chromium']));
  machine.ran.length = 0;
  expect(await obtainBrowser(machine.tools)).toBeNull();
  expect(machine.ran.some((line) => line.includes('cli.js'))).toBe(false);
});

test.each([{ HEADGATE_NO_DOWNLOAD: '1' }, { HEADGATE_CHROMIUM: '/nowhere' }])(
  '%o obtains nothing',
  async (env) => {
    const machine = bare({ playwright: true, apt: true, sudo: true });
    machine.env = env;
    expect(await obtainBrowser(machine.tools)).toBeNull();
    expect(machine.ran).toEqual([]);
  },
);
