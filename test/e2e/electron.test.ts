/** The app in Electron's own window. Skipped where there is no binary or no display; the rules are unit tests too. */
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { contractCases } from '../unit/api/contract-cases.ts';
import { writeContractModel, type Target } from '../unit/api/contract-target.ts';
import { fixtures, ready, temporaryFolder } from './app.ts';
import { pageTarget, startElectronApp, whyNot, type StartedApp } from './electron-app.ts';

test.skip(whyNot !== null, whyNot ?? '');

/** A folder that Transformers saved, small and of odd sizes. */
const small = join(fixtures, 'odd-sizes');

test.describe('the window', () => {
  let started: StartedApp;
  test.beforeAll(async () => {
    started = await startElectronApp(small);
  });
  test.afterAll(() => started.close());

  test('a model from the command line has run: views are on screen', async () => {
    await ready(started.page);
    await expect(started.page.getByTestId('model-name')).toHaveText('odd-sizes');
    expect(started.page.url()).toBe('app://headgate/');
    expect(await started.page.evaluate(() => crossOriginIsolated && isSecureContext)).toBe(true);
  });

  test('the page has three functions of the preload, and nothing of Node or Electron', async () => {
    const found = await started.page.evaluate(() => ({
      bridge: Object.keys(window.headgate ?? {}),
      globals: ['require', 'process', 'module', 'Buffer', 'electron', 'ipcRenderer'].filter(
        (name) => name in window,
      ),
    }));
    expect(found).toEqual({ bridge: ['openDropped', 'onCommand', 'setMenu'], globals: [] });
  });

  test('the page goes nowhere, opens nothing, and loads nothing from elsewhere', async () => {
    const { app, page } = started;
    const blocked = await page.evaluate(async () => {
      location.href = 'https://example.com/';
      const other = window.open('https://example.com/');
      const fetched = await fetch('https://example.com/').then(
        () => 'loaded',
        () => 'refused',
      );
      return { other: other === null, fetched };
    });
    expect(blocked).toEqual({ other: true, fetched: 'refused' });
    expect(page.url()).toBe('app://headgate/');
    expect(app.windows()).toHaveLength(1);
  });

  test('permissions are refused', async () => {
    const states = await started.page.evaluate(() =>
      Promise.all(
        (['geolocation', 'notifications', 'camera', 'microphone'] as PermissionName[]).map(
          async (name) => (await navigator.permissions.query({ name })).state,
        ),
      ),
    );
    expect(new Set(states)).toEqual(new Set(['denied']));
  });

  test('paths that lead out of the app give nothing', async () => {
    const target = pageTarget(started.page, small);
    for (const path of [
      '/..%2f..%2fpackage.json',
      '/%2e%2e%5cpackage.json',
      '/index.html%00',
      '//etc/passwd',
    ])
      expect((await target.call('GET', path)).status).toBeGreaterThanOrEqual(400);
  });

  test('a command chosen in the native menu is run', async () => {
    const { app, page } = started;
    await expect
      .poll(() =>
        app.evaluate(({ Menu }) => Menu.getApplicationMenu()?.getMenuItemById('help.shortcuts') !== null),
      )
      .toBe(true);
    await app.evaluate(({ Menu }) => {
      Menu.getApplicationMenu()?.getMenuItemById('help.shortcuts')?.click();
    });
    await expect(page.getByRole('dialog')).toBeVisible();
    await page.keyboard.press('Escape');
  });

  test('a file with a path is opened by its path', async () => {
    const { page } = started;
    await page.evaluate(() => {
      const input = Object.assign(document.createElement('input'), { type: 'file', id: 'path-test' });
      document.body.append(input);
    });
    await page.setInputFiles('#path-test', join(fixtures, 'one-head', 'config.json'));
    const id = await page.evaluate(async () => {
      const [file] = (document.querySelector('#path-test') as HTMLInputElement).files ?? [];
      const made = await window.headgate?.openDropped(new File(['{}'], 'made.json'));
      return { made, opened: file === undefined ? null : await window.headgate?.openDropped(file) };
    });
    expect(id.made).toBeNull();
    const detail = await pageTarget(page, small).call('GET', `/api/models/${id.opened ?? ''}`);
    expect(JSON.parse(Buffer.from(detail.bytes).toString())).toMatchObject({ name: 'one-head' });
  });
});

test.describe('the contract, over app:', () => {
  test.describe.configure({ mode: 'serial' });
  let folder: ReturnType<typeof temporaryFolder>;
  let started: StartedApp;
  let target: Target;
  test.beforeAll(async () => {
    folder = temporaryFolder();
    const model = writeContractModel(folder.path);
    started = await startElectronApp(model);
    target = pageTarget(started.page, model);
  });
  test.afterAll(async () => {
    await started.close();
    folder[Symbol.dispose]();
  });
  for (const { name, run } of contractCases) test(name, () => run(target));
});
