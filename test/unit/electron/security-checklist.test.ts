/** Each line of Electron's security checklist: https://www.electronjs.org/docs/latest/tutorial/security */
import { readFileSync } from 'node:fs';
import { beforeEach, expect, test } from 'vitest';
import { FuseV1Options } from '@electron/fuses';
import { FUSES } from '../../../src/main/electron/fuses.ts';
import type { Contents, Electron, Window } from './stand-in.ts';
import { startApp, windowOf } from './start-app.ts';

let electron: Electron;
let window: Window;
let contents: Contents;
beforeEach(async () => {
  electron = await startApp();
  window = await windowOf(electron);
  contents = window.webContents;
});

const preferences = () => window.options.webPreferences ?? {};

/** Asks the network rule about an address. */
function isCancelled(url: string): boolean {
  let cancelled = false;
  const answer = ({ cancel }: { cancel: boolean }) => (cancelled = cancel);
  electron.beforeRequest(...([{ url }, answer] as never[]));
  return cancelled;
}

/** Asks for a permission as a page at `requestingUrl`. */
function isGranted(permission: string, requestingUrl: string): boolean {
  let granted: boolean | null = null;
  const answer = (given: boolean) => (granted = given);
  electron.permissionRequest(...([{}, permission, answer, { requestingUrl }] as never[]));
  expect(electron.permissionCheck(...([{}, permission, requestingUrl] as never[]))).toBe(granted);
  return granted === true;
}

test('1. only secure content is loaded: the app’s own scheme, and nothing of the network', () => {
  expect(window.loadURL.mock.calls).toEqual([['app://headgate/']]);
  expect(isCancelled('app://headgate/assets/main.js')).toBe(false);
  for (const url of [
    'http://example.com/a.js',
    'https://example.com/a.js',
    'ws://127.0.0.1/',
    'file:///etc/passwd',
  ])
    expect(isCancelled(url)).toBe(true);
});

test('2. no Node.js in the page, its workers and its frames', () => {
  expect(preferences()).toMatchObject({
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
  });
});

test('3. context isolation', () => {
  expect(preferences().contextIsolation).toBe(true);
});

test('4. process sandboxing, for every page', () => {
  expect(preferences().sandbox).toBe(true);
  expect(electron.app.enableSandbox).toHaveBeenCalledTimes(1);
  expect(electron.switches.map(([name]) => name)).not.toContain('no-sandbox');
});

test('5. permissions are refused by default', () => {
  const asked = [
    'media',
    'geolocation',
    'notifications',
    'midi',
    'usb',
    'hid',
    'serial',
    'clipboard-read',
    'fileSystem',
    'openExternal',
    'display-capture',
    'unknown',
  ];
  for (const permission of asked) expect(isGranted(permission, 'app://headgate/')).toBe(false);
  expect(isGranted('fullscreen', 'app://headgate/')).toBe(true);
  expect(isGranted('clipboard-sanitized-write', 'app://headgate/')).toBe(true);
  expect(isGranted('fullscreen', 'https://example.com/')).toBe(false);
  expect(electron.devicePermission()).toBe(false);
});

test('6. webSecurity stays on', () => {
  expect(preferences().webSecurity).toBe(true);
});

test('7. a content security policy on every response', async () => {
  const handler = electron.handlers.get('app');
  for (const path of ['', 'index.html', 'api/state', 'api/nothing', 'nothing.js']) {
    const response = await handler?.(new Request(`app://headgate/${path}`));
    const policy = response?.headers.get('Content-Security-Policy') ?? '';
    const rules = new Map(policy.split('; ').map((rule) => [rule.split(' ')[0], rule]));
    expect(rules.get('default-src')).toBe("default-src 'none'");
    expect(rules.get('script-src')).toBe("script-src 'self'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
  }
});

test('8. no insecure content', () => {
  expect(preferences().allowRunningInsecureContent).toBe(false);
});

test('9. no experimental features', () => {
  expect(preferences().experimentalFeatures).toBe(false);
});

test('10. no Blink features beyond the default', () => {
  expect(preferences()).not.toHaveProperty('enableBlinkFeatures');
  expect(electron.switches.map(([name]) => name)).not.toContain('enable-blink-features');
});

test('11. and 12. there are no webviews', () => {
  expect(preferences().webviewTag).toBe(false);
  expect(contents.prevents('will-attach-webview', 'app://headgate/')).toBe(true);
});

test('13. pages go nowhere', () => {
  for (const name of ['will-navigate', 'will-frame-navigate']) {
    for (const url of [
      'https://example.com/',
      'file:///etc/passwd',
      'app://other/',
      'app://headgate/assets/a.js',
      'javascript:alert(1)',
    ])
      expect(contents.prevents(name, url)).toBe(true);
    expect(contents.prevents(name, 'app://headgate/')).toBe(false);
  }
});

test('14. pages open no windows', () => {
  for (const url of ['https://example.com/', 'https://github.com/', 'app://headgate/', 'about:blank'])
    expect(contents.openHandler?.({ url })).toEqual({ action: 'deny' });
});

test('15. only listed https origins are handed to the system', () => {
  const refused = [
    'https://example.com/',
    'http://github.com/',
    'https://github.com.example.com/',
    'https://user@github.com/',
    'https://github.com:444/',
    'file:///bin/sh',
    'smb://github.com/',
    'javascript:alert(1)',
    'not an address',
  ];
  for (const url of refused) contents.openHandler?.({ url });
  expect(electron.outside).toEqual([]);
  contents.openHandler?.({ url: 'https://huggingface.co/gpt2' });
  expect(electron.outside).toEqual(['https://huggingface.co/gpt2']);
});

test('16. Electron’s version is fixed, and current when it was chosen', () => {
  const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  expect(devDependencies['electron']).toMatch(/^\d+\.\d+\.\d+$/);
  expect(Number(devDependencies['electron']?.split('.')[0])).toBeGreaterThanOrEqual(45);
});

test('17. messages count from the app’s own page only', async () => {
  const strangers = [
    null,
    { url: 'https://example.com/', parent: null },
    { url: 'app://headgate/', parent: {} },
  ];
  for (const senderFrame of strangers) {
    expect(
      await electron.invoked.get('grant')?.(...([{ senderFrame }, process.cwd()] as never[])),
    ).toBeNull();
    const menu = electron.menu;
    const items = [{ id: 'a', label: 'A', accelerator: null, menu: 'File' }];
    electron.ipc.get('menu')?.(...([{ senderFrame }, items] as never[]));
    expect(electron.menu).toBe(menu);
  }
  expect([...electron.invoked.keys(), ...electron.ipc.keys()]).toEqual(['grant', 'menu']);
});

test('18. no file: addresses; the app’s scheme obeys the policy', () => {
  expect(electron.schemes).toHaveLength(1);
  expect(electron.schemes[0]).toMatchObject({
    scheme: 'app',
    privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true, bypassCSP: false },
  });
  expect(FUSES[FuseV1Options.GrantFileProtocolExtraPrivileges]).toBe(false);
});

test('19. fuses: what the app does not need is off', () => {
  expect(FUSES).toMatchObject({
    strictlyRequireAllFuses: true,
    [FuseV1Options.RunAsNode]: false,
    [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: false,
    [FuseV1Options.EnableNodeCliInspectArguments]: false,
    [FuseV1Options.EnableCookieEncryption]: true,
    [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: true,
    [FuseV1Options.OnlyLoadAppFromAsar]: true,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
    [FuseV1Options.WasmTrapHandlers]: true,
  });
});

test('20. the preload hands out no part of Electron', () => {
  expect(preferences().preload).toMatch(/preload\.cjs$/);
});
