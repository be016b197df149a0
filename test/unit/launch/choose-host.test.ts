import { expect, test, vi } from 'vitest';
import { chooseHeadless, chooseHost, hasDisplay } from '../../../src/main/launch/choose-host.mjs';

const gives = (path: string | null) => vi.fn(() => Promise.resolve(path));

test.each([
  ['linux', {}, false],
  ['linux', { DISPLAY: '' }, false],
  ['linux', { DISPLAY: ':0' }, true],
  ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, true],
  ['freebsd', {}, false],
  ['darwin', {}, true],
  ['win32', {}, true],
])('display on %s with %o: %s', (platform, env, expected) => {
  expect(hasDisplay(env, platform)).toBe(expected);
});

test.each([
  [true, '/e', '/b', { host: 'electron', program: '/e' }],
  [true, '/e', null, { host: 'electron', program: '/e' }],
  [true, null, '/b', { host: 'browser', program: '/b' }],
  [true, null, null, { host: 'address', why: 'no-browser' }],
  [false, '/e', '/b', { host: 'address', why: 'no-display' }],
])('display %s, Electron %s, browser %s', async (display, electron, browser, expected) => {
  expect(await chooseHost({ display, electron: gives(electron), browser: gives(browser) })).toEqual(expected);
});

test('without a display nothing is obtained', async () => {
  const electron = gives('/e');
  const browser = gives('/b');
  await chooseHost({ display: false, electron, browser });
  expect(electron).not.toHaveBeenCalled();
  expect(browser).not.toHaveBeenCalled();
});

test('with Electron no browser is obtained', async () => {
  const browser = gives('/b');
  await chooseHost({ display: true, electron: gives('/e'), browser });
  expect(browser).not.toHaveBeenCalled();
});

test.each([
  [true, '/installed', '/e', '/obtained', { host: 'browser', program: '/installed' }],
  [false, '/installed', null, null, { host: 'browser', program: '/installed' }],
  [true, null, '/e', '/obtained', { host: 'electron', program: '/e' }],
  [false, null, '/e', '/obtained', { host: 'browser', program: '/obtained' }],
  [true, null, null, '/obtained', { host: 'browser', program: '/obtained' }],
  [false, null, '/e', null, null],
])(
  'unseen: display %s, installed %s, Electron %s, obtained %s',
  async (display, installed, electron, browser, expected) => {
    const chosen = await chooseHeadless({
      display,
      installed: gives(installed),
      electron: () => electron,
      browser: gives(browser),
    });
    expect(chosen).toEqual(expected);
  },
);
