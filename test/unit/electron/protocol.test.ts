import { afterAll, beforeAll, expect, test } from 'vitest';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApi, type FetchHandler } from '../../../src/main/api/app.ts';
import { schemeHandler, type SchemeRequest } from '../../../src/main/electron/protocol.ts';
import { Library } from '../../../src/main/library/library.ts';
import { SettingsStore } from '../../../src/main/library/settings.ts';

let folder = '';
let api: FetchHandler;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'headgate-protocol-'));
  const bundle = join(folder, 'bundle');
  mkdirSync(join(bundle, 'assets'), { recursive: true });
  writeFileSync(join(bundle, 'index.html'), '<title>Headgate</title>');
  writeFileSync(join(bundle, 'assets', 'main.js'), 'export {}');
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  symlinkSync(join(folder, 'secret.txt'), join(bundle, 'link.txt'));
  api = createApi({
    version: '1.2.3',
    host: 'electron',
    library: await Library.load({ bundled: join(folder, 'models'), recents: null }),
    settings: await SettingsStore.load(join(folder, 'config')),
    start: { startModel: null, startError: null, besideModels: [], restores: false },
    sessions: null,
    renderer: bundle,
    pickFolder: null,
    sessionFiles: null,
    job: null,
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Asks for an address exactly as it is written: `Request` itself would tidy it up. */
function ask(url: string, more: { initiatorOrigin?: string | null } = {}, pages: FetchHandler | null = null) {
  const request = new Request('app://headgate/');
  Object.defineProperty(request, 'url', { value: url });
  return schemeHandler(api, pages)(Object.assign(request, more) as SchemeRequest);
}

test('the page and its files', async () => {
  const page = await ask('app://headgate/');
  expect(page.headers.get('Content-Type')).toBe('text/html; charset=utf-8');
  expect(await page.text()).toContain('Headgate');
  expect(await (await ask('app://headgate/assets/main.js')).text()).toBe('export {}');
});

test('the interface is the same handler', async () => {
  expect(await (await ask('app://headgate/api/state')).json()).toMatchObject({ version: '1.2.3' });
});

test.each([
  '/../secret.txt',
  '/assets/../../secret.txt',
  '/%2e%2e/secret.txt',
  '/%2E%2E/secret.txt',
  '/.%2e/secret.txt',
  '/assets/%2e%2e/%2e%2e/secret.txt',
  '/..%2fsecret.txt',
  '/%2e%2e%2fsecret.txt',
  '/..%5csecret.txt',
  '/%5c..%5csecret.txt',
  '/..\\secret.txt',
  '/%252e%252e/secret.txt',
  '/index.html%00.js',
  '/%00',
  '//etc/passwd',
  '/%2fetc/passwd',
  '/etc/passwd',
  '/C:/Windows/win.ini',
  '/C%3a%5cWindows%5cwin.ini',
  '/file:///etc/passwd',
  '/link.txt',
  '/%',
])('%s gives no file', async (path) => {
  const response = await ask(`app://headgate${path}`);
  expect([403, 404]).toContain(response.status);
  expect(await response.json()).toHaveProperty('code');
  expect(response.headers.get('Content-Security-Policy')).toContain("default-src 'none'");
});

test.each([
  'app://other/',
  'app://headgate:1/',
  'app://user@headgate/',
  'file:///etc/passwd',
  'https://headgate/',
  'no address',
])('%s is not the app’s', async (url) => {
  expect((await ask(url)).status).toBe(403);
});

test.each([
  [undefined, 200],
  ['app://headgate', 200],
  ['https://example.com', 403],
  ['app://other', 403],
  [null, 403],
])('a request that %s began: %i', async (initiatorOrigin, status) => {
  const response = await ask(
    'app://headgate/api/state',
    initiatorOrigin === undefined ? {} : { initiatorOrigin },
  );
  expect(response.status).toBe(status);
});

test('in development the pages come from elsewhere and the interface does not', async () => {
  const pages: FetchHandler = () => Promise.resolve(new Response('from Vite'));
  expect(await (await ask('app://headgate/main.ts', {}, pages)).text()).toBe('from Vite');
  expect(await (await ask('app://headgate/api/state', {}, pages)).json()).toMatchObject({ version: '1.2.3' });
});
